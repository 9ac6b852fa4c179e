/// The worker of a slot. `empty` is also the state after reaping: only then may the next one be spawned.
enum SlotState: UInt8 {
  case empty, starting, ready
  /// Told to end, holds nothing that matters.
  case retiring
  /// Sent SIGTERM, may still answer.
  case terminating
  /// Sent SIGKILL.
  case killed
  /// The same, long ago: it counts as ended, but its place is taken.
  case fenced
}

/// Why a worker ends, if we know it before it has ended.
enum EndReason: UInt8 {
  case unknown, retired, cancel, timeout, drain, endOfFile, undecodable, startTimeout, startFailed,
    limit

  /// We wanted it to end, so nothing needs to be reported.
  var isOurs: Bool {
    switch self {
    case .retired, .cancel, .timeout, .drain, .limit: true
    case .unknown, .endOfFile, .undecodable, .startTimeout, .startFailed: false
    }
  }
}

/// One place for a worker. Trivial; what a kind with `task_match` or pins needs beside it is in `Preferences`.
struct Slot {
  var generation: UInt32 = 0
  var nextGeneration: UInt32 = 0
  var state = SlotState.empty
  var reason = EndReason.unknown
  /// The oldest request in flight when a ladder came to its signals.
  var target: RequestID = 0
  /// It has stayed at least once.
  var isOld = false
  /// No more requests; it is retired when it has answered those in flight.
  var isLeaving = false
  /// It may hold tasks; a ready worker that may not stands by.
  var isActive = false
  /// It stands by as soon as it holds nothing more: fewer workers may hold tasks than do.
  var isSurplus = false
  /// When it began to stand by, in the order of all that ever did.
  var turn: UInt64 = 0
  /// Its pipe is behind.
  var isChoked = false
  /// In the list of those that can take a request.
  var isListed = false
  /// A part of its answers may be valid although it has been killed.
  var mayAnswer = false
  /// The clock of the oldest request in flight runs.
  var isTimed = false
  /// Since when.
  var headSince = Instant(nanoseconds: 0)
  /// What waits behind it was shared out already.
  var hasShared = false
  var nextListed = none
  var previousListed = none
  /// Requests in flight are those from `head` up to but not including `tail`.
  var head: RequestID = 1
  var tail: RequestID = 1
  /// Accepted responses that have not been used yet.
  var awaiting = 0
  var jobsDone: UInt64 = 0
  /// A number of its own for each status of each worker.
  var status: UInt64 = 0
  var softAt = Instant.never
  var termAt = Instant.never
  var killAt = Instant.never
  var spawnedAt = Instant(nanoseconds: 0)
  var wasReady = false
  /// When its whole start must be over.
  var startBy = Instant.never
  /// An empty slot: not to be filled earlier.
  var notBefore = Instant(nanoseconds: 0)
  /// Restarts after failures, since the last good job.
  var failures = 0

  var inFlight: Int { Int(truncatingIfNeeded: tail &- head) }
  var held: Int { inFlight + awaiting }
  var deadline: Instant { min(softAt, min(termAt, killAt)) }
  /// May be given tasks, as far as the window allows.
  var isOpen: Bool { state == .ready && isActive && !isSurplus && !isLeaving && !isChoked }
  var standsBy: Bool { state == .ready && !isActive }
  /// Counts as a worker that can still do something for the queue.
  var isLive: Bool { (state == .ready && !isLeaving) || state == .starting }

  mutating func disarm() {
    softAt = .never
    termAt = .never
    killAt = .never
  }
}

/// What a worker may take before others, and what it has refused.
struct Preferences {
  var pinned = ReadyQueue()
  var refusedShared = RefusalMark()
  var refusedPinned = RefusalMark()
  /// By lane, for a kind that may refuse.
  var lanes = ContiguousArray<LaneRefusal>()
}
