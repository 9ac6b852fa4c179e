// Which worker takes which task, where tasks have demands or groups.
extension Scheduler {
  mutating func chooseByLanes() -> (slot: UInt32, task: UInt32) {
    if isExclusive { return (none, none) }
    let only = exclusiveFirst()
    if only != none, heldCount > 0 { return (none, none) }
    let own = choose(only, stealing: false)
    if own.task != none, slots[Int(own.slot)].held == 0 { return own }
    let stolen = choose(only, stealing: true)
    if own.task == none { return stolen }
    // A worker with nothing to do takes a task of a group that is at home on a busy one.
    return stolen.task != none && slots[Int(stolen.slot)].held == 0 ? stolen : own
  }

  /// What a worker that stands by could take, if it might.
  mutating func anyLaneCandidate(for slot: UInt32) -> UInt32 {
    if isExclusive { return none }
    let only = exclusiveFirst()
    return only != none && heldCount > 0 ? none : laneCandidate(for: slot, only, stealing: true)
  }

  /// The first task of all if that must run alone and some worker may take it: until it can, nothing else starts.
  private mutating func exclusiveFirst() -> UInt32 {
    let first = firstInOrder()
    guard first != none, tasks[first].lane != 0, demand(of: tasks[first].lane)?.isExclusive == true else {
      return none
    }
    if pinnedCount > 0 {
      for slot in preferences.indices {
        let pinned = preferences[slot].pinned.first
        if pinned != none, tasks[pinned].priority >= tasks[first].priority { return none }
      }
    }
    let lane = tasks[first].lane
    for slot in slots.indices where slots[slot].state == .ready && !slots[slot].isLeaving {
      if !policy.mayRefuse || headOfLane(lane, for: UInt32(slot)) == first { return first }
    }
    return none
  }

  /// The first worker (for a window above 1: the emptiest) that has something to take, and what it takes.
  private mutating func choose(_ only: UInt32, stealing: Bool) -> (slot: UInt32, task: UInt32) {
    var best = (slot: none, task: none)
    var slot = listed
    while slot != none {
      if best.slot == none || slots[Int(slot)].held < slots[Int(best.slot)].held {
        let task = laneCandidate(for: slot, only, stealing: stealing)
        if task != none {
          best = (slot, task)
          if policy.window == 1 { return best }
        }
      }
      slot = slots[Int(slot)].nextListed
    }
    return best
  }

  /// What the worker would take first of all that can start now. Without `stealing` groups that are at home elsewhere are left
  /// there, unless their priority is higher and their worker is busy.
  mutating func laneCandidate(for slot: UInt32, _ only: UInt32, stealing: Bool) -> UInt32 {
    if only != none {
      return headOfLane(tasks[only].lane, for: slot) == only ? only : none
    }
    var best = sharedCandidate(for: slot)
    var elsewhere = none
    for lane in waitingLanes where fits(lane) {
      let owner = lanes[Int(lane)].owner
      let isElsewhere = owner != id(of: slot) && find(owner).map { slots[Int($0)].isLive } ?? false
      if isElsewhere, !stealing, isIdle(owner.slot) { continue }
      let head = headOfLane(lane, for: slot)
      if head == none { continue }
      if isElsewhere, !stealing {
        if elsewhere == none || precedes(head, elsewhere) { elsewhere = head }
      } else if best == none || precedes(head, best) {
        best = head
      }
    }
    let pinned = pinnedCandidate(for: slot)
    if pinned != none, best == none || tasks[pinned].priority >= tasks[best].priority { best = pinned }
    if elsewhere != none, best != none, tasks[elsewhere].priority > tasks[best].priority { best = elsewhere }
    return best
  }

  private func isIdle(_ slot: UInt32) -> Bool { slots[Int(slot)].isListed && slots[Int(slot)].held == 0 }

  /// The first task of the lane that this worker has not refused.
  private mutating func headOfLane(_ lane: UInt32, for slot: UInt32) -> UInt32 {
    guard policy.mayRefuse else { return lanes[Int(lane)].queue.first }
    let worker = Int(slot)
    let status = slots[worker].status
    if preferences[worker].lanes[Int(lane)].status != status {
      preferences[worker].lanes[Int(lane)].mark.reset()
      preferences[worker].lanes[Int(lane)].isWhole = false
      preferences[worker].lanes[Int(lane)].status = status
    }
    if preferences[worker].lanes[Int(lane)].isWhole { return none }
    var head = preferences[worker].lanes[Int(lane)].mark.next(in: lanes[Int(lane)].queue, tasks)
    while head != none, tasks.extras(head).refusedAt == status {
      preferences[worker].lanes[Int(lane)].mark.pass(head, in: &tasks)
      head = preferences[worker].lanes[Int(lane)].mark.next(in: lanes[Int(lane)].queue, tasks)
    }
    return head
  }

  /// The worker has refused this task, and with it its whole group.
  mutating func passInLane(_ task: UInt32, _ slot: UInt32) {
    let lane = Int(tasks[task].lane)
    if lanes[lane].key.group != 0 {
      preferences[Int(slot)].lanes[lane].isWhole = true
      if !slots[Int(slot)].isOld { refuseAsFresh(lane) }
    } else {
      preferences[Int(slot)].lanes[lane].mark.pass(task, in: &tasks)
    }
  }

  /// What a fresh worker has said of one task of a group holds for all that are queued.
  private mutating func refuseAsFresh(_ lane: Int) {
    var next = lanes[lane].queue.keys.greatest
    while let entry = next {
      var task = lanes[lane].queue.buckets[Int(entry.bucket)].head
      while task != none {
        if !tasks[task].flags.contains(.refusedByFresh) {
          tasks[task].flags.insert(.refusedByFresh)
          unrefusedCount -= 1
        }
        task = tasks[task].next
      }
      next = lanes[lane].queue.keys.greatest(below: entry.rank)
    }
  }
}
