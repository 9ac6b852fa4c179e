package import Wire

/// What the tasks and the workers of a run are allowed. Times in nanoseconds, sizes in bytes; 0 = no limit.
package struct RunLimits: Sendable {
  /// Of one trial, for tasks whose kind sets none. The hard limit is later than the soft one.
  package var softTime: UInt64 = 0
  package var hardTime: UInt64 = 0
  /// From one step to the next: told to give up, SIGTERM, SIGKILL.
  package var grace: UInt64 = 2_000_000_000
  /// From telling a worker to end, with nothing to do, to SIGKILL.
  package var retireGrace: UInt64 = 5_000_000_000
  /// Of the run, from its first task on.
  package var runTime: UInt64 = 0

  /// Of one trial: time on all processors, bytes printed.
  package var cpuTime: UInt64 = 0
  package var output: UInt64 = 0
  /// Of a worker: what may be resident.
  package var memory: UInt64 = 0
  package var process = ProcessLimits()

  /// A worker that has done so many tasks, is so old or so large gives way to a fresh one when it has ended a task.
  package var recycleTasks: UInt64 = 0
  package var recycleAge: UInt64 = 0
  package var recycleMemory: UInt64 = 0

  package init() {}

  /// Something that is counted from the start of a trial.
  var watchesTrials: Bool { cpuTime | output != 0 }
  var recycles: Bool { recycleTasks | recycleAge | recycleMemory != 0 }
}
