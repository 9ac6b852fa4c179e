internal import Scheduling

/// What the pool knows of a task that has not ended, beside what the scheduler knows.
struct TaskRow {
  var payload: PayloadStore.Slice
  /// From 1, in the order of acceptance.
  var number: UInt64
  /// Which task of the submission it descends from, from 0.
  var root: UInt32
  var acceptedAt: UInt64
  /// Of the trial under way, or of the last one.
  var trialStartedAt: UInt64 = 0
  /// Trials that were begun.
  var tries: Int32 = 0
  /// Who waits for it: of `OwnerTable`, 0 = nobody.
  var owner: Int32 = 0
  /// A call: no hook of the host has to do with it.
  var isCall = false
  /// A call that a worker waits for: nobody else hears of it, and it counts for nothing.
  var isInner = false
}

/// What made the last trial of a task fail, for the hook, the event and the message. Only for tasks that failed.
struct TaskTrouble {
  var code: Int32 = 0
  var signal: Int32 = -1
  var exitCode: Int32 = -1
  var peakMemory: UInt64 = 0
  var actual: UInt64 = 0
  var limit: UInt64 = 0
  var message = ""
  var counts: CaseCounts?
}
