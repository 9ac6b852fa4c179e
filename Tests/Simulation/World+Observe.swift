import Scheduling

/// Each action against the world's own books.
extension World {
  mutating func observe(_ action: Action) {
    switch action {
    case .spawn(let worker): observeSpawn(worker)
    case .offer(let id, let worker): observeOffer(id, worker)
    case .offerCopy(let copy, let id, let worker): observeOfferCopy(copy, of: id, worker)
    case .superseded(let copy): observeSuperseded(copy)
    case .cancelRequest(let worker, let request): observeCancel(worker, request)
    case .retire(let worker): observeRetire(worker)
    case .terminate(let worker): observeTerminate(worker)
    case .kill(let worker): observeKill(worker)
    case .gone(let id, let cause, let tries): observeGone(id, cause, tries)
    case .workerGone(let worker):
      guard let at = expectsWorkerGone.firstIndex(of: worker) else { return report("unexpected \(action)") }
      expectsWorkerGone.remove(at: at)
    case .finished(let id, let outcome):
      guard let task = find(id) else { return report("\(action) for an unknown task") }
      if tasks[task].state != .willFinish || tasks[task].outcome != outcome {
        report("\(action): task was \(tasks[task].state), expected \(tasks[task].outcome)")
      }
      tasks[task].state = .finished
    case .kindFailed(let permanent):
      if isFailed || !willFail || permanent != isFailedForEver { report("unexpected \(action)") }
      isFailed = true
    case .breaker(let change): observeBreaker(change)
    case .failedFast(let failures):
      if isFailFastTold || !isFailedFast || failures != policy.maxFailures { report("unexpected \(action)") }
      isFailFastTold = true
      if policy.failFastKills { for task in tasks.indices { cancelOne(task) } }
    case .drained:
      if isDrained || !isClosed || tasks.contains(where: { $0.state != .finished }) {
        report("drained too early")
      }
      if workers.contains(where: { $0.phase != .absent && $0.phase != .fenced }) {
        report("drained with workers")
      }
      isDrained = true
    }
  }

  private mutating func observeSpawn(_ id: WorkerID) {
    guard Int(id.slot) < workers.count else { return report("spawn in no slot") }
    let old = workers[Int(id.slot)]
    if old.phase != .absent { return report("spawn in a taken slot \(id)") }
    if id.generation != old.nextGeneration {
      report("generation \(id.generation), not \(old.nextGeneration)")
    }
    if isDraining || isFailedFast || (willFail && !tries(id)) {
      report("spawn after drain or failure of the kind")
    }
    let busy = tasks.contains { [.waiting, .inFlight, .awaiting].contains($0.state) }
    if !busy, kept == 0 { report("spawn without tasks") }
    checkNumber()
    if old.failures > 1 {
      let doublings = UInt64(min(old.failures - 2, 20))
      let delay = min(policy.backoffBase << doublings, policy.backoffCap) / 5 * 4
      if latest < old.failedAt + delay { report("back-off not kept by \(id)") }
    }
    statuses += 1
    var worker = ModelWorker(id: id)
    worker.phase = .starting
    worker.nextGeneration = id.generation + 1
    worker.status = statuses
    worker.since = latest
    worker.spawnedAt = latest
    worker.failures = old.failures
    worker.failedAt = old.failedAt
    worker.ignoresCancel = dials.happens(.ignoresCancel, &dice)
    worker.ignoresTerm = dials.happens(.ignoresTerm, &dice)
    worker.ignoresRetire = dials.happens(.ignoresRetire, &dice)
    worker.neverReady = dials.happens(.neverReady, &dice)
    workers[Int(id.slot)] = worker
  }

