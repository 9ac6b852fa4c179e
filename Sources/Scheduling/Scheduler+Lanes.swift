// Tasks with a demand or of a group. Each pair of these has a queue of its own, a lane, so that tasks that can not start now are
// passed over without a look at them. Row 0 stands for tasks with neither, which are in `shared`.
extension Scheduler {
  /// Names a combination of resources. Nil if it could never be met: more of one than there is, or of one that is not known.
  package mutating func declare(
    demand: [(resource: Int, count: Int)], exclusive: Bool = false
  ) -> DemandID? {
    var sums = [Int: Int]()
    for (resource, count) in demand {
      guard policy.resources.indices.contains(resource), count >= 0 else { return nil }
      let (sum, overflow) = sums[resource, default: 0].addingReportingOverflow(count)
      if overflow || sum > policy.resources[resource] { return nil }
      if count > 0 { sums[resource] = sum }
    }
    let needs = sums.sorted { $0.key < $1.key }.map { Demand.Need(resource: $0.key, count: $0.value) }
    let new = Demand(needs: ContiguousArray(needs), isExclusive: exclusive)
    if let known = demands.firstIndex(of: new) { return DemandID(index: UInt32(known)) }
    demands.append(new)
    return DemandID(index: UInt32(demands.count - 1))
  }

  /// The lane of a new task, 0 if it needs none.
  mutating func joinLane(_ spec: TaskSpec) -> UInt32 {
    if spec.demand == nil, spec.group == 0 { return 0 }
    if let demand = spec.demand {
      precondition(Int(demand.index) < demands.count, "a demand was not declared")
    }
    let key = LaneKey(demand: spec.demand?.index ?? none, group: spec.group)
    let lane = laneNumbers[key] ?? openLane(key)
    lanes[Int(lane)].tasks += 1
    return lane
  }

  private mutating func openLane(_ key: LaneKey) -> UInt32 {
    // What its number stood for before is forgotten.
    var lane = none
    if let free = freeLanes.popLast() {
      lane = free
      lanes[Int(lane)] = Lane(key: key)
      if policy.mayRefuse {
        for slot in preferences.indices { preferences[slot].lanes[Int(lane)] = LaneRefusal() }
      }
    } else {
      if lanes.isEmpty { addLane(LaneKey(demand: none, group: 0)) }
      lane = UInt32(lanes.count)
      addLane(key)
    }
    laneNumbers[key] = lane
    return lane
  }

  private mutating func addLane(_ key: LaneKey) {
    lanes.append(Lane(key: key))
    if policy.mayRefuse {
      for slot in preferences.indices { preferences[slot].lanes.append(LaneRefusal()) }
    }
  }

  mutating func leaveLane(_ lane: UInt32) {
    lanes[Int(lane)].tasks -= 1
    guard lanes[Int(lane)].tasks == 0 else { return }
    laneNumbers[lanes[Int(lane)].key] = nil
    freeLanes.append(lane)
  }

  mutating func enqueueInLane(_ task: UInt32) {
    let lane = tasks[task].lane
    if lanes[Int(lane)].queue.count == 0 {
      lanes[Int(lane)].place = UInt32(waitingLanes.count)
      waitingLanes.append(lane)
    }
    lanes[Int(lane)].queue.append(task, to: &tasks)
    lanedCount += 1
    guard policy.mayRefuse else { return }
    let count = lanes[Int(lane)].queue.count
    for slot in preferences.indices {
      preferences[slot].lanes[Int(lane)].mark.arrived(task, in: tasks, count: count)
    }
  }

  mutating func dequeueFromLane(_ task: UInt32) {
    let lane = tasks[task].lane
    lanes[Int(lane)].queue.remove(task, from: &tasks)
    lanedCount -= 1
    guard lanes[Int(lane)].queue.count == 0 else { return }
    let last = waitingLanes.removeLast()
    if last != lane {
      waitingLanes[Int(lanes[Int(lane)].place)] = last
      lanes[Int(last)].place = lanes[Int(lane)].place
    }
    lanes[Int(lane)].place = none
  }

  func demand(of lane: UInt32) -> Demand? {
    let index = lanes[Int(lane)].key.demand
    return index == none ? nil : demands[Int(index)]
  }

  /// What is left suffices for a task of this lane.
  func fits(_ lane: UInt32) -> Bool {
    guard let demand = demand(of: lane) else { return true }
    if demand.isExclusive, heldCount > 0 { return false }
    return demand.needs.allSatisfy { unused[$0.resource] >= $0.count }
  }

  /// A task of this lane is sent.
  mutating func occupy(_ lane: UInt32, _ worker: WorkerID) {
    if lanes[Int(lane)].key.group != 0 { lanes[Int(lane)].owner = worker }
    takeShare(of: lane)
  }

  /// The same for a copy, which leaves its group where it is at home.
  mutating func takeShare(of lane: UInt32) {
    guard let demand = demand(of: lane) else { return }
    for need in demand.needs { unused[need.resource] -= need.count }
    if demand.isExclusive { isExclusive = true }
  }

  /// It is in flight no more.
  mutating func release(_ lane: UInt32) {
    guard let demand = demand(of: lane) else { return }
    for need in demand.needs { unused[need.resource] += need.count }
    if demand.isExclusive { isExclusive = false }
  }

  /// The first queued task of all, pinned ones left aside.
  func firstInOrder() -> UInt32 {
    var first = shared.first
    for lane in waitingLanes {
      let head = lanes[Int(lane)].queue.first
      if first == none || precedes(head, first) { first = head }
    }
    return first
  }

  func precedes(_ task: UInt32, _ other: UInt32) -> Bool {
    let (rank, otherRank) = (tasks[task].rank, tasks[other].rank)
    return rank != otherRank ? rank > otherRank : tasks[task].arrival < tasks[other].arrival
  }
}
