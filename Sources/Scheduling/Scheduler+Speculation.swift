// Copies: a second trial of a task that takes much longer than others, on a worker with nothing to do. The first response
// counts. The other trial has lost: it is cancelled, and does not count, whatever becomes of it.
//
// A copy has a row of its own. As long as both are in the race the rows name each other as `twin`. What falls away is always the row of
// the copy: if it is the original that loses, the two change places first. A copy without a twin has lost. It is cancelled in the way
// of a task whose switch was thrown, so the cancel word and the ladder are the usual ones.
extension Scheduler {
  /// Nothing is queued, so a worker with nothing to do has no better use.
  private var mayCopy: Bool {
    policy.copies.factor > 0 && policy.isIdempotent && listed != none && heldCount > 0
      && queuedCount == 0 && !isHopeless
      && durations.count >= max(1, UInt64(policy.copies.leastResponses))
  }

  private func idleWorker() -> UInt32 {
    var slot = listed
    while slot != none, slots[Int(slot)].held > 0 { slot = slots[Int(slot)].nextListed }
    return slot
  }

  /// When a copy can be made of what this worker is at.
  private func copyTime(_ slot: UInt32, typical: UInt64) -> Instant {
    let worker = slots[Int(slot)]
    guard worker.state == .ready, worker.isTimed else { return .never }
    let row = tasks[ring[place(of: worker.head, on: slot)]]
    let against: TaskFlags = [.copy, .copied, .once, .cancelled, .cancelSent, .overSoftLimit, .pinned]
    guard row.flags.isDisjoint(with: against), row.lane == 0 || fits(row.lane) else { return .never }
    return worker.headSince.advanced(by: patience(row, typical: typical))
  }

  private func patience(_ row: TaskRow, typical: UInt64) -> UInt64 {
    guard let estimate = row.estimate else { return .max }
    let long = policy.copies.factor * Double(max(typical, estimate))
    return long < 0x1p63 ? max(UInt64(long), policy.copies.leastTime) : .max
  }

  /// When the next copy can be made.
  var nextCopy: Instant {
    guard mayCopy, idleWorker() != none else { return .never }
    let typical = durations.percentile95
    var earliest = Instant.never
    for slot in slots.indices { earliest = min(earliest, copyTime(UInt32(slot), typical: typical)) }
    return earliest
  }

  /// Offers a copy of what has been at work for longest of all that is long enough.
  mutating func offerCopy() -> Action? {
    guard mayCopy else { return nil }
    let idle = idleWorker()
    guard idle != none else { return nil }
    let typical = durations.percentile95
    var longest = none
    for slot in UInt32(0)..<UInt32(slots.count) where copyTime(slot, typical: typical) <= clock {
      if longest == none || slots[Int(slot)].headSince < slots[Int(longest)].headSince { longest = slot }
    }
    guard longest != none else { return nil }
    let task = ring[place(of: slots[Int(longest)].head, on: longest)]
    let copy = insertCopy(of: task)
    offered = (copy, idle)
    return .offerCopy(tasks.id(copy), of: tasks.id(task), id(of: idle))
  }

  private mutating func insertCopy(of task: UInt32) -> UInt32 {
    tasks[task].flags.insert(.copied)
    var row = TaskRow()
    row.flags = .copy
    row.state = .offered
    row.twin = task
    row.lane = tasks[task].lane
    if row.lane != 0 { lanes[Int(row.lane)].tasks += 1 }
    let copy = tasks.insert(row)
    let limits = tasks.extras(task)
    if limits.softLimit | limits.hardLimit != 0 {
      tasks.changeExtras(copy) {
        $0.softLimit = limits.softLimit
        $0.hardLimit = limits.hardLimit
      }
    }
    copyCount += 1
    return copy
  }

  mutating func copySent(_ id: TaskID, _ worker: WorkerID, _ request: RequestID) {
    let (copy, slot) = takeOffered(id)
    precondition(slot == worker.slot, "sent to another worker than offered")
    let task = tasks[copy].twin
    guard find(worker) != nil, slots[Int(slot)].state == .ready else { return removeCopy(copy) }
    put(copy, on: worker, request)
    if tasks[copy].lane != 0 { takeShare(of: tasks[copy].lane) }
    let isWanted = tasks[task].state == .inFlight && !tasks[task].flags.contains(.cancelled)
    if isWanted {
      tasks[task].twin = copy
    } else {
      tasks[copy].twin = none
      tasks[copy].flags.insert(.cancelled)
      sendCancel(copy)
    }
    timeOldest(slot)
    relist(slot)
  }

  /// Its worker or its kind will not have it: the task is not copied any more.
  mutating func copyDeclined(_ id: TaskID) {
    let (copy, _) = takeOffered(id)
    forgetCopy(copy)
    tasks.recycle(copy)
  }

  /// What was sent is over, and does not count.
  private mutating func removeCopy(_ copy: UInt32) {
    actions.push(.superseded(tasks.id(copy)))
    forgetCopy(copy)
  }

  private mutating func forgetCopy(_ copy: UInt32) {
    copyCount -= 1
    if tasks[copy].lane != 0 { leaveLane(tasks[copy].lane) }
    tasks.remove(copy)
  }
}

