/// The queue of one kind and its workers, as a value: events in, actions out. It reads no clock, makes no system
/// call, keeps no payload; the same events at the same times give the same actions.
///
/// Use: `add`, `accept` and `handle` feed it; after each, take actions with `next` until there are none. An offer is
/// answered before the next action is asked for.
package struct Scheduler: Sendable {
  package let policy: Policy

  // Tasks.
  var tasks = TaskTable()
  var shared = ReadyQueue()
  /// Queued tasks that no fresh worker has refused; those that are pinned.
  var unrefusedCount = 0
  var pinnedCount = 0
  /// Tasks that a worker holds: in flight, or answered and not used yet.
  var heldCount = 0
  var arrivals: UInt64 = 0
  /// Tasks with a demand or a group; without any such ever, all of this is empty.
  var demands = ContiguousArray<Demand>()
  var lanes = ContiguousArray<Lane>()
  var laneNumbers: [LaneKey: UInt32] = [:]
  var freeLanes = ContiguousArray<UInt32>()
  /// Those with queued tasks, and how many these are.
  var waitingLanes = ContiguousArray<UInt32>()
  var lanedCount = 0
  /// What requests in flight leave of each resource, and whether one of them must be alone.
  var unused: ContiguousArray<Int>
  var isExclusive = false
  var expiries = TaskTimers()
  var expiringCount = 0
  var outcomes = ContiguousArray<Int>(repeating: 0, count: Outcome.allCases.count)

  /// Tasks between two trials.
  var delays = TaskTimers()
  var delayedCount = 0
  /// Tasks that ended badly, as long as they are counted.
  var failureCount = 0
  var mostFailures: Int
  var isFailedFast = false
  /// What is in flight has to be cancelled as well.
  var cancelsRest = false
  /// Copies that are offered or in flight, and what the length of a trial usually is, if that is wanted.
  package internal(set) var copyCount = 0
  var durations = Durations()

  // Workers.
  var slots: ContiguousArray<Slot>
  var preferences: ContiguousArray<Preferences>
  /// Task of each request in flight; `ringSize` places for each slot, a power of two.
  var ring: ContiguousArray<UInt32>
  let ringSize: Int
  /// First of those that can take a request.
  var listed = none
  var emptyCount: Int
  var startingCount = 0
  var readyCount = 0
  /// Slots whose worker can not be killed.
  var fencedCount = 0
  /// Ready workers that may hold tasks, also those that leave or are to stand by when they hold nothing more; those that
  /// are to; those that stand by.
  var activeCount = 0
  var surplusCount = 0
  var standbyCount = 0
  var turns: UInt64 = 0
  /// Workers that may ever hold tasks at a time, and those that may now.
  let workerLimit: Int
  var limit: Int
  /// Workers that may live, apart from those that are started ahead; and so many are started, also without tasks for them.
  var most: Int
  var least = 0
  /// The kind has let go of a worker.
  var usesFresh = false
  /// All idle workers have refused what is queued, and a fresh one might not.
  var wantsFresh = false
  var statuses: UInt64 = 0
  /// Requests that one worker may hold now.
  var window: Int
  /// The worker that is being filled, and how far.
  var filling = none
  var fillLimit = 0

  // Failures.
  var failureTimes = ContiguousArray<Instant>()
  var random: UInt64
  var isFailed = false
  var isFailedForEver = false
  var breaker = Breaker()

  // Time and course.
  var clock = Instant(nanoseconds: 0)
  /// No deadline of a worker is earlier.
  var earliestDeadline = Instant.never
  package internal(set) var isClosed = false
  var isDraining = false
  var drainDeadline = Instant.never
  var isDrained = false
  var offered: (task: UInt32, slot: UInt32)?
  var actions = ActionRing()

  package init(policy: Policy) {
    precondition(policy.slots >= 0 && policy.slots < Int(none), "slots out of range")
    precondition(1...512 ~= policy.window, "window out of range")
    precondition(policy.retry.tries >= 1 && policy.retry.crashes >= 1, "a task has at least one trial")
    precondition(policy.restartBudgets.allSatisfy { $0.failures >= 1 }, "a restart budget allows no start")
    precondition(policy.workers >= 0 && policy.standby >= 0, "workers out of range")
    self.policy = policy
    mostFailures = policy.maxFailures
    precondition(policy.resources.allSatisfy { $0 >= 0 }, "less than nothing of a resource")
    unused = ContiguousArray(policy.resources)
    workerLimit = min(policy.workers, policy.slots)
    limit = workerLimit
    most = workerLimit
    window = policy.window
    ringSize = 1 << (Int.bitWidth - (policy.window - 1).leadingZeroBitCount)
    slots = ContiguousArray(repeating: Slot(), count: policy.slots)
    preferences = ContiguousArray(repeating: Preferences(), count: policy.slots)
    ring = ContiguousArray(repeating: none, count: policy.slots * ringSize)
    emptyCount = policy.slots
    random = policy.seed
  }

  /// One event. Those about workers that have been reaped change nothing.
  package mutating func handle(_ event: Event, at now: Instant) {
    advance(to: now)
    switch event {
    case .used(let task, let worker, let outcome, let stays, let competenceChanged):
      used(task, worker, outcome: outcome, stays: stays, competenceChanged: competenceChanged)
    case .sent(let task, let worker, let request): sent(task, worker, request)
    case .refused(let task, let worker): refused(task, worker)
    case .stale(let task): endOffered(task, .stale)
    case .hookFailed(let task): endOffered(task, .error)
    case .unsendable(let task): unsendable(task)
    case .copySent(let copy, let worker, let request): copySent(copy, worker, request)
    case .copyDeclined(let copy): copyDeclined(copy)
    case .failed(let task, let worker, let failure): failed(task, worker, failure)
    case .settled(let task, let settlement): settled(task, settlement)
    case .ready(let worker): ready(worker)
    case .startsAnew(let worker): startsAnew(worker)
    case .begins(let worker, let part): begins(worker, part)
    case .spawnFailed(let worker): spawnFailed(worker)
    case .startFailed(let worker, let permanent): startFailed(worker, permanent: permanent)
    case .broke(let worker, let undecodable): broke(worker, undecodable: undecodable)
    case .recycle(let worker): recycle(worker)
    case .exceeded(let worker): exceeded(worker)
    case .ended(let worker, let performing): ended(worker, performing: performing)
    case .unkillable(let worker, let performing): unkillable(worker, performing: performing)
    case .choked(let worker, let isChoked):
      if let slot = find(worker) {
        slots[Int(slot)].isChoked = isChoked
        relist(slot)
      }
    case .close: isClosed = true
    case .cancel(let task): cancel(task)
    case .cancelAll: cancelAll()
    case .drain: drain(grace: policy.drainGrace)
    case .stop: drain(grace: 0)
    case .tick: break
    }
  }

  /// The next thing to do, nil if there is none before the next event or `nextDeadline`.
  package mutating func next(at now: Instant) -> Action? {
    advance(to: now)
    if let action = takeAction() { return action }
    precondition(offered == nil, "an offer has not been answered")
    if cancelsRest {
      cancelsRest = false
      cancelAll()
    }
    if clock >= earliestDeadline { fireDeadlines() }
    if let top = expiries.top, top.at <= clock || tasks.find(top.task) == nil { expire() }
    if delays.top != nil { endDelays() }
    wantsFresh = false
    while true {
      if let action = takeAction() { return action }
      if let action = sweep() { return action }
      if let action = spawn() { return action }
      if let action = offer() { return action }
      if exchange() { continue }
      if recall() { continue }
      if policy.copies.factor > 0, let action = offerCopy() { return action }
      if resolveStandstill() { continue }
      return finishClosing()
    }
  }

  /// The next one whose worker has not been reaped meanwhile.
  @inline(__always)
  mutating func takeAction() -> Action? {
    while let action = actions.pop() {
      switch action {
      case .cancelRequest(let worker, let request):
        // It may have been answered in the same step.
        if let slot = find(worker), slots[Int(slot)].head <= request { return action }
      case .retire(let worker), .terminate(let worker), .kill(let worker):
        if find(worker) != nil { return action }
      case .finished(let task, _), .superseded(let task):
        tasks.recycle(task.index)
        return action
      case .spawn, .offer, .offerCopy, .gone, .workerGone, .kindFailed, .breaker, .failedFast, .drained:
        return action
      }
    }
    return nil
  }

  /// Time never runs backwards in here, whatever the caller's clock does.
  mutating func advance(to now: Instant) {
    if now > clock { clock = now }
  }
}

