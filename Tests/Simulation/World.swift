import Scheduling

/// One seeded run of a scheduler against workers, hooks and clients that may do anything. The world keeps its own books and
/// checks each action against them; the first contradiction ends the run.
package struct World {
  package private(set) var violation: String?
  package private(set) var steps = 0
  /// A digest of all actions: equal for equal seeds.
  package private(set) var digest: UInt64 = 0
  package var tracing = false
  /// Reports the end of a task that was tried again after a crash twice: a fault that must be found.
  package var isCanary = false

  var dice = Dice(seed: 0)
  var dials = Dials()
  var policy = Policy()
  var scheduler = Scheduler(policy: Policy())
  /// Fed with the same events for a while, to see that the same actions come out.
  var twin: Scheduler?
  var now: UInt64 = 0
  var latest: UInt64 = 0

  var tasks = ContiguousArray<ModelTask>()
  var rows = ContiguousArray<Int>()
  var workers = ContiguousArray<ModelWorker>()
  var inFlight = ContiguousArray<Int>()
  var order = 0
  var statuses: UInt32 = 0
  var isClosed = false
  var isDraining = false
  var drainAt = UInt64.max
  var failureTimes = ContiguousArray<UInt64>()
  var willFail = false
  var isFailed = false
  var isFailedForEver = false
  var breaker = ModelBreaker()
  var isDrained = false
  var expectsWorkerGone = ContiguousArray<WorkerID>()
  var taskLimit = 0
  /// Workers that may hold tasks now.
  var limit = 0
  /// Workers that may live, apart from those that are started ahead; so many are kept without tasks.
  var mostAlive = 0
  var least = 0
  /// Workers beyond `mostAlive` are ended as soon as they rest; so many were told so in this step.
  var isTrimming = false
  var trimmed = 0
  var usesFresh = false
  var demands = ContiguousArray<ModelDemand>()
  var usesHerds = false
  var herds = ContiguousArray<ModelHerd>()
  var herdRefusals = ContiguousArray<ModelHerdRefusal>()
  /// How many of the tasks have an estimate.
  var estimatePercent = 0
  var hasNewDelays = false
  /// How long trials took that were answered, the shortest first.
  var lengths = ContiguousArray<UInt64>()
  /// Tasks that ended badly; enough of them end the run early.
  var badEnds = 0
  var isFailedFast = false
  var isFailFastTold = false
  var isStopped = false
  /// Gone tasks whose hook answers at once.
  var toSettle = ContiguousArray<Int>()

  package init() {}

  package var faultCounts: [Int] { dials.counts }

  static let ringSize = 16

  /// Runs one seed; false if it has found something.
  package mutating func run(seed: UInt64) -> Bool {
    dice = Dice(seed: seed)
    prepare()
    dials.draw(&dice)
    let safetySteps = 60 + dice.below(240)
    var done = 0
    while done < safetySteps, violation == nil, !isDrained {
      act()
      done += 1
    }
    if violation == nil { converge() }
    digest = digest &* 31 &+ UInt64(scheduler.outcomeCount(.passed))
    return violation == nil
  }

  private mutating func prepare() {
    violation = nil
    policy = Policy()
    policy.slots = dice.below(20) == 0 ? 0 : 1 + dice.below(4)
    if policy.slots > 0, dice.percent(40) {
      policy.workers = policy.slots
      policy.slots += dice.below(9 - policy.slots)
      policy.standby = dice.below(3)
    }
    policy.window = [1, 1, 2, 4, 7][dice.below(5)]
    policy.mayRefuse = dice.percent(40)
    policy.isIdempotent = dice.percent(60)
    policy.splitsDeadTasks = dice.percent(20)
    policy.retry.crashes = 1 + dice.below(3)
    policy.retry.tries = 1 + dice.below(4)
    policy.seed = dice.next()
    drawRetries()
    drawCopies()
    drawStartLimits()
    drawBreaker()
    policy.recallAfter = [0, 1, 1_000_000, 1_000_000_000][dice.below(4)]
    policy.resources = dice.percent(30) ? (0..<1 + dice.below(3)).map { _ in dice.below(4) } : []
    if dice.percent(50) {
      policy.restartBudgets = [RestartBudget(failures: 2 + dice.below(6), within: 10_000_000_000)]
    }
    limit = min(policy.workers, policy.slots)
    (mostAlive, least, isTrimming, trimmed) = (limit, 0, false, 0)
    usesFresh = false
    estimatePercent = dice.percent(50) ? 0 : dice.below(101)
    scheduler = Scheduler(policy: policy)
    drawDemands()
    now = UInt64(dice.below(1000)) * 1_000_000
    latest = 0
    tasks.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    workers.removeAll(keepingCapacity: true)
    for slot in 0..<policy.slots {
      workers.append(ModelWorker(id: WorkerID(slot: UInt32(slot), generation: 0)))
    }
    inFlight.removeAll(keepingCapacity: true)
    inFlight.append(contentsOf: repeatElement(0, count: policy.slots * Self.ringSize))
    failureTimes.removeAll(keepingCapacity: true)
    expectsWorkerGone.removeAll(keepingCapacity: true)
    order = 0
    statuses = 0
    drainAt = .max
    (isClosed, isDraining, willFail, isFailed) = (false, false, false, false)
    (isFailedForEver, isDrained, isStopped) = (false, false, false)
    toSettle.removeAll(keepingCapacity: true)
    taskLimit = 4 + dice.below(28)
    if tracing { print("policy \(policy)") }
  }

  private mutating func drawRetries() {
    if dice.percent(30) { policy.retry.causes = RetryCauses(rawValue: UInt8(dice.below(16))) }
    if dice.percent(30) {
      policy.retry.delayBase = UInt64(1 + dice.below(2000)) * 1_000_000
      policy.retry.delayCap = policy.retry.delayBase * UInt64(1 + dice.below(5))
    }
    policy.retry.prefersOtherWorker = dice.percent(30)
    if dice.percent(20) {
      policy.maxFailures = 1 + dice.below(8)
      policy.failFastKills = dice.percent(50)
      if dice.percent(40) { policy.haltsOn = dice.percent(50) ? .success : .end }
    }
    (badEnds, isFailedFast, isFailFastTold) = (0, false, false)
  }

  var time: Instant { Instant(nanoseconds: now) }

  mutating func report(_ text: String) {
    if violation == nil { violation = text }
  }

  // MARK: Feeding

  /// One event, and all actions that follow.
  mutating func feed(_ event: Event) {
    tell(event)
    trim()
    settle()
  }

  /// One change by the owner, and all actions that follow.
  mutating func change(_ what: @autoclosure () -> String, _ body: (inout Scheduler) -> Void) {
    steps += 1
    twin = nil
    latest = max(latest, now)
    if tracing { print("\(now) <- \(what())") }
    body(&scheduler)
    check()
    trim()
    settle()
  }

  mutating func tell(_ event: Event) {
    steps += 1
    latest = max(latest, now)
    if tracing { print("\(now) <- \(event)") }
    if twin == nil, steps % 100 == 0 { twin = scheduler }
    noteEnd(event)
    let time = time
    scheduler.handle(event, at: time)
    twin?.handle(event, at: time)
    if hasNewDelays { noteDelays() }
    check()
  }

  mutating func check() {
    if let fault = scheduler.audit() { report("audit: \(fault)") }
  }

  mutating func accept(_ worker: WorkerID, _ request: RequestID) -> TaskID? {
    steps += 1
    twin = nil
    let task = scheduler.accept(worker, request)
    if tracing { print("\(now) <- accept \(worker) \(request): \(task.map { "\($0)" } ?? "no")") }
    check()
    return task
  }

  mutating func win(_ race: Race) {
    steps += 1
    twin = nil
    latest = max(latest, now)
    if tracing { print("\(now) <- win \(race)") }
    scheduler.win(race, at: time)
    check()
  }

  mutating func dismiss(_ worker: WorkerID, _ failure: PerformFailure?) {
    steps += 1
    twin = nil
    latest = max(latest, now)
    if tracing { print("\(now) <- dismiss \(worker) \(failure as Any)") }
    scheduler.dismiss(worker, failure, at: time)
    check()
    settle()
  }

  mutating func add(_ spec: TaskSpec) -> TaskID {
    steps += 1
    twin = nil
    latest = max(latest, now)
    // There are two ways for a task of which nothing is known.
    let isPlain =
      spec.parent == nil && spec.pin == nil && spec.expiresAt == nil && spec.demand == nil
      && spec.priority == 0 && !spec.isOnce
      && spec.estimate | spec.group | spec.softLimit | spec.hardLimit == 0
    let id = isPlain ? scheduler.add(at: time) : scheduler.add(spec, at: time)
    if tracing { print("\(now) <- add \(id) \(spec)") }
    check()
    return id
  }

  mutating func setLimit(_ count: Int) {
    limit = min(count, mostAlive)
    change("limit \(count)") { $0.setLimit(count) }
  }

  /// Takes actions until there are none.
  mutating func settle() {
    let time = time
    endDelays()
    noteSoftLimits()
    var taken = 0
    while violation == nil, let action = scheduler.next(at: time) {
      if twin != nil, twin?.next(at: time) != action { report("not pure: another action the second time") }
      taken += 1
      if tracing { print("\(now) ->   \(action)") }
      digest = (digest ^ UInt64(truncatingIfNeeded: code(action))) &* 0x100_0000_01b3
      observe(action)
      if isCanary, case .finished(let id, _) = action, let task = find(id), tasks[task].wasCrashed {
        observe(action)
      }
      if taken > 400 { report("\(taken) actions after one event") }
    }
    if violation == nil { checkQuiet() }
    twin = nil
    while violation == nil, let task = toSettle.popLast() { answerGone(task) }
  }

  private func code(_ action: Action) -> Int {
    switch action {
    case .spawn(let worker): 1 + Int(worker.slot) * 64
    case .offer(let task, let worker): 2 + Int(task.index) * 256 + Int(worker.slot) * 64
    case .cancelRequest(_, let request): 3 + Int(request) * 64
    case .retire(let worker): 4 + Int(worker.slot) * 64
    case .terminate(let worker): 5 + Int(worker.slot) * 64
    case .kill(let worker): 6 + Int(worker.slot) * 64
    case .gone(let task, let cause, let tries):
      7 + Int(task.index) * 256 + tries * 64 + Int(cause.outcome.rawValue) * 1024
    case .workerGone(let worker): 8 + Int(worker.slot) * 64
    case .finished(let task, let outcome): 9 + Int(task.index) * 256 + Int(outcome.rawValue) * 1024
    case .offerCopy(let copy, _, let worker): 13 + Int(copy.index) * 256 + Int(worker.slot) * 64
    case .superseded(let copy): 14 + Int(copy.index) * 256
    case .kindFailed: 10
    case .breaker(let change): 15 &+ change.digest &* 64
    case .failedFast(let failures): 12 + failures * 64
    case .drained: 11
    }
  }

  // MARK: Names

  func find(_ id: TaskID) -> Int? {
    guard Int(id.index) < rows.count else { return nil }
    let task = rows[Int(id.index)]
    return tasks[task].id == id ? task : nil
  }

  func isCurrent(_ worker: WorkerID) -> Bool {
    Int(worker.slot) < workers.count && workers[Int(worker.slot)].phase != .absent
      && workers[Int(worker.slot)].id == worker
  }

  func task(at request: RequestID, on slot: Int) -> Int {
    inFlight[slot * Self.ringSize + Int(request) % Self.ringSize]
  }

  func oldest(on slot: Int) -> Int { task(at: workers[slot].head, on: slot) }

  var liveWorkers: Int {
    var count = 0
    for worker in workers where worker.isLive { count += 1 }
    return count
  }

  /// Every place is taken by a worker that can not be killed.
  var isFencedOff: Bool { !workers.isEmpty && workers.allSatisfy { $0.phase == .fenced } }

  var isHopeless: Bool {
    isDraining || isFailedFast || isFailedForEver || (isGivenUp && liveWorkers == 0) || isFencedOff
  }
}
