extension Scheduler {
  /// Workers that can still do something for the queue.
  var liveCount: Int { startingCount + readyCount }

  /// No queued task can ever be started.
  package var isHopeless: Bool {
    isStopping || isFailedForEver || (isGivenUp && liveCount == 0) || isFencedOff
  }

  mutating func ready(_ worker: WorkerID) {
    guard let slot = find(worker), slots[Int(slot)].state == .starting else { return }
    slots[Int(slot)].disarm()
    startingCount -= 1
    readyCount += 1
    slots[Int(slot)].state = .ready
    slots[Int(slot)].wasReady = true
    filling = none
    closeBreaker()
    standBy(slot)
    balance()
  }

  /// Tells a worker to end. What it has in flight is sent again.
  mutating func retire(_ slot: UInt32) {
    actions.push(.retire(id(of: slot)))
    leave(slot, for: .retiring, .retired)
    slots[Int(slot)].killAt = clock.advanced(by: policy.retireGrace)
    noteDeadline(slot)
    while let task = takeOldest(slot) { if tasks[task].isOfTwo { fallAway(task) } else { requeue(task) } }
  }

  mutating func terminate(_ slot: UInt32, _ reason: EndReason) {
    actions.push(.terminate(id(of: slot)))
    let killAt = slots[Int(slot)].killAt
    leave(slot, for: .terminating, reason)
    slots[Int(slot)].target = slots[Int(slot)].head
    slots[Int(slot)].killAt = killAt
  }

  mutating func kill(_ slot: UInt32, _ reason: EndReason) {
    actions.push(.kill(id(of: slot)))
    if slots[Int(slot)].target == 0 { slots[Int(slot)].target = slots[Int(slot)].head }
    slots[Int(slot)].mayAnswer = reason.isOurs && slots[Int(slot)].state != .retiring
    leave(slot, for: .killed, reason)
  }

  /// From a state in which it counted as live, or later, to one in which it ends.
  private mutating func leave(_ slot: UInt32, for state: SlotState, _ reason: EndReason) {
    let index = Int(slot)
    if slots[index].state == .starting { startingCount -= 1 }
    let wasReady = slots[index].state == .ready
    if wasReady, !slots[index].isLeaving { readyCount -= 1 }
    slots[index].state = state
    if slots[index].reason == .unknown { slots[index].reason = reason }
    slots[index].disarm()
    relist(slot)
    releasePins(slot)
    if wasReady { leaveTheLine(slot) }
  }

  /// The worker of these pins will take nothing more: they are for everyone, before untried tasks.
  mutating func releasePins(_ slot: UInt32) {
    while case let task = preferences[Int(slot)].pinned.first, task != none {
      dequeue(task)
      tasks[task].flags.remove(.pinned)
      tasks[task].flags.insert(.inFront)
      let state = tasks[task].state
      enqueue(task)
      tasks[task].state = state
    }
  }

  /// Takes the oldest request in flight off the worker.
  mutating func takeOldest(_ slot: UInt32) -> UInt32? {
    let request = slots[Int(slot)].head
    guard request < slots[Int(slot)].tail else { return nil }
    slots[Int(slot)].head += 1
    heldCount -= 1
    let task = ring[place(of: request, on: slot)]
    if tasks[task].lane != 0 { release(tasks[task].lane) }
    return task
  }
}
