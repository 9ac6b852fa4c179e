/// Records the course of a run in time. Times are nanoseconds of the monotonic clock, without the
/// time in which the run was paused; only those of hooks, and of what is marked in them, hold it. Called on the thread of the run only, and
/// only where somebody wants a trace.
package protocol Tracer: AnyObject {
  /// A hook of the kind in the host.
  func hook(_ name: StaticString, from start: UInt64, to end: UInt64)
  /// What the plugin has marked within the hook that was told last, and how much more it has.
  func hookSpan(_ name: String, from start: UInt64, to end: UInt64)
  func hookDropped(_ count: UInt64, at time: UInt64)
  func workerSpawned(_ worker: UInt64, pid: Int32)
  func workerReady(_ worker: UInt64, from start: UInt64, to end: UInt64)
  func workerEnded(_ worker: UInt64, because reason: String, at time: UInt64)
  func trial(_ trial: TracedTrial)
  /// The same within the trial that was told last.
  func span(_ name: String, worker: UInt64, from start: UInt64, to end: UInt64)
  func dropped(_ count: UInt64, worker: UInt64, at time: UInt64)
  func retry(_ task: UInt64, worker: UInt64, at time: UInt64)
  func task(_ number: UInt64, name: String, outcome: String, from start: UInt64, to end: UInt64)
  /// The clock of the run has stood still for this long.
  func paused(for length: UInt64)
  /// The run is about to wait. Throws when the trace can not be written.
  func settle(queued: Int, running: Int, at time: UInt64) throws
}

/// One attempt at a task: it waited, it was sent, the worker began it and came to an end with it.
package struct TracedTrial {
  package var task: UInt64
  package var name: String
  package var worker: UInt64
  package var number: Int
  package var result: String
  /// Nil but for the first trial.
  package var queuedAt: UInt64?
  package var sentAt: UInt64
  package var startedAt: UInt64
  package var endedAt: UInt64

  package init(
    task: UInt64, name: String, worker: UInt64, number: Int, result: String, queuedAt: UInt64?,
    sentAt: UInt64,
    startedAt: UInt64, endedAt: UInt64
  ) {
    self.task = task
    self.name = name
    self.worker = worker
    self.number = number
    self.result = result
    self.queuedAt = queuedAt
    self.sentAt = sentAt
    self.startedAt = startedAt
    self.endedAt = endedAt
  }
}
