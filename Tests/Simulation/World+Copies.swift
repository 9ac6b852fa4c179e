import Scheduling

/// Second trials of tasks that take long.
extension World {
  mutating func drawCopies() {
    policy.isStateless = dice.percent(50)
    lengths.removeAll(keepingCapacity: true)
    guard dice.percent(60) else { return }
    if dice.percent(70) { policy.isIdempotent = true }
    policy.copies.factor = [0.25, 1, 1, 2, 7.5][dice.below(5)]
    policy.copies.leastResponses = dice.below(4)
    policy.copies.leastTime = [0, 0, 1, 1_000_000, 1_000_000_000][dice.below(5)]
  }

  /// How long it was at work, as far as the world knows what is usual.
  mutating func noteLength(_ slot: Int) {
    guard policy.copies.factor > 0, !workers[slot].isTimed else { return }
    let length = latest - workers[slot].headSince
    lengths.insert(length, at: lengths.firstIndex { $0 > length } ?? lengths.count)
  }

  func isOfTwo(_ task: Int) -> Bool { tasks[task].isCopy || tasks[task].twin != nil }

  // MARK: Offers

  /// Since when a copy of what this worker is at may be made, and when it must have been; nil: none may.
  private func copyDue(_ slot: Int) -> (earliest: UInt64, latest: UInt64)? {
    let worker = workers[slot]
    guard policy.copies.factor > 0, policy.isIdempotent, !isHopeless else { return nil }
    guard lengths.count >= max(1, policy.copies.leastResponses) else { return nil }
    guard worker.phase == .ready, worker.isTimed, worker.inFlight > 0, !worker.isEnding else { return nil }
    let task = tasks[oldest(on: slot)]
    if task.isCopy || task.wasCopied || task.isCancelled || task.cancelSent || task.overSoft { return nil }
    if task.isOnce || task.pin != nil || !fits(oldest(on: slot)) || task.estimate / 1000 >= 0x7fff_fffe {
      return nil
    }
    let usual = lengths[(lengths.count * 95 + 99) / 100 - 1]
    let expected = task.estimate / 1000 * 1000
    func long(_ usual: UInt64) -> UInt64 {
      max(policy.copies.leastTime, UInt64(policy.copies.factor * Double(max(usual, expected))))
    }
    return (worker.headSince + long(usual), worker.headSince + long(usual + usual / 8))
  }

  /// When the next copy must have been made.
  func nextCopyDue() -> UInt64 {
    guard policy.copies.factor > 0, workers.contains(where: { isIdle($0) }) else { return .max }
    if tasks.contains(where: { $0.state == .waiting }) { return .max }
    var due = UInt64.max
    for slot in workers.indices { due = min(due, copyDue(slot)?.latest ?? .max) }
    return due
  }

  private func isIdle(_ worker: ModelWorker) -> Bool {
    worker.isOpen && worker.held == 0 && scheduler.isActive(worker.id)
  }

  mutating func observeOfferCopy(_ id: TaskID, of original: TaskID, _ worker: WorkerID) {
    guard let task = find(original), tasks[task].state == .inFlight, !tasks[task].isCopy else {
      return report("a copy of what is not at work")
    }
    let holder = Int(tasks[task].holder.slot)
    guard let due = copyDue(holder), oldest(on: holder) == task else {
      return report("a copy of \(original), which must not be")
    }
    if latest < due.earliest { report("a copy of \(original) at \(latest), not \(due.earliest)") }
    if tasks.contains(where: { $0.state == .waiting }) { report("a copy while something is queued") }
    guard isCurrent(worker), isIdle(workers[Int(worker.slot)]) else {
      return report("a copy for \(worker), which has something to do")
    }
    tasks[task].wasCopied = true
    var copy = ModelTask(id: id)
    copy.isCopy = true
    copy.state = .offered
    copy.group = -1 - tasks.count
    (copy.demand, copy.herd) = (tasks[task].demand, tasks[task].herd)
    (copy.soft, copy.hard) = (tasks[task].soft, tasks[task].hard)
    register(copy)
    answerCopy(tasks.count - 1, of: task, worker)
  }

