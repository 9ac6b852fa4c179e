internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Scheduling
package import Wire

/// Runs the tasks of one kind on worker processes. Everything happens on the thread that calls `run`: it reads frames,
/// calls the host's hooks where the bytes lie, tells the scheduler what happened and does what it says.
package final class Pool {
  let options: Options
  let limits: RunLimits
  let recycles: Bool
  let watchesTrials: Bool
  let isPaced: Bool
  /// Requests that all workers together may have in flight.
  let mostHeld: Int
  let tracer: (any Tracer)?
  let journal: (any Journal)?
  let jobLog: (any JobLog)?
  /// How the programs of tasks have ended that are under way, where somebody wants to know.
  var programEnds: [UInt64: ProgramEnd] = [:]
  /// Families that are over and have more to tell, and how far the order has come with those that were in it.
  var untoldFamilies: Set<UInt32> = []
  var toldFamilies: UInt32 = 0
  var skippedCount: UInt64 = 0
  /// Somebody wants to know of trials that were answered.
  let reportsTrials: Bool
  /// The same for each task that ends, whatever it came to.
  let tellsTasks: Bool
  package let kind: KindQueue
  // Everything here is of one thread, and no hook can reach back into it while it is being changed; the run-time checks for
  // that would cost more than the scheduler itself.
  @exclusivity(unchecked) var scheduler: Scheduler
  let reactor: Reactor
  let emit: (consuming PoolEvent) -> Void
  /// The run is about to wait.
  let beforeWaiting: () throws -> Void

  /// For every `worker_new`.
  var shared: [UInt8] = []
  @exclusivity(unchecked) var payloads = PayloadStore()
  @exclusivity(unchecked) var rows = TaskRows()
  @exclusivity(unchecked) var troubles: [UInt32: TaskTrouble] = [:]
  @exclusivity(unchecked) var order = DiagnosticOrder()
  @exclusivity(unchecked) var prints = PrintStore()
  var taskCount: UInt64 = 0
  @exclusivity(unchecked) var demands: TaskDemands
  /// What has not been queued yet; nil at its end.
  @exclusivity(unchecked) var source: (any TaskSource)?
  /// While the queue is long there is nothing to ask it.
  private(set) var isSourceFixed = false
  /// The descriptor of the source that is listened to.
  @exclusivity(unchecked) var awaitedInput: Int32?

  /// By slot.
  @exclusivity(unchecked) var workers: [WorkerHandle?]
  package internal(set) var workerCount: UInt64 = 0
  var forkServer: ForkServer?
  /// It has been tried, and can not serve.
  var isForkServerUseless = false
  var hadForkServer = false
  var forkServerDeaths: [Instant] = []
  /// When to look for processes that dead workers have left behind.
  var orphansAt = Instant.never
  /// Those that live are ended: a worker has died. Else only those that have ended themselves are reaped.
  var endsOrphans = false
  /// Not reaped yet.
  var killedOrphans: Set<pid_t> = []
  /// Unknown children, and how many orders the fork server had when they were first seen.
  var orphanSuspects: [pid_t: UInt64] = [:]
  /// Slots of workers whose send buffer is not empty.
  @exclusivity(unchecked) var dirty: [UInt32] = []
  var host: HostEnvironment

  /// The task whose hook runs, for its diagnostics.
  @exclusivity(unchecked) var currentTask: (number: UInt64, root: UInt32)?
  /// The hook makes its request once more: its findings are known.
  var isCopying = false
  /// The gravest finding about it in the hook that runs.
  @exclusivity(unchecked) var gravest: DiagnosticSeverity?
  /// The same for findings of `perform`, by task, until its response comes.
  @exclusivity(unchecked) var findings: [UInt32: DiagnosticSeverity] = [:]
  @exclusivity(unchecked) var pace = Pace()
  @exclusivity(unchecked) var early = EarlyReads()
  /// Of single trials: requests are not sent ahead.
  @exclusivity(unchecked) var hasTimeLimits = false
  var wasEverReady = false
  var wasEverHeard = false
  /// A process that was killed may have held tokens.
  var isSomeTokenUncertain = false
  /// Why the last worker that did not start did not.
  var lastStartFailure: String?
  /// Of workers whose death the scheduler is being told.
  @exclusivity(unchecked) var lastDeaths: [WorkerID: WorkerEnd] = [:]
  /// No timer of a worker is earlier.
  @exclusivity(unchecked) var workerTimer: UInt64 = .max
  @exclusivity(unchecked) private var isDrained = false
  var isInterrupted = false
  /// The time of the run was over before its tasks were.
  package internal(set) var isOverTime = false
  /// So many tasks have ended as the user had said that no more were started.
  package private(set) var isHalted = false
  var runDeadline: UInt64 = .max
  /// By how much the clock of the pool is behind that of the machine: it stands still while the run is paused.
  @exclusivity(unchecked) package internal(set) var pausedNanoseconds: UInt64 = 0
  /// Of that, what nobody has been told of.
  @exclusivity(unchecked) var untoldPause: UInt64 = 0
  var lastLook: UInt64 = 0
  var hasWarnedOfLimits = false

  @exclusivity(unchecked) package internal(set) var totals = Totals()
  @exclusivity(unchecked) package internal(set) var failure: KindFailure?

  /// What other threads have handed in, and who waits for what comes of it. Only of a pool with a mailbox.
  var intake = OpenSource()
  @exclusivity(unchecked) var owners = OwnerTable()
  /// Of the tasks that are being taken in.
  @exclusivity(unchecked) var intakeOwner: Int32 = 0
  @exclusivity(unchecked) var ended: [(ticket: Ticket, end: TicketEnd)] = []
  var joiners: [@Sendable (JoinEnd) -> Void] = []
  var isTrimming = false
  /// Told by its owner to end before its tasks have.
  var isStopping = false
  var endedBatches: [TaskBatch] = []
  /// Of this pool: a part of the handles of its workers, so that those of another one are told apart.
  package let epoch = UInt64.random(in: 1 ... .max)
  var lastSession: UInt64 = 0
  /// What went wrong in a turn inside a request that waits.
  var localError: (any Error)?
  /// The response that lay in a lane, of the whole pool.
  let laneCopy = LaneCopy()
  /// Room for what is taken out of the mailbox.
  var letters: [Letter] = []
  /// How the only worker of a pool that is one worker has ended.
  var single: (end: WorkerEnd?, message: String?)?
  var lastStopLook: UInt64 = 0
  private(set) lazy var expectedReady = makeExpectedReady()
  /// The host whose worker has started this one; -1: there is none.
  var hostDescriptor: Int32 = -1
  /// Nil: workers are in the group of this process.
  var groups: WorkerGroups?
  var groupsText: String?
  /// Workers that have been seen to die.
  let deaths = DeathInbox()
  /// Files that workers print into in place of their pipes.
  var outputFiles = OutputFiles()

  package init(
    kind: KindQueue, options: Options, emit: @escaping (consuming PoolEvent) -> Void,
    beforeWaiting: @escaping () throws -> Void
  ) throws(SystemError) {
    self.kind = kind
    self.options = options
    limits = options.limits
    recycles = limits.recycles
    watchesTrials = limits.watchesTrials
    isPaced = kind.table.flags.contains(.stateless)
    tracer = options.tracer
    journal = options.journal
    jobLog = options.jobLog
    reportsTrials = options.wantsTaskEvents || options.tracer != nil
    tellsTasks = reportsTrials || options.jobLog != nil
    self.emit = emit
    self.beforeWaiting = beforeWaiting
    reactor = try Reactor(fillsLowNumbers: options.ownsProcess)
    let bell = DeathWatch.shared.bell
    if bell >= 0 { try reactor.share(bell) }
    host = HostEnvironment(options.surroundings)
    let flags = kind.table.flags
    var policy = Policy()
    let capacity = max(options.workers, options.mostWorkers ?? 0)
    policy.workers = capacity
    policy.standby = options.localWorker == nil ? options.standby : 0
    // Beside them, one that is about to end for each that is at work.
    policy.slots = capacity + (policy.standby == 0 ? 0 : policy.standby + options.workers)
    policy.window = flags.contains(.stateless) && !kind.asksMatch && !watchesTrials ? options.window : 1
    mostHeld = policy.workers * policy.window
    policy.termGrace = limits.grace
    policy.killGrace = 2 * limits.grace
    policy.drainGrace = options.drainGrace
    policy.retireGrace = limits.retireGrace
    policy.mayRefuse = kind.asksMatch
    policy.isIdempotent = flags.contains(.idempotent)
    policy.splitsDeadTasks = kind.splits
    policy.startLimit = options.startLimit
    policy.handshakeLimit = options.handshakeLimit
    policy.loadLimit = options.loadLimit
    policy.breaker = options.breaker
    policy.retry = options.retry
    policy.copies = options.copies
    policy.isStateless = flags.contains(.stateless)
    demands = TaskDemands(options.resources)
    policy.resources = demands.capacities
    policy.maxFailures = options.maxFailures
    policy.failFastKills = options.failFastKills
    policy.haltsOn = options.haltsOn
    policy.seed = cpx_now()
    scheduler = Scheduler(policy: policy)
    scheduler.setWindow(min(pace.window, policy.window))
    if capacity > options.workers { scheduler.resize(options.workers) }
    scheduler.keep(options.leastWorkers)
    workers = Array(repeating: nil, count: policy.slots)
    kind.listener = self
    kind.isWatched = options.ownsProcess
    options.mailbox?.open(reactor.wakeDescriptor)
  }

  deinit {
    kind.listener = nil
  }

  // MARK: The run

  /// Until every task has ended and every worker is reaped, or the second signal ends the process.
  package func run(_ tasks: any TaskSource) throws {
    try takeProcess()
    defer { leaveProcess() }
    try takeGroups()
    defer { leaveGroups() }
    source = tasks
    isSourceFixed = tasks.isFixed
    try watchHost()
    defer { unwatchHost() }
    watchKeys()
    beginTokens()
    defer {
      unwatchKeys()
      endTokens()
    }
    readClock()
    if limits.runTime > 0 { runDeadline = now.advanced(by: limits.runTime).nanoseconds }
    wakeWatchdog()
    if options.mailbox != nil { obey() }
    try pump()
    let mayReadEarly = mayReadEarly
    while !isDrained || forkServer != nil {
      if mayReadEarly, readEarly() {
        readClock()
        try pump()
      } else {
        try turn()
      }
    }
    if findsOrphans { killOrphans() }
    if options.mailbox != nil { settleTurn() }
    // Where not one worker was ever ready, the plugin is to blame and not the machinery.
    if !wasEverReady, !isPluginInnocent { failure?.isPermanent = true }
    order.flush { deliver($0) }
    if let journal { noteRest(in: journal) }
    try beforeWaiting()
    readClock()
    tellPause()
    try beforeWaiting()
  }

  /// Waits until something happens, and does what follows from it.
  func turn() throws {
    if options.mailbox != nil { settleTurn() }
    try balanceTokens()
    try beforeWaiting()
    if let tracer {
      let (queued, running) = (scheduler.askQueued(), scheduler.runningCount)
      try tracer.settle(queued: queued, running: running, at: now.nanoseconds)
    }
    if options.ownsProcess { cpx_watchdog_idle() }
    let deadline = nextDeadline
    let isCalled = options.mailbox.map { !$0.rest() } ?? false
    let woken = try reactor.wait(until: isCalled ? 0 : monotonic(deadline)) { source in
      wakeWatchdog()
      readClock()
      happened(source)
    }
    wakeWatchdog()
    if woken {
      readClock()
      attendDeaths()
      if options.ownsProcess {
        if cpx_take_pause_flag() { try pause() }
        tellPause()
        attend()
      }
    }
    if options.mailbox != nil {
      readClock()
      obey()
    }
    if options.localWorker != nil { exchangeLocally() }
    if let localError { throw localError }
    readClock()
    early.lookedAt = now.nanoseconds
    // A timer that was set since the wait began is not due yet.
    if now.nanoseconds >= deadline { lookAtTimers() }
    // Some of those that are too many may still be at work.
    if isTrimming { isTrimming = !scheduler.retireResting() }
    try pump()
  }

  /// Before the run: nothing more is started after so many tasks that end badly, or as `Options.haltsOn` says.
  package func halt(after count: Int) { scheduler.halt(after: count) }

  /// Ends a wait early, from any thread, as long as the pool lives.
  package struct Waker: Sendable {
    let descriptor: Int32

    package func wake() { cpx_ring(descriptor) }
  }

  package var waker: Waker { Waker(descriptor: reactor.wakeDescriptor) }

  /// The signal that ended the run early.
  package var interruption: Int32? { isInterrupted ? cpx_first_signal() : nil }

  /// The time of this turn: read once for a batch of frames, not for each of them.
  @exclusivity(unchecked) private(set) var now = Instant(nanoseconds: cpx_now())

  @inline(__always)
  func readClock() {
    if cpx_has_paused() { takePause() }
    now = Instant(nanoseconds: cpx_now() &- pausedNanoseconds)
  }

  private var nextDeadline: UInt64 {
    // By twos: `min` of more makes an array for each call.
    var deadline = min(min(scheduler.askDeadline().nanoseconds, runDeadline), min(nextLook, workerTimer))
    deadline = min(min(deadline, orphansAt.nanoseconds), forkServerDeadline.nanoseconds)
    if let end = forkServer?.endDeadline { deadline = min(deadline, end.nanoseconds) }
    if options.mailbox != nil { deadline = min(deadline, nextStopLook) }
    if wantsMore { deadline = 0 }
    if options.localWorker != nil {
      for worker in workers {
        if let worker, worker.local != nil, !worker.isExchanging, !worker.send.isEmpty { deadline = 0 }
      }
    }
    return deadline
  }

  private func lookAtTimers() {
    checkEnds()
    lookAtWorkers()
    lookForStops()
    checkRunTime()
    checkForkServer()
    sweepOrphans()
  }

  /// Does what the scheduler says until it has nothing more to say, then writes what came of it.
  func pump() throws(SystemError) {
    repeat {
      if source != nil { try takeIn() }
      while let action = scheduler.next(at: now) { perform(action) }
      if !lastDeaths.isEmpty { lastDeaths.removeAll(keepingCapacity: true) }
      // What was held back for a full buffer can go on once it is written. What the source still has goes with the queue.
    } while flushDirty() || isIntakeOver
    try listenToInput()
  }

  private func perform(_ action: Action) {
    switch action {
    case .offer(let task, let worker): offer(task, worker)
    case .finished(let task, let outcome): finish(task, outcome)
    case .offerCopy(let copy, let task, let worker): offerCopy(copy, of: task, worker)
    case .superseded(let copy): superseded(copy)
    case .spawn(let worker): spawn(worker)
    case .cancelRequest(let worker, let request): cancelRequest(worker, request)
    case .retire(let worker): retire(worker)
    case .terminate(let worker): signal(worker, SIGTERM)
    case .kill(let worker): kill(worker)
    case .gone(let task, let cause, let tries): gone(task, cause, tries)
    case .workerGone(let worker): workerGone(worker)
    case .kindFailed(let permanent): kindFailed(permanent)
    case .breaker(let change): breakerChanged(change)
    case .failedFast(let failures):
      isHalted = true
      let how =
        switch options.haltsOn {
        case .failure: "ended badly"
        case .success: "passed"
        case .end: "ended"
        }
      emit(
        .warning("\(failures) \(failures == 1 ? "task has" : "tasks have") \(how): no further one is started")
      )
    case .drained:
      isDrained = true
      dismissForkServer()
    }
  }

  /// Called once, at the first signal, with the tasks that are under way.
  package var onInterrupt: ((_ signal: Int32, _ running: Int) -> Void)?

  /// Called when the run is paused, before this process stops, and when it has been continued.
  package var onPause: ((Pause) -> Void)?
  /// Called once, when the time of the run is over, with the tasks that are under way.
  package var onTimeout: ((_ running: Int) -> Void)?

  @inline(__always)
  func handle(_ id: WorkerID) -> WorkerHandle? {
    // The place is the same by itself.
    guard let worker = workers[Int(id.slot)], worker.id.generation == id.generation else { return nil }
    return worker
  }

  /// The worker in a slot, without a count of its users.
  @inline(__always)
  func place(_ slot: UInt32) -> Unmanaged<WorkerHandle>? {
    workers.withUnsafeBufferPointer { workers in
      workers[Int(slot)].map { Unmanaged.passUnretained($0) }
    }
  }

  private func kindFailed(_ permanent: Bool) {
    var known =
      failure
      ?? KindFailure(
        message: "workers of kind \(kind.table.name) die before they can work; no more are started"
          + (lastStartFailure.map { ": \($0)" } ?? ""),
        isPermanent: permanent)
    known.isPermanent = known.isPermanent || permanent
    failure = known
    options.onKindFailure?(known)
  }

  // MARK: Totals

  func count(_ outcome: Outcome, _ cases: CaseCounts) {
    totals.outcomes[Int(outcome.rawValue)] += 1
    totals.cases.add(cases)
  }

  func count(_ severity: DiagnosticSeverity) { totals.severities[Int(severity.rawValue)] += 1 }
  func sawMemory(_ bytes: UInt64) { totals.peakWorkerMemory = max(totals.peakWorkerMemory, bytes) }
}
