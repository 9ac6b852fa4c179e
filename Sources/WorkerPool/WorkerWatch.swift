/// What is watched of one worker beyond its frames.
struct WorkerWatch {
  /// It has printed something, at any time.
  var hasPrinted = false
  var output = TrialOutput()
  var flow = OutputFlow()
  /// Bytes printed in this trial.
  var printed: UInt64 = 0
  /// Of the process, when this trial began.
  var cpuAtStart: UInt64 = 0
  /// When it was last seen how large it is, and what came of it.
  var seenAt: UInt64 = 0
  var resident: UInt64 = 0
  var readyAt: UInt64 = 0
  /// Counted down from the limit, which differs a little from worker to worker.
  var tasksLeft: UInt64 = .max
  var isRecycled = false
  /// It was sent SIGTERM.
  var isTold = false
  /// Killed, and to be gone by then.
  var killDeadline: UInt64 = .max
  /// It was not, and has been reported.
  var isFenced = false
  /// When its death begins to be watched for.
  var deathWatchAt: UInt64 = .max
  /// A frame has begun and is to go on.
  var frameDeadline: UInt64 = .max
}
