import Scheduling

enum ModelState: UInt8 {
  case waiting, offered, inFlight, awaiting, willBeGone, gone, willFinish, finished, delayed
}

/// What the world knows of one task, kept apart from the scheduler's own books.
struct ModelTask {
  var id: TaskID
  var state = ModelState.waiting
  var cause = GoneCause.cancelled
  var outcome = Outcome.passed
  var priority: Int32 = 0
  var estimate: UInt64 = 0
  /// Which of the world's demands, -1 = none, and the group that stays together, 0 = none.
  var demand = -1
  var herd: UInt64 = 0
  var group = 0
  var order = 0
  var isInFront = false
  /// A trial that has started is not followed by another one.
  var isOnce = false
  var wasRecalled = false
  /// It was sent a second time; it is that second trial; the other trial, as long as both are in the race.
  var wasCopied = false
  var isCopy = false
  var twin: Int?
  var pin: WorkerID?
  /// The worker of its pin has refused it once: pins are released at a standstill without a word, so nobody knows whether it has one.
  var mayBeReleased = false
  var refusedByFresh = false
  /// As one of a group, if its pin had been released unseen by then.
  var mayBeRefusedByFresh = false
  /// Status of the worker of each slot at which it has refused this task.
  var refusedAt = SIMD8<UInt32>(repeating: 0)
  var taste = 0
  var isCancelled = false
  var cancelSent = false
  var overSoft = false
  var tries = 0
  var crashes = 0
  var expiresAt = UInt64.max
  var soft: UInt64 = 0
  var hard: UInt64 = 0
  var holder = WorkerID(slot: 0, generation: 0)
  var wasCrashed = false
  /// When its next trial begins, and the length of that delay without the jitter; 0 = not known yet.
  var due: UInt64 = 0
  var pause: UInt64 = 0
  /// Where it went wrong and should not go again.
  var avoids: WorkerID?
}

/// `fenced`: killed, reported as unkillable, and still there.
enum ModelPhase: UInt8 { case absent, starting, ready, fenced }
enum ModelEnd: UInt8 { case none, retired, ladder, drain, broke, garbage, startTimeout, startFailed, limit }

/// One worker process as the world sees it.
struct ModelWorker {
  var phase = ModelPhase.absent
  var id: WorkerID
  var nextGeneration: UInt32 = 0
  var end = ModelEnd.none
  var isKilled = false
  var isTerminated = false
  var isRetired = false
  var isLeaving = false
  var isOld = false
  var ladderIsTimeout = false
  var target: RequestID = 0
  var head: RequestID = 1
  var tail: RequestID = 1
  var awaiting = 0
  var jobs: UInt64 = 0
  var status: UInt32 = 0
  var isTimed = false
  var headSince: UInt64 = 0
  var ladderSince = UInt64.max
  /// After SIGTERM: when the ladder kills.
  var killAt = UInt64.max
  var since: UInt64 = 0
  /// When the part of its start that it is at must be over.
  var partBy = UInt64.max
  var retiredAt: UInt64 = 0
  var failures = 0
  var failedAt: UInt64 = 0
  var ignoresCancel = false
  var ignoresTerm = false
  var ignoresRetire = false
  var neverReady = false
  var wasReady = false
  var spawnedAt: UInt64 = 0
  /// It has sent bytes that are not our protocol; nothing that it sends now counts.
  var isGarbled = false
  var isMute = false
  var mustRetire = false

  var inFlight: Int { Int(tail - head) }
  var held: Int { inFlight + awaiting }
  var isLive: Bool { phase != .absent && !isEnding && !isLeaving && !mustRetire }
  /// It holds tasks, and has not been told to end.
  var isHolding: Bool { phase == .ready && held > 0 && !isKilled && !isTerminated && !isRetired }
  var isEnding: Bool { isKilled || isTerminated || isRetired }
  var isOpen: Bool { phase == .ready && isLive }
}