  /// Not more workers than may be, nor more than there are tasks, but for one that is to be asked as a fresh one.
  private mutating func checkNumber() {
    let most = mostAlive + ahead
    let live = liveWorkers
    if live >= most { report("spawn of a worker too many") }
    if policy.mayRefuse { return }
    var demand = 0
    for task in tasks.indices where [.waiting, .inFlight, .awaiting].contains(tasks[task].state) {
      if !isEndingCopy(task) { demand += 1 }
    }
    if live >= min(max(demand, kept), limit + ahead) {
      report("spawn of worker \(live + 1) for \(demand) tasks")
    }
  }

  private mutating func observeCancel(_ id: WorkerID, _ request: RequestID) {
    guard isCurrent(id) else { return report("cancelRequest to a dead worker") }
    let worker = workers[Int(id.slot)]
    guard worker.head <= request, request < worker.tail else { return report("cancelRequest of nothing") }
    if worker.isKilled || worker.isRetired { report("cancelRequest to a worker that was told to end") }
    let task = task(at: request, on: Int(id.slot))
    if tasks[task].cancelSent { report("cancelRequest twice") }
    if isRecall(worker, request), !tasks[task].isCancelled {
      if tasks[task].wasRecalled || tasks[task].pin != nil { report("\(tasks[task].id) is asked back again") }
      tasks[task].wasRecalled = true
    } else if !tasks[task].isCancelled {
      let isOver =
        request == worker.head && worker.isTimed && tasks[task].soft > 0
        && latest >= worker.headSince + tasks[task].soft
      if !isOver { report("cancelRequest without reason") }
      tasks[task].overSoft = true
      workers[Int(id.slot)].ladderSince = latest
    }
    tasks[task].cancelSent = true
  }

  /// A request that waits behind a long one, while a worker has nothing to do and nothing is queued.
  private func isRecall(_ worker: ModelWorker, _ request: RequestID) -> Bool {
    guard policy.isIdempotent, request > worker.head, worker.isTimed else { return false }
    if latest < worker.headSince + policy.recallAfter { return false }
    if tasks.contains(where: { $0.state == .waiting }) { return false }
    return workers.contains { $0.isOpen && $0.held == 0 }
  }

  private mutating func observeRetire(_ id: WorkerID) {
    guard isCurrent(id) else { return report("retire of a dead worker") }
    let slot = Int(id.slot)
    let worker = workers[slot]
    if worker.isRetired || worker.isTerminated || worker.isKilled {
      report("retire of a worker that ends already")
    }
    checkReason(worker)
    workers[slot].isRetired = true
    workers[slot].end = .retired
    workers[slot].retiredAt = latest
    releasePins(id)
    while workers[slot].head < workers[slot].tail {
      let task = oldest(on: slot)
      if isOfTwo(task) { fallAway(task) } else { requeue(task) }
      workers[slot].head += 1
    }
  }

  private mutating func observeTerminate(_ id: WorkerID) {
    guard isCurrent(id) else { return report("terminate of a dead worker") }
    let slot = Int(id.slot)
    let worker = workers[slot]
    if worker.phase != .ready || worker.isTerminated || worker.isRetired || worker.isKilled
      || worker.inFlight == 0
    {
      return report("terminate of a worker that ends, or holds nothing")
    }
    if worker.ladderSince == .max || latest < worker.ladderSince + policy.termGrace || isDraining {
      report("terminate without reason")
    }
    workers[slot].killAt = killDue(slot)
    workers[slot].isTerminated = true
    workers[slot].end = .ladder
    workers[slot].target = worker.head
    workers[slot].ladderIsTimeout = !tasks[oldest(on: slot)].isCancelled
    releasePins(id)
  }

