import Scheduling

/// What a task may need, as the world was told.
struct ModelDemand {
  var id: DemandID
  var needs: ContiguousArray<Int>
  var isExclusive: Bool
}

/// Who took the last task of a group.
struct ModelHerd {
  var demand: Int
  var herd: UInt64
  var owner: WorkerID
}

/// A worker that has refused a whole group at one status.
struct ModelHerdRefusal {
  var demand: Int
  var herd: UInt64
  var slot: Int
  var status: UInt32
  var isCertain: Bool
}

/// Demands and groups.
extension World {
  mutating func drawDemands() {
    demands.removeAll(keepingCapacity: true)
    herds.removeAll(keepingCapacity: true)
    herdRefusals.removeAll(keepingCapacity: true)
    usesHerds = dice.percent(25)
    if policy.resources.isEmpty, dice.percent(80) { return }
    for _ in 0..<1 + dice.below(4) {
      let needs = policy.resources.map { _ in dice.below(4) }
      let isExclusive = dice.percent(30)
      let id = scheduler.declare(
        demand: needs.enumerated().map { (resource: $0.offset, count: $0.element) }, exclusive: isExclusive)
      let isPossible = zip(needs, policy.resources).allSatisfy { $0 <= $1 }
      if (id != nil) != isPossible {
        report("a demand of \(needs) of \(policy.resources) was judged wrongly")
      }
      guard let id, !demands.contains(where: { $0.id == id }) else { continue }
      demands.append(ModelDemand(id: id, needs: ContiguousArray(needs), isExclusive: isExclusive))
    }
  }

  var usesLanes: Bool { usesHerds || !demands.isEmpty }

  func isExclusive(_ task: Int) -> Bool { tasks[task].demand >= 0 && demands[tasks[task].demand].isExclusive }

  /// Could this task run beside what is in flight.
  func fits(_ task: Int) -> Bool {
    if !usesLanes { return true }
    var left = ContiguousArray(policy.resources)
    for other in tasks.indices {
      let isHeld = tasks[other].state == .inFlight || tasks[other].state == .awaiting
      if isHeld, isExclusive(task) { return false }
      guard tasks[other].state == .inFlight, tasks[other].demand >= 0 else { continue }
      if isExclusive(other) { return false }
      for (resource, need) in demands[tasks[other].demand].needs.enumerated() { left[resource] -= need }
    }
    guard tasks[task].demand >= 0 else { return true }
    return zip(demands[tasks[task].demand].needs, left).allSatisfy { $0 <= $1 }
  }

  /// An exclusive task may hold back all others, and a pinned one that can not start those behind it.
  func mayBeHeldBack(_ task: Int) -> Bool {
    if !usesLanes { return false }
    return tasks.indices.contains {
      guard $0 != task, tasks[$0].state == .waiting else { return false }
      return isExclusive($0) || (tasks[$0].pin != nil && tasks[$0].pin == tasks[task].pin && !fits($0))
    }
  }

  /// At home on another worker that lives.
  func isElsewhere(_ task: Int, _ worker: WorkerID) -> Bool {
    guard let owner = owner(of: task), owner != worker else { return false }
    return isCurrent(owner) && workers[Int(owner.slot)].isLive
  }

  private func owner(of task: Int) -> WorkerID? {
    if tasks[task].herd == 0 { return nil }
    for herd in herds where herd.herd == tasks[task].herd && herd.demand == tasks[task].demand {
      return herd.owner
    }
    return nil
  }

  func hasRefused(_ task: Int, _ slot: Int) -> Bool {
    if tasks[task].refusedAt[slot] == workers[slot].status { return true }
    if tasks[task].herd == 0 || tasks[task].pin != nil { return false }
    return isHerdRefused(task, slot) { $0.isCertain }
  }

  /// A pin may have been released unseen before its worker refused the task: then that was a word on the whole group.
  func mayHaveRefused(_ task: Int, _ slot: Int) -> Bool {
    if tasks[task].refusedAt[slot] == workers[slot].status { return true }
    return tasks[task].herd != 0 && isHerdRefused(task, slot) { _ in true }
  }

  private func isHerdRefused(_ task: Int, _ slot: Int, where counts: (ModelHerdRefusal) -> Bool) -> Bool {
    herdRefusals.contains {
      $0.slot == slot && $0.status == workers[slot].status && $0.herd == tasks[task].herd
        && $0.demand == tasks[task].demand && counts($0)
    }
  }

  /// What a worker refuses of a group holds for all that are queued.
  mutating func refuseHerd(_ task: Int, _ slot: Int) {
    let (herd, demand) = (tasks[task].herd, tasks[task].demand)
    if herd == 0 { return }
    let isCertain = tasks[task].pin == nil
    herdRefusals.append(
      ModelHerdRefusal(
        demand: demand, herd: herd, slot: slot, status: workers[slot].status, isCertain: isCertain))
    if workers[slot].isOld || !isCertain { return }
    for other in tasks.indices where tasks[other].herd == herd && tasks[other].demand == demand {
      guard tasks[other].state == .waiting else { continue }
      if tasks[other].pin == nil {
        tasks[other].refusedByFresh = true
      } else {
        tasks[other].mayBeRefusedByFresh = true
      }
    }
  }

  mutating func takeHome(_ task: Int, _ worker: WorkerID) {
    let (herd, demand) = (tasks[task].herd, tasks[task].demand)
    guard herd != 0 else { return }
    herds.removeAll { $0.herd == herd && $0.demand == demand }
    herds.append(ModelHerd(demand: demand, herd: herd, owner: worker))
  }

  /// A group is forgotten with its last task.
  mutating func leaveHerd(_ task: Int) {
    let (herd, demand) = (tasks[task].herd, tasks[task].demand)
    guard herd != 0 else { return }
    let isLast = !tasks.contains {
      $0.herd == herd && $0.demand == demand && $0.state != .finished && $0.state != .willFinish
    }
    guard isLast else { return }
    herds.removeAll { $0.herd == herd && $0.demand == demand }
    herdRefusals.removeAll { $0.herd == herd && $0.demand == demand }
  }
}
