import Scheduling

/// What the owner of a scheduler changes while tasks wait and workers live.
extension World {
  /// False: nothing of that was thrown.
  mutating func actOwner() -> Bool {
    if dials.happens(.setsPriority, &dice) {
      setPriority()
    } else if dials.happens(.clears, &dice) {
      clear()
    } else if dials.happens(.cancelsAlone, &dice) {
      cancelAlone()
    } else if dials.happens(.keeps, &dice) {
      let count = dice.below(policy.slots + 2)
      least = count
      change("keep \(count)") { $0.keep(count) }
    } else if !workers.isEmpty, dials.happens(.resizes, &dice) {
      resize(dice.below(min(policy.workers, policy.slots) + 1))
    } else if !workers.isEmpty, dials.happens(.letsGo, &dice) {
      letGo(dice.below(workers.count))
    } else if dials.happens(.reconsiders, &dice) {
      reconsider()
    } else {
      return false
    }
    return true
  }

  /// It goes behind what has this priority already, and what was refused may be asked about again.
  private mutating func setPriority() {
    guard !tasks.isEmpty else { return }
    let task = dice.below(tasks.count)
    let (id, priority) = (tasks[task].id, Int32(dice.below(5)) - 2)
    if tasks[task].isCopy { return }
    tasks[task].priority = priority
    if tasks[task].state == .waiting {
      order += 1
      tasks[task].order = order
      tasks[task].refusedAt = SIMD8(repeating: 0)
    }
    change("priority \(priority) of \(id)") { $0.setPriority(id, priority) }
  }

  /// Of what is left nothing may wait: `checkQuiet` finds what does, and each that waited has one end, as cancelled.
  private mutating func clear() {
    for task in tasks.indices where [.waiting, .delayed].contains(tasks[task].state) { cancelOne(task) }
    change("clear") { $0.cancelQueued() }
    if scheduler.queuedCount + scheduler.delayedTasks > 0 { report("something waits that was cleared") }
  }

  private mutating func cancelAlone() {
    guard !tasks.isEmpty else { return }
    let task = dice.below(tasks.count)
    let id = tasks[task].id
    if tasks[task].isCopy { return }
    cancelOne(task)
    change("cancel \(id) alone") { $0.cancelAlone(id) }
  }

  /// So many may be at work, and so many may live, but for those that are started ahead.
  mutating func resize(_ count: Int) {
    limit = count
    mostAlive = count
    isTrimming = true
    change("resize \(count)") { $0.resize(count) }
  }

  private mutating func letGo(_ slot: Int) {
    let worker = workers[slot]
    if worker.phase == .starting, !worker.isEnding {
      workers[slot].mustRetire = true
    } else if worker.phase == .ready, !worker.isEnding {
      letLeave(slot)
    }
    change("let go of \(worker.id)") { $0.letGo(of: worker.id) }
  }

  private mutating func reconsider() {
    if policy.mayRefuse {
      for slot in workers.indices where workers[slot].phase != .absent {
        statuses += 1
        workers[slot].status = statuses
      }
      for task in tasks.indices {
        tasks[task].refusedByFresh = false
      }
    }
    change("reconsider") { $0.reconsider() }
  }

  // MARK: Workers that are too many

  /// Standbys that the kind's use of fresh workers allows beside those that may live.
  var ahead: Int { usesFresh && mostAlive > 0 ? policy.standby : 0 }

  /// As an owner does after each turn until it is done: exactly so many of those that rest are told to end.
  mutating func trim() {
    // A drain ends them all.
    guard isTrimming, !isDraining else { return }
    var live = 0
    var resting = 0
    // One with an end is being killed for that.
    for worker in workers where worker.isLive && worker.end == .none {
      live += 1
      if worker.isOpen, worker.held == 0, !scheduler.isActive(worker.id) { resting += 1 }
    }
    let tooMany = max(0, live - mostAlive - ahead)
    trimmed = min(tooMany, resting)
    isTrimming = trimmed < tooMany
    let isDone = scheduler.retireResting()
    if let isTwinDone = twin?.retireResting(), isTwinDone != isDone { report("not pure: another trim") }
    if isDone == isTrimming { report("of \(live) workers \(trimmed) are told to end, done: \(isDone)") }
    check()
  }

  /// A worker is told to end for a reason that the world knows.
  mutating func checkReason(_ worker: ModelWorker) {
    if worker.mustRetire { return }
    if worker.inFlight > 0 { report("retire of \(worker.id), which is at work") }
    if trimmed > 0 {
      if worker.phase != .ready || scheduler.isActive(worker.id) { report("trimmed: \(worker.id)") }
      trimmed -= 1
      return
    }
    let isOver = isClosed && !tasks.contains { $0.state != .finished }
    if !isOver, !policy.mayRefuse { report("retire of \(worker.id) for no reason") }
  }

  /// When it is over workers are kept no more.
  var kept: Int {
    isClosed && !tasks.contains { $0.state != .finished && $0.state != .willFinish } ? 0 : least
  }
}
