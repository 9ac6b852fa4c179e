extension Scheduler {
  mutating func drain(grace: UInt64) {
    isClosed = true
    isDraining = true
    drainDeadline = min(drainDeadline, clock.advanced(by: grace))
    for task in 0..<UInt32(tasks.capacity) where tasks[task].state != .free {
      tasks[task].flags.insert(.cancelled)
      if tasks[task].state == .inFlight {
        part(task)
        sendCancel(task)
      }
    }
    for slot in slots.indices { hurry(slot, grace: grace) }
  }

  /// The grace of the drain takes the place of the usual ladder.
  private mutating func hurry(_ index: Int, grace: UInt64) {
    let slot = UInt32(index)
    switch slots[index].state {
    case .empty, .killed, .fenced: return
    case .starting:
      // It holds no task, and may take long before it hears anything.
      kill(slot, .drain)
      return
    case .retiring:
      if grace > 0 { return }
    case .ready:
      slots[index].softAt = .never
      slots[index].termAt = .never
      if slots[index].inFlight == 0, grace > 0 { return }
    case .terminating: break
    }
    if grace == 0 {
      kill(slot, .drain)
    } else {
      slots[index].killAt = min(slots[index].killAt, drainDeadline)
      noteDeadline(slot)
    }
  }

  /// Ends queued tasks that will never be started, one at each call, so that a long queue needs no room for as many actions.
  mutating func sweep() -> Action? {
    guard isHopeless, queuedCount + delayedCount > 0 else { return nil }
    var task = firstInOrder()
    if task == none, pinnedCount > 0 {
      for own in preferences where own.pinned.count > 0 { task = own.pinned.first }
    }
    if task == none {
      task = firstDelayed()
      delayedCount -= 1
    } else {
      dequeue(task)
    }
    gone(task, isStopping ? .cancelled : .unstarted)
    return takeAction()
  }

  /// Closed and nothing left to do: workers are retired, and when the last one has been reaped it is over.
  mutating func finishClosing() -> Action? {
    guard isClosed, !isDrained, tasks.count == 0 else { return nil }
    for slot in slots.indices where slots[slot].state == .ready || slots[slot].state == .starting {
      retire(UInt32(slot))
    }
    if let action = takeAction() { return action }
    guard emptyCount + fencedCount == slots.count else { return nil }
    isDrained = true
    return .drained
  }
}