  private mutating func answerCopy(_ copy: Int, of task: Int, _ worker: WorkerID) {
    let slot = Int(worker.slot)
    if dials.happens(.cancelsDuringOffer, &dice) {
      cancelGroup(of: task)
      tell(.cancel(tasks[task].id))
    }
    if dials.happens(.diesDuringOffer, &dice) {
      let claim = claim(slot)
      bury(slot, performing: claim)
      tell(.ended(worker, performing: claim))
    }
    if dials.happens(.declinesCopy, &dice) {
      tasks[copy].state = .finished
      leaveHerd(copy)
      return tell(.copyDeclined(tasks[copy].id))
    }
    let request = workers[slot].tail
    guard isCurrent(worker), workers[slot].isOpen else {
      overSoon(copy)
      return tell(.copySent(tasks[copy].id, worker, request))
    }
    workers[slot].tail += 1
    inFlight[slot * Self.ringSize + Int(request) % Self.ringSize] = copy
    tasks[copy].state = .inFlight
    tasks[copy].holder = worker
    if tasks[task].isCancelled {
      tasks[copy].isCancelled = true
    } else {
      (tasks[task].twin, tasks[copy].twin) = (copy, task)
    }
    timeOldest(slot)
    tell(.copySent(tasks[copy].id, worker, request))
  }

  // MARK: The race

  /// It has lost: it is cancelled, and its end is awaited.
  mutating func loseRace(_ copy: Int) {
    part(copy)
    cancelOne(copy)
  }

  private mutating func part(_ copy: Int) {
    if let task = tasks[copy].twin { tasks[task].twin = nil }
    tasks[copy].twin = nil
  }

  private mutating func overSoon(_ copy: Int) {
    tasks[copy].state = .willFinish
    leaveHerd(copy)
  }

  /// One of two is over and does not count.
  mutating func fallAway(_ task: Int) {
    var over = task
    if !tasks[task].isCopy, let copy = tasks[task].twin {
      takePlace(task, of: copy)
      over = copy
    }
    part(over)
    overSoon(over)
  }

  private mutating func takePlace(_ task: Int, of copy: Int) {
    let slot = Int(tasks[copy].holder.slot)
    inFlight[slot * Self.ringSize + Int(workers[slot].head) % Self.ringSize] = task
    let (one, other) = (tasks[task], tasks[copy])
    (tasks[task].holder, tasks[copy].holder) = (other.holder, one.holder)
    (tasks[task].cancelSent, tasks[copy].cancelSent) = (other.cancelSent, one.cancelSent)
    (tasks[task].overSoft, tasks[copy].overSoft) = (other.overSoft, one.overSoft)
  }

  /// The answer of one of two. True: it has won, and its response is accepted.
  mutating func answersFirst(_ slot: Int, _ task: Int, _ race: Race) -> Bool {
    let worker = workers[slot]
    let hasLost = tasks[task].isCopy && tasks[task].twin == nil
    if race.hasLost != hasLost || race.isCopy != tasks[task].isCopy || race.row != tasks[task].id {
      report("\(tasks[task].id): \(race)")
    }
    let failure = drawFailure(task)
    if !hasLost, failure == nil {
      copyWins(slot, task)
      win(race)
      return violation == nil
    }
    workers[slot].head += 1
    workers[slot].isTimed = false
    if !worker.isTerminated { workers[slot].ladderSince = .max }
    fallAway(task)
    if worksOn(slot) {
      if failure == .poisoned || (failure == nil && !policy.isStateless) { workers[slot].mustRetire = true }
      goOn(slot)
    }
    dismiss(worker.id, failure)
    return false
  }

  private mutating func copyWins(_ slot: Int, _ winner: Int) {
    guard let twin = tasks[winner].twin else { return }
    guard tasks[winner].isCopy else { return loseRace(twin) }
    let other = Int(tasks[twin].holder.slot)
    takePlace(twin, of: winner)
    inFlight[other * Self.ringSize + Int(workers[other].head) % Self.ringSize] = winner
    loseRace(winner)
  }

  mutating func observeSuperseded(_ id: TaskID) {
    guard let copy = find(id), tasks[copy].isCopy, tasks[copy].state == .willFinish else {
      return report("superseded: \(id), which is no copy that has lost")
    }
    tasks[copy].state = .finished
  }

  /// It has lost, and its worker is being ended: nothing that another worker is started for.
  func isEndingCopy(_ task: Int) -> Bool {
    guard tasks[task].isCopy, tasks[task].twin == nil, tasks[task].state == .inFlight else { return false }
    return workers[Int(tasks[task].holder.slot)].isEnding
  }
}