// The race, and its end.
extension Scheduler {
  /// The task has lost its cancel switch, or has its response: the copy has lost.
  mutating func supersede(_ copy: UInt32) {
    part(copy)
    cancelOne(copy)
  }

  mutating func part(_ copy: UInt32) {
    let task = tasks[copy].twin
    if task != none { tasks[task].twin = none }
    tasks[copy].twin = none
  }

  /// One of two has come to nothing, and was taken off its worker. The other one goes on, if it has not lost already.
  mutating func fallAway(_ task: UInt32) {
    var copy = task
    if !tasks[task].flags.contains(.copy) {
      copy = tasks[task].twin
      changePlaces(task, copy)
    }
    part(copy)
    removeCopy(copy)
  }

  /// The task is now what its copy was, and the other way round.
  private mutating func changePlaces(_ task: UInt32, _ copy: UInt32) {
    let (row, other) = (tasks[task], tasks[copy])
    let ofTrial: TaskFlags = [.cancelSent, .overSoftLimit]
    (tasks[task].worker, tasks[task].request) = (other.worker, other.request)
    (tasks[copy].worker, tasks[copy].request) = (row.worker, row.request)
    tasks[task].flags.subtract(ofTrial)
    tasks[task].flags.formUnion(other.flags.intersection(ofTrial))
    tasks[copy].flags.subtract(ofTrial)
    tasks[copy].flags.formUnion(row.flags.intersection(ofTrial))
    ring[place(of: other.request, on: other.worker.slot)] = task
    ring[place(of: row.request, on: row.worker.slot)] = copy
  }

  /// A trial of two has answered first: the other one has lost. `accept` follows, and is given the task.
  package mutating func win(_ race: Race, at now: Instant) {
    advance(to: now)
    guard let task = tasks.find(race.task), let copy = tasks.find(race.copy), tasks[task].twin == copy else {
      preconditionFailure("a race that is over was won")
    }
    if race.isCopy { changePlaces(task, copy) }
    supersede(copy)
  }

  /// A trial has answered that does not count: it has lost, or it has failed while the other one goes on. Its worker is done with it.
  package mutating func dismiss(
    _ worker: WorkerID, _ failure: PerformFailure?, at now: Instant
  ) {
    advance(to: now)
    guard let slot = find(worker), let task = takeOldest(slot), tasks[task].isOfTwo else {
      preconditionFailure("a trial that counts was dismissed")
    }
    if slots[Int(slot)].state == .ready { slots[Int(slot)].disarm() }
    slots[Int(slot)].isTimed = false
    fallAway(task)
    guard slots[Int(slot)].state == .ready else { return }
    // The kind is not told of a response that does not count, so it can not say what its worker has become.
    if failure == .poisoned || (failure == nil && !policy.isStateless) {
      retire(slot)
    } else {
      proceed(slot)
    }
  }

  /// Copies that lost on workers that end: nothing that a new worker would be for.
  var endingCopies: Int {
    if copyCount == 0 { return 0 }
    var count = 0
    for (index, slot) in slots.enumerated() where slot.state != .ready && slot.inFlight > 0 {
      let task = ring[place(of: slot.head, on: UInt32(index))]
      if tasks[task].flags.contains(.copy), tasks[task].twin == none { count += 1 }
    }
    return count
  }
}

/// A trial beside which there is, or was, another one of its task.
package struct Race: Hashable, Sendable {
  /// The task, and its copy. What has lost has a copy only.
  package var task: TaskID
  package var copy: TaskID
  /// Is the trial that of the copy.
  package var isCopy: Bool
  package var hasLost: Bool

  /// What the owner keeps of this trial is in this row.
  package var row: TaskID { isCopy ? copy : task }
}

extension Scheduler {
  /// The race of a trial that is in flight; nil if it is alone.
  package func race(of request: RequestID, on worker: WorkerID) -> Race? {
    guard copyCount > 0, let id = task(inFlight: request, on: worker), let row = tasks.find(id),
      tasks[row].isOfTwo
    else { return nil }
    let twin = tasks[row].twin
    if twin == none { return Race(task: id, copy: id, isCopy: true, hasLost: true) }
    let isCopy = tasks[row].flags.contains(.copy)
    return Race(
      task: isCopy ? tasks.id(twin) : id, copy: isCopy ? id : tasks.id(twin), isCopy: isCopy, hasLost: false)
  }

  /// The same for an answer: nil also if `accept` would not take it.
  package func race(answering request: RequestID, on worker: WorkerID) -> Race? {
    guard copyCount > 0, let slot = find(worker), slots[Int(slot)].head == request else { return nil }
    switch slots[Int(slot)].state {
    case .ready, .terminating: return race(of: request, on: worker)
    case .killed where slots[Int(slot)].mayAnswer: return race(of: request, on: worker)
    default: return nil
    }
  }

  /// The same for what this worker is at, as far as is known.
  package func race(atWorkOn worker: WorkerID) -> Race? {
    guard copyCount > 0, let slot = find(worker) else { return nil }
    return race(of: slots[Int(slot)].head, on: worker)
  }
}
