extension Scheduler {
  /// Lanes hold their tasks, and resources are just what requests in flight leave.
  func auditLanes() -> String? {
    if lanes.isEmpty { return nil }
    var members = ContiguousArray(repeating: 0, count: lanes.count)
    var left = ContiguousArray(policy.resources)
    var inFlight = 0
    var exclusive = 0
    for index in 0..<UInt32(tasks.capacity) where tasks[index].state != .free {
      let row = tasks[index]
      if row.lane != 0 { members[Int(row.lane)] += 1 }
      guard row.state == .inFlight else { continue }
      inFlight += 1
      guard row.lane != 0, let demand = demand(of: row.lane) else { continue }
      for need in demand.needs { left[need.resource] -= need.count }
      if demand.isExclusive { exclusive += 1 }
    }
    if left != unused { return "\(left) of the resources are left, counted as \(unused)" }
    if left.contains(where: { $0 < 0 }) { return "more of a resource is used than there is" }
    if (exclusive > 0) != isExclusive { return "\(exclusive) exclusive tasks, counted as \(isExclusive)" }
    if exclusive > 0, inFlight > 1 { return "an exclusive task is not alone" }
    var queued = 0
    var waiting = 0
    for (index, lane) in lanes.enumerated() {
      if members[index] != lane.tasks {
        return "lane \(index): \(members[index]) tasks, counted as \(lane.tasks)"
      }
      queued += lane.queue.count
      var wrong = none
      let isSound = lane.queue.walk(tasks) { task in
        let row = tasks[task]
        if row.lane != index || row.flags.contains(.pinned) { wrong = task }
        if row.state != .queued, row.state != .offered { wrong = task }
      }
      if !isSound || wrong != none { return "lane \(index): broken" }
      if lane.queue.count == 0 {
        if lane.place != none { return "lane \(index): empty, but listed" }
        continue
      }
      waiting += 1
      if lane.place == none || waitingLanes[Int(lane.place)] != index { return "lane \(index): not listed" }
    }
    if queued != lanedCount || waiting != waitingLanes.count { return "lanes counted wrongly" }
    for slot in preferences.indices where policy.mayRefuse {
      for refusal in preferences[slot].lanes {
        if let fault = refusal.mark.fault(tasks) { return "slot \(slot): \(fault)" }
      }
    }
    return nil
  }
}