  private mutating func observeKill(_ id: WorkerID) {
    guard isCurrent(id) else { return report("kill of a dead worker") }
    let slot = Int(id.slot)
    let worker = workers[slot]
    if worker.isKilled { return report("killed twice") }
    workers[slot].isKilled = true
    switch worker.end {
    case .broke, .garbage, .startFailed, .limit: break
    case .retired:
      if latest < worker.retiredAt + policy.retireGrace, !isStopped, !worker.isGarbled {
        report("kill within the grace of retire")
      }
    case .ladder:
      if drainAt > latest, killDue(slot) > latest, !worker.isGarbled {
        report("kill within the grace of the ladder")
      }
    case .none where isStopped: workers[slot].end = .drain
    case .none where worker.phase == .starting && isDraining: workers[slot].end = .drain
    case .none where worker.phase == .starting:
      if latest < startDue(worker) { report("kill of a worker that still may start") }
      workers[slot].end = .startTimeout
    case .none where isDraining:
      if worker.inFlight == 0 || min(killDue(slot), drainAt) > latest {
        report("kill within the grace of drain")
      }
      workers[slot].end = .drain
    case .none:
      if worker.inFlight == 0 || killDue(slot) > latest { report("kill without reason") }
      workers[slot].end = .ladder
      workers[slot].target = worker.head
      if worker.inFlight > 0 { workers[slot].ladderIsTimeout = !tasks[oldest(on: slot)].isCancelled }
    case .drain, .startTimeout: report("kill for no reason")
    }
    releasePins(id)
  }

  /// When the ladder of the oldest request, or of the one that started it, kills.
  func killDue(_ slot: Int) -> UInt64 {
    let worker = workers[slot]
    if worker.isTerminated { return worker.killAt }
    var due = worker.ladderSince == .max ? UInt64.max : worker.ladderSince + policy.killGrace
    if worker.inFlight > 0, worker.isTimed {
      let hard = tasks[oldest(on: slot)].hard
      if hard > 0 { due = min(due, worker.headSince + hard) }
    }
    return due
  }

  private mutating func observeGone(_ id: TaskID, _ cause: GoneCause, _ tries: Int) {
    guard let task = find(id) else { return report("gone: unknown task") }
    let model = tasks[task]
    if tries != model.tries { report("gone \(id): \(tries) trials, not \(model.tries)") }
    switch model.state {
    case .willBeGone:
      // What the end of a worker brought back in the same step had expired before all was cancelled.
      let isEarlier = cause == .expired && model.expiresAt <= latest && isFailedFast && policy.failFastKills
      if cause != model.cause, !isEarlier { report("gone \(id): \(cause), not \(model.cause)") }
    case .waiting, .delayed:
      switch cause {
      case .cancelled:
        if !model.isCancelled, !isFailedFast { report("gone \(id): nobody has cancelled it") }
      case .expired: if model.expiresAt > latest { report("gone \(id): not expired yet") }
      case .unmatched:
        if model.state == .delayed { report("gone \(id): unmatched while delayed") }
        checkUnmatched(task)
      case .unstarted:
        let isHopeless = isFailed && isGivenUp && (isFailedForEver || liveWorkers == 0 || policy.mayRefuse)
        if !isHopeless, !isFencedOff {
          report("gone \(id): unstarted")
        }
      case .workerDied, .failed, .timeout, .limit, .undecodable: report("gone \(id): \(cause) while queued")
      }
    default: report("gone \(id): it was \(model.state)")
    }
    tasks[task].state = .gone
    tasks[task].cause = cause
    if !dials.happens(.settlesLate, &dice) { toSettle.append(task) }
  }

  private mutating func checkUnmatched(_ task: Int) {
    if !policy.mayRefuse || !(tasks[task].refusedByFresh || tasks[task].mayBeRefusedByFresh) {
      report("unmatched, but no fresh worker has refused it")
    }
    for worker in workers where worker.phase != .absent && !worker.isEnding {
      if !worker.isOpen || worker.held > 0 { report("unmatched, but a worker is not idle") }
      if !mayHaveRefused(task, Int(worker.id.slot)) {
        report("unmatched, but \(worker.id) has not refused it")
      }
    }
    for other in tasks where other.state != .waiting && other.state != .finished {
      report("unmatched while a task is \(other.state)")
    }
    for other in tasks.indices where tasks[other].pin != nil { unpin(other) }
  }
}
