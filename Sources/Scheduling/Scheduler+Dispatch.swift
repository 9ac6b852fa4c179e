extension Scheduler {
  /// Offers one queued task to one worker.
  @inline(__always)
  mutating func offer() -> Action? {
    guard listed != none, queuedCount > 0, !isStopping else { return nil }
    var slot = listed
    var task = none
    if lanedCount > 0 || isExclusive {
      (slot, task) = chooseByLanes()
      if task == none { return nil }
    } else if policy.mayRefuse || pinnedCount > 0 {
      (slot, task) = choosePair()
      if task == none { return nil }
    } else {
      if policy.window > 1 { slot = emptiest() }
      task = shared.first
    }
    if tasks[task].flags.contains(.avoidsWorker) { slot = elsewhere(task, than: slot) }
    tasks[task].state = .offered
    offered = (task, slot)
    return .offer(tasks.id(task), id(of: slot))
  }

  /// Without pins and refusals every worker would take the first task, so only the worker has to be chosen: the one
  /// that is being filled, up to a fair share, so that its requests leave in one write; then the emptiest.
  private mutating func emptiest() -> UInt32 {
    if filling != none, slots[Int(filling)].isListed {
      let held = slots[Int(filling)].held
      if held < fillLimit, held == 0 || shared.count >= activeCount { return filling }
    }
    var best = listed
    var slot = slots[Int(listed)].nextListed
    while slot != none {
      if slots[Int(slot)].held < slots[Int(best)].held { best = slot }
      slot = slots[Int(slot)].nextListed
    }
    filling = best
    fillLimit = max(slots[Int(best)].held + 1, (shared.count + heldCount) / max(activeCount, 1))
    return best
  }

  /// The first worker (for a window above 1: the emptiest) that has something to take, and what it takes.
  private mutating func choosePair() -> (slot: UInt32, task: UInt32) {
    var best = (slot: none, task: none)
    var slot = listed
    while slot != none {
      if best.slot == none || slots[Int(slot)].held < slots[Int(best.slot)].held {
        let task = candidate(for: slot)
        if task != none {
          best = (slot, task)
          if policy.window == 1 { return best }
        }
      }
      slot = slots[Int(slot)].nextListed
    }
    return best
  }

  /// What the worker would take first: pinned ones before others of the same priority.
  mutating func candidate(for slot: UInt32) -> UInt32 {
    if lanedCount > 0 || isExclusive { return anyLaneCandidate(for: slot) }
    let common = sharedCandidate(for: slot)
    let own = pinnedCandidate(for: slot)
    if own == none || common == none { return own == none ? common : own }
    return tasks[own].priority >= tasks[common].priority ? own : common
  }

  mutating func sharedCandidate(for slot: UInt32) -> UInt32 {
    guard policy.mayRefuse else { return shared.first }
    let worker = Int(slot)
    var common = preferences[worker].refusedShared.next(in: shared, tasks)
    while common != none, tasks.extras(common).refusedAt == slots[worker].status {
      preferences[worker].refusedShared.pass(common, in: &tasks)
      common = preferences[worker].refusedShared.next(in: shared, tasks)
    }
    return common
  }

  /// The first one that is pinned here, if it can start now.
  mutating func pinnedCandidate(for slot: UInt32) -> UInt32 {
    let worker = Int(slot)
    let own =
      policy.mayRefuse
      ? preferences[worker].refusedPinned.next(in: preferences[worker].pinned, tasks)
      : preferences[worker].pinned.first
    return own == none || tasks[own].lane == 0 || fits(tasks[own].lane) ? own : none
  }

  mutating func takeOffered(_ id: TaskID) -> (task: UInt32, slot: UInt32) {
    guard let pair = offered, tasks.id(pair.task) == id else {
      preconditionFailure("an answer to an offer that was not made")
    }
    offered = nil
    return pair
  }

  @inline(__always)
  mutating func sent(_ id: TaskID, _ worker: WorkerID, _ request: RequestID) {
    let (task, slot) = takeOffered(id)
    precondition(slot == worker.slot, "sent to another worker than offered")
    dequeue(task)
    guard find(worker) != nil, slots[Int(slot)].state == .ready else {
      requeue(task)
      return
    }
    put(task, on: worker, request)
    if tasks[task].lane != 0 { occupy(tasks[task].lane, worker) }
    tasks[task].flags.subtract([.cancelSent, .overSoftLimit, .avoidsWorker])
    if tasks[task].flags.contains(.cancelled) { sendCancel(task) }
    if slots[Int(slot)].head == request { timeOldest(slot) }
    relist(slot)
  }

  /// Makes it the last request in flight there.
  @inline(__always)
  mutating func put(_ task: UInt32, on worker: WorkerID, _ request: RequestID) {
    let slot = worker.slot
    precondition(request == slots[Int(slot)].tail, "requests of a worker are numbered in their order")
    slots[Int(slot)].tail = request + 1
    ring[place(of: request, on: slot)] = task
    heldCount += 1
    tasks[task].state = .inFlight
    tasks[task].worker = worker
    tasks[task].request = request
  }

  mutating func refused(_ id: TaskID, _ worker: WorkerID) {
    precondition(policy.mayRefuse, "a kind without task_match refuses nothing")
    let (task, slot) = takeOffered(id)
    precondition(slot == worker.slot, "refused by another worker than offered")
    tasks[task].state = .queued
    if tasks[task].flags.contains(.cancelled) {
      dequeue(task)
      gone(task, .cancelled)
      return
    }
    guard find(worker) != nil else { return }
    if !slots[Int(slot)].isOld, !tasks[task].flags.contains(.refusedByFresh) {
      tasks[task].flags.insert(.refusedByFresh)
      unrefusedCount -= 1
    }
    if tasks[task].flags.contains(.pinned) {
      let status = slots[Int(slot)].status
      tasks.changeExtras(task) { $0.refusedAt = status }
      preferences[Int(slot)].refusedPinned.pass(task, in: &tasks)
    } else if tasks[task].lane != 0 {
      passInLane(task, slot)
    } else {
      preferences[Int(slot)].refusedShared.pass(task, in: &tasks)
    }
  }

  mutating func endOffered(_ id: TaskID, _ outcome: Outcome) {
    let (task, _) = takeOffered(id)
    dequeue(task)
    finish(task, outcome)
  }

  mutating func unsendable(_ id: TaskID) {
    let (task, _) = takeOffered(id)
    dequeue(task)
    gone(task, .undecodable(.toWorker))
  }
}

extension Scheduler {
  /// Puts a worker into the list of those that can take a request, or takes it out. The one that became free last is first:
  /// its caches are warm.
  @inline(__always)
  mutating func relist(_ slot: UInt32) {
    let worker = slots[Int(slot)]
    let wanted = worker.isOpen && worker.held < window
    if wanted == worker.isListed { return }
    slots[Int(slot)].isListed = wanted
    if wanted {
      slots[Int(slot)].previousListed = none
      slots[Int(slot)].nextListed = listed
      if listed != none { slots[Int(listed)].previousListed = slot }
      listed = slot
      return
    }
    if worker.previousListed == none {
      listed = worker.nextListed
    } else {
      slots[Int(worker.previousListed)].nextListed = worker.nextListed
    }
    if worker.nextListed != none { slots[Int(worker.nextListed)].previousListed = worker.previousListed }
  }

  /// A new status: what was refused at the last one can be offered again.
  @inline(__always)
  mutating func renewStatus(_ slot: UInt32) {
    statuses += 1
    slots[Int(slot)].status = statuses
    if policy.mayRefuse {
      preferences[Int(slot)].refusedShared.reset()
      preferences[Int(slot)].refusedPinned.reset()
    }
  }
}