extension Scheduler {
  /// When `next` has to be asked again at the latest; `.never` if no timer runs.
  @inline(__always)
  package var nextDeadline: Instant {
    var earliest = Instant.never
    if earliestDeadline != .never {
      for slot in slots.indices { earliest = min(earliest, slots[slot].deadline) }
    }
    if emptyCount > 0 {
      var refill = Instant.never
      for slot in slots.indices where slots[slot].state == .empty && slots[slot].notBefore > clock {
        refill = min(refill, slots[slot].notBefore)
      }
      // Last, as few wait: to ask it takes longer than all of the rest.
      if refill != .never, wantsWorker { earliest = min(earliest, refill) }
    }
    if isCoolingDown, wantsAnother { earliest = min(earliest, breaker.until) }
    if let top = expiries.top { earliest = min(earliest, top.at) }
    if let top = delays.top { earliest = min(earliest, top.at) }
    if policy.copies.factor > 0 { earliest = min(earliest, nextCopy) }
    return min(earliest, nextRecall)
  }

  // What is asked in each turn changes nothing, and says that it could: an owner that keeps this value in a class would else
  // copy all of it, with the reference counts of forty arrays, for each call.

  /// `nextDeadline`, without a copy.
  package mutating func askDeadline() -> Instant { nextDeadline }

