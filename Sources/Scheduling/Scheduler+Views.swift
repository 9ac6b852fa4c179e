// What the owner of the scheduler may look at between two events.
extension Scheduler {
  /// Tasks that workers hold.
  package var runningCount: Int { heldCount - copyCount }

  /// Closed, and every task has ended: workers are only to be retired.
  package var isOver: Bool { isClosed && tasks.count == 0 }

  /// A task is in flight beside which nothing else may start.
  package var runsAlone: Bool { isExclusive }

  /// Memory for each task that has no more than a place in the queue.
  package static var bytesPerTask: Int { MemoryLayout<TaskRow>.stride }

  /// Tasks that wait for the time of their next trial.
  package var delayedTasks: Int { delayedCount }

  /// This task was asked back from the worker that holds it: a failure as cancelled is no trial, but the way back into the queue.
  package func isRecalled(_ task: TaskID) -> Bool {
    guard let row = tasks.find(task) else { return false }
    return isRecalled(row)
  }

  /// When the next trial of this task begins; nil if it does not wait for that.
  package func retryTime(of task: TaskID) -> Instant? {
    guard let row = tasks.find(task), tasks[row].state == .delayed else { return nil }
    return Instant(nanoseconds: tasks[row].arrival)
  }

  /// Workers that hold tasks or may be given some: one that is to stand by counts until it does.
  package var activeWorkers: Int { activeCount }

  /// Workers for which there are tasks now.
  package var wantedWorkers: Int { min(workerLimit, queuedCount + heldCount) }

  /// May this worker be given tasks, apart from its window.
  package func isActive(_ worker: WorkerID) -> Bool {
    guard let slot = find(worker) else { return false }
    return slots[Int(slot)].isActive && !slots[Int(slot)].isSurplus
  }

  /// The task of a request in flight, nil if there is none.
  package func task(inFlight request: RequestID, on worker: WorkerID) -> TaskID? {
    guard let slot = find(worker), slots[Int(slot)].head <= request, request < slots[Int(slot)].tail else {
      return nil
    }
    return tasks.id(ring[place(of: request, on: slot)])
  }

  /// The time limit of a trial of this task that strikes first; 0 = it has none.
  package mutating func firstLimit(of task: TaskID) -> UInt64 {
    guard let row = tasks.find(task) else { return 0 }
    let extras = tasks.extras(row)
    return extras.softLimit > 0 ? extras.softLimit : extras.hardLimit
  }

  /// Answers of this worker are wanted: one that comes in the wrong place is a violation, not a late one.
  package func isListening(to worker: WorkerID) -> Bool {
    guard let slot = find(worker) else { return false }
    return slots[Int(slot)].state == .ready
  }

  /// This worker is being ended for a trial that ran out of time.
  package func isOutOfTime(_ worker: WorkerID) -> Bool {
    guard let slot = find(worker) else { return false }
    return slots[Int(slot)].reason == .timeout
  }

  /// The request whose task would be blamed if this worker were reaped now. `performing` is the worker's claim.
  package func culprit(of worker: WorkerID, performing: RequestID) -> TaskID? {
    guard let slot = find(worker) else { return nil }
    let request = culprit(slots[Int(slot)], performing: performing)
    return request == 0 ? nil : task(inFlight: request, on: worker)
  }

  /// How many requests one worker may hold from now on, at most `policy.window`.
  package mutating func setWindow(_ count: Int) {
    guard count != window else { return }
    window = max(1, min(count, policy.window))
    for slot in slots.indices { relist(UInt32(slot)) }
  }
}
