// What the owner may change while tasks wait and workers live.
extension Scheduler {
  /// A task that waits goes behind all of this priority that wait already; one in flight has it for its next trial.
  package mutating func setPriority(_ id: TaskID, _ priority: Int32) {
    guard let task = tasks.find(id) else { return }
    guard tasks[task].state == .queued else {
      tasks[task].priority = priority
      return
    }
    dequeue(task)
    tasks[task].priority = priority
    forgetRefusal(task)
    enqueue(task)
  }

  /// Something has changed that decides what workers take: every refusal is forgotten, and all is asked anew.
  package mutating func reconsider() {
    guard policy.mayRefuse else { return }
    for slot in slots.indices where slots[slot].state != .empty { renewStatus(UInt32(slot)) }
    for task in 0..<UInt32(tasks.capacity) where tasks[task].flags.contains(.refusedByFresh) {
      guard tasks[task].state != .free else { continue }
      tasks[task].flags.remove(.refusedByFresh)
      if tasks[task].state == .queued { unrefusedCount += 1 }
    }
  }

  /// What waits ends as cancelled; what is in flight goes on.
  package mutating func cancelQueued() {
    for task in 0..<UInt32(tasks.capacity)
    where tasks[task].state == .queued || tasks[task].state == .delayed {
      cancelOne(task)
    }
  }

  /// One that was added by another is not wanted any more, and that other one is.
  package mutating func cancelAlone(_ id: TaskID) {
    if let task = tasks.find(id) { cancelOne(task) }
  }

  /// Keeps so many workers alive, as far as the limit allows, whether there are tasks for them or not.
  package mutating func keep(_ count: Int) { least = max(0, count) }

  /// How many workers may live from now on, at most `policy.workers`; all of them may hold tasks. Those that are too many are
  /// ended by `retireResting`.
  package mutating func resize(_ count: Int) {
    most = max(0, min(count, workerLimit))
    setLimit(most)
  }

  /// Ends workers that are too many and hold nothing; true if no more than may live are left.
  package mutating func retireResting() -> Bool {
    for slot in slots.indices where slots[slot].standsBy && liveCount > mostWorkers { retire(UInt32(slot)) }
    return liveCount <= mostWorkers
  }

  /// A worker of which nothing more is wanted is told to end as soon as it holds nothing; another one may follow.
  package mutating func letGo(of worker: WorkerID) {
    guard let slot = find(worker) else { return }
    if slots[Int(slot)].state == .starting { return retire(slot) }
    recycle(worker)
  }

  /// What is known of a task that has not ended.
  package struct TaskView {
    package enum State: Sendable { case queued, delayed, inFlight(WorkerID), ending }
    package var id: TaskID
    package var state: State
    package var priority: Int32
    /// Of two that are queued the one with the greater rank goes first, then the one that came first.
    package var rank: Int64
    package var arrival: UInt64
  }

  package func forEachTask(_ body: (TaskView) -> Void) {
    for task in 0..<UInt32(tasks.capacity) {
      let row = tasks[task]
      let state: TaskView.State
      switch row.state {
      case .free: continue
      case .queued, .offered: state = .queued
      case .delayed: state = .delayed
      case .inFlight: state = .inFlight(row.worker)
      case .awaiting, .gone: state = .ending
      }
      body(
        TaskView(
          id: tasks.id(task), state: state, priority: row.priority, rank: row.rank, arrival: row.arrival))
    }
  }

  /// How many workers may hold tasks.
  package var workersAllowed: Int { limit }
}
