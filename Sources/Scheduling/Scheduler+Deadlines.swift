extension Scheduler {
  /// The clock of a trial starts when its request is the oldest on its worker: before that it only waits in the pipe. The
  /// same holds for the ladder of a cancelled one, as the signal would hit another task.
  mutating func timeOldest(_ slot: UInt32) {
    let index = Int(slot)
    guard slots[index].state == .ready else { return }
    slots[index].isTimed = true
    slots[index].headSince = clock
    slots[index].hasShared = false
    let task = ring[place(of: slots[index].head, on: slot)]
    let row = tasks[task]
    if row.extras == none, !row.flags.contains(.cancelled), !isDraining { return }
    let extras = tasks.extras(task)
    if extras.hardLimit > 0 { slots[index].killAt = clock.advanced(by: extras.hardLimit) }
    if isDraining {
      slots[index].killAt = min(slots[index].killAt, drainDeadline)
    } else if row.flags.contains(.cancelled) {
      startLadder(slot)
    } else if extras.softLimit > 0 {
      slots[index].softAt = clock.advanced(by: extras.softLimit)
    }
    noteDeadline(slot)
  }

  /// SIGTERM and SIGKILL follow, unless the oldest request is answered before.
  mutating func startLadder(_ slot: UInt32) {
    let index = Int(slot)
    slots[index].softAt = .never
    slots[index].termAt = clock.advanced(by: policy.termGrace)
    slots[index].killAt = min(slots[index].killAt, clock.advanced(by: policy.killGrace))
    noteDeadline(slot)
  }

  mutating func noteDeadline(_ slot: UInt32) {
    earliestDeadline = min(earliestDeadline, slots[Int(slot)].deadline)
  }

  mutating func fireDeadlines() {
    for slot in slots.indices where slots[slot].deadline <= clock { fire(UInt32(slot)) }
    earliestDeadline = .never
    for slot in slots { earliestDeadline = min(earliestDeadline, slot.deadline) }
  }

  private mutating func fire(_ slot: UInt32) {
    let worker = slots[Int(slot)]
    if worker.killAt <= clock {
      kill(slot, ladderReason(slot))
    } else if worker.termAt <= clock {
      terminate(slot, ladderReason(slot))
    } else {
      let task = ring[place(of: worker.head, on: slot)]
      tasks[task].flags.insert(.overSoftLimit)
      sendCancel(task)
      startLadder(slot)
    }
  }

  private func ladderReason(_ slot: UInt32) -> EndReason {
    let worker = slots[Int(slot)]
    switch worker.state {
    case .starting: return .startTimeout
    case .ready where isDraining: return .drain
    case .ready:
      let oldest = tasks[ring[place(of: worker.head, on: slot)]]
      return oldest.flags.contains(.cancelled) ? .cancel : .timeout
    case .retiring, .terminating, .killed, .fenced, .empty: return worker.reason
    }
  }
}
