import Scheduling

/// Offers: may this worker have this task, is it the one that is due, and the answer of the hooks.
extension World {
  mutating func observeOffer(_ id: TaskID, _ worker: WorkerID) {
    guard let task = find(id), tasks[task].state == .waiting else {
      return report("offer of a task that is not queued")
    }
    guard isCurrent(worker), workers[Int(worker.slot)].isOpen else {
      return report("offer to \(worker), which takes none")
    }
    let slot = Int(worker.slot)
    var holders = 0
    for other in workers where other.isHolding && other.id != worker { holders += 1 }
    if limit == 0 || (workers[slot].held == 0 && holders >= limit) {
      report("offer beyond the limit of \(limit) workers")
    }
    if !scheduler.isActive(worker) { report("offer to a worker that stands by") }
    if workers[slot].held >= policy.window { report("offer beyond the window") }
    if isDraining || isFailedFast || isFailedForEver { report("offer after drain or failure of the kind") }
    if tasks[task].isCancelled { report("offer of a cancelled task") }
    if tasks[task].expiresAt <= latest { report("offer of an expired task") }
    if !fits(task) { report("offer of \(id), for which there is not enough left") }
    if hasRefused(task, slot) { report("offered again in the same status") }
    if let pin = tasks[task].pin, pin != worker {
      if !tasks[task].mayBeReleased || !policy.mayRefuse {
        report("offer of a task that is pinned to \(pin)")
      }
      // Others that came later may have been pinned after that.
      unpin(task)
    }
    checkTurn(task, worker)
    checkEvenness(slot)
    checkElsewhere(task, worker)
    tasks[task].state = .offered
    answerOffer(task, worker)
  }

  /// Not where it went wrong, if another worker would have it.
  private mutating func checkElsewhere(_ task: Int, _ worker: WorkerID) {
    guard tasks[task].avoids == worker, tasks[task].pin == nil, !policy.mayRefuse, !usesLanes else { return }
    for other in workers where other.isOpen && other.held == 0 && other.id != worker {
      // One that has tasks of its own may want those first.
      let isBound = tasks.contains { $0.state == .waiting && $0.pin == other.id }
      if scheduler.isActive(other.id), !isBound {
        report("\(tasks[task].id) went wrong on \(worker), and goes there again")
      }
    }
  }

  /// No other task that the worker may take should be before this one.
  private mutating func checkTurn(_ task: Int, _ worker: WorkerID) {
    let slot = Int(worker.slot)
    let mine = tasks[task]
    let rank = turn(of: task, worker)
    for other in tasks.indices where tasks[other].state == .waiting && other != task {
      let rival = tasks[other]
      if mayHaveRefused(other, slot) || rival.mayBeReleased { continue }
      if let pin = rival.pin, pin != worker { continue }
      if usesLanes {
        if !fits(other) || isElsewhere(other, worker) { continue }
        if rival.pin != nil, mayBeHeldBack(other) { continue }
        if mine.pin == nil, !isExclusive(task), mine.avoids == nil, isElsewhere(task, worker),
          mine.priority <= rival.priority
        {
          report("\(mine.id) was taken from its home, though there was \(rival.id)")
        }
      }
      if rival.priority > mine.priority { report("\(rival.id) has a higher priority than \(mine.id)") }
      guard rival.priority == mine.priority, !mine.mayBeReleased else { continue }
      let rivalRank = turn(of: other, worker)
      if rivalRank > rank { report("\(rival.id) goes before \(mine.id)") }
      if rivalRank > 0 || rank > 0 { continue }
      // Unknown ones first, then by whole microseconds.
      let length = mine.estimate == 0 ? UInt64.max : min(mine.estimate / 1000, 0x7fff_fffe)
      let rivalLength = rival.estimate == 0 ? UInt64.max : min(rival.estimate / 1000, 0x7fff_fffe)
      if rivalLength > length { report("\(rival.id) takes longer than \(mine.id)") }
      if rivalLength == length, rival.order < mine.order { report("\(rival.id) came before \(mine.id)") }
    }
  }

  private func turn(of task: Int, _ worker: WorkerID) -> Int {
    tasks[task].pin == worker ? 2 : tasks[task].isInFront ? 1 : 0
  }

  /// No worker gets a second request while another one has none, unless there are enough for all.
  private mutating func checkEvenness(_ slot: Int) {
    if policy.mayRefuse || usesLanes || workers[slot].held == 0 { return }
    var idle = 0
    for worker in workers where worker.isOpen && worker.held == 0 && scheduler.isActive(worker.id) {
      idle += 1
    }
    if idle == 0 { return }
    var waiting = 0
    for task in tasks where task.state == .waiting {
      if task.pin != nil { return }
      waiting += 1
    }
    if waiting <= idle { report("\(idle) idle workers, and a busy one gets one of \(waiting) tasks") }
  }

  private mutating func answerOffer(_ task: Int, _ worker: WorkerID) {
    let slot = Int(worker.slot)
    let id = tasks[task].id
    if dials.happens(.cancelsDuringOffer, &dice) {
      cancelGroup(of: task)
      tell(.cancel(id))
    }
    if dials.happens(.diesDuringOffer, &dice) {
      let claim = claim(slot)
      bury(slot, performing: claim)
      tell(.ended(worker, performing: claim))
    }
    if dials.happens(.staleTask, &dice) {
      finishSoon(task, .stale)
      tell(.stale(id))
    } else if dials.happens(.hookFails, &dice) {
      finishSoon(task, .error)
      tell(.hookFailed(id))
    } else if dials.happens(.unsendable, &dice) {
      goneSoon(task, .undecodable(.toWorker))
      tell(.unsendable(id))
    } else if policy.mayRefuse, !isTasty(task, slot) {
      refuse(task, worker)
    } else {
      send(task, worker)
    }
  }

  private mutating func refuse(_ task: Int, _ worker: WorkerID) {
    let slot = Int(worker.slot)
    if tasks[task].isCancelled {
      goneSoon(task, .cancelled)
    } else {
      tasks[task].state = .waiting
      if isCurrent(worker) {
        if !workers[slot].isOld { tasks[task].refusedByFresh = true }
        tasks[task].refusedAt[slot] = workers[slot].status
        refuseHerd(task, slot)
        if tasks[task].pin == worker {
          tasks[task].mayBeReleased = true
        }
      } else if tasks[task].pin == worker {
        // Its queue was emptied before the answer: the pin was released there.
        unpin(task)
      }
    }
    tell(.refused(tasks[task].id, worker))
  }

  private mutating func send(_ task: Int, _ worker: WorkerID) {
    let slot = Int(worker.slot)
    guard isCurrent(worker), workers[slot].isOpen else {
      requeue(task)
      return tell(.sent(tasks[task].id, worker, workers[slot].tail))
    }
    let request = workers[slot].tail
    workers[slot].tail += 1
    inFlight[slot * Self.ringSize + Int(request) % Self.ringSize] = task
    tasks[task].state = .inFlight
    tasks[task].holder = worker
    takeHome(task, worker)
    tasks[task].cancelSent = false
    tasks[task].avoids = nil
    tasks[task].overSoft = false
    if workers[slot].head == request { timeOldest(slot) }
    tell(.sent(tasks[task].id, worker, request))
  }

  /// `task_match` of this world.
  private mutating func isTasty(_ task: Int, _ slot: Int) -> Bool {
    switch tasks[task].taste {
    case 1: !workers[slot].isOld
    case 2: workers[slot].isOld
    case 3: false
    case 4: slot % 2 == 1
    case 5: !dials.happens(.refusesAtRandom, &dice)
    default: true
    }
  }
}