  /// `queuedCount`, without a copy.
  package mutating func askQueued() -> Int { queuedCount }

  /// `isHopeless`, without a copy.
  package mutating func askHopeless() -> Bool { isHopeless }

  package mutating func inFlight(on worker: WorkerID) -> Int {
    guard let slot = find(worker) else { return 0 }
    return slots[Int(slot)].inFlight
  }

  /// What hooks are shown of a worker: has it stayed at least once, how many jobs has it done.
  package func status(of worker: WorkerID) -> (isOld: Bool, jobsDone: UInt64) {
    guard let slot = find(worker) else { return (false, 0) }
    return (slots[Int(slot)].isOld, slots[Int(slot)].jobsDone)
  }

  package var queuedCount: Int { shared.count + pinnedCount + lanedCount }
  package var unfinishedCount: Int { tasks.count - copyCount }
  package func outcomeCount(_ outcome: Outcome) -> Int { outcomes[Int(outcome.rawValue)] }
  /// Has it not ended yet.
  package func isLive(_ task: TaskID) -> Bool { tasks.find(task) != nil }
  /// Has its cancel switch been thrown (false for one that has ended).
  package func isCancelled(_ task: TaskID) -> Bool {
    guard let row = tasks.find(task) else { return false }
    return tasks[row].flags.contains(.cancelled)
  }

  /// The slot of a worker that has been spawned and not been reaped yet.
  @inline(__always)
  func find(_ worker: WorkerID) -> UInt32? {
    guard Int(worker.slot) < slots.count else { return nil }
    let slot = slots[Int(worker.slot)]
    return slot.generation == worker.generation && slot.state != .empty ? worker.slot : nil
  }

  @inline(__always)
  func id(of slot: UInt32) -> WorkerID { WorkerID(slot: slot, generation: slots[Int(slot)].generation) }

  @inline(__always)
  func place(of request: RequestID, on slot: UInt32) -> Int {
    Int(slot) * ringSize + Int(truncatingIfNeeded: request & UInt64(ringSize - 1))
  }
}
