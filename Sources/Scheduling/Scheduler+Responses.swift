extension Scheduler {
  /// A response or failure of `perform` has come: the task that it answers, which from here on waits for `used` or
  /// `failed`. Nil if it is not the oldest request in flight there, or comes from a worker that was told to end: the caller
  /// counts it as a violation.
  package mutating func accept(_ worker: WorkerID, _ request: RequestID) -> TaskID? {
    guard let slot = find(worker) else { return nil }
    let index = Int(slot)
    guard slots[index].head < slots[index].tail, slots[index].head == request else { return nil }
    switch slots[index].state {
    case .ready:
      if slots[index].deadline != .never { slots[index].disarm() }
    case .terminating: break
    case .killed where slots[index].mayAnswer: break
    default: return nil
    }
    let task = ring[place(of: request, on: slot)]
    slots[index].head += 1
    slots[index].awaiting += 1
    if tasks[task].lane != 0 { release(tasks[task].lane) }
    slots[index].isTimed = false
    tasks[task].state = .awaiting
    tasks[task].tries += 1
    return tasks.id(task)
  }

  @inline(__always)
  mutating func used(
    _ id: TaskID, _ worker: WorkerID, outcome: Outcome, stays: Bool, competenceChanged: Bool
  ) {
    finish(takeAwaiting(id, worker), outcome)
    guard let slot = find(worker) else { return }
    slots[Int(slot)].awaiting -= 1
    slots[Int(slot)].jobsDone += 1
    guard slots[Int(slot)].state == .ready else { return }
    if policy.copies.factor > 0, !slots[Int(slot)].isTimed {
      durations.observe(clock.nanoseconds - slots[Int(slot)].headSince.nanoseconds)
    }
    slots[Int(slot)].failures = 0
    if stays {
      if competenceChanged || !slots[Int(slot)].isOld {
        slots[Int(slot)].isOld = true
        renewStatus(slot)
      }
      proceed(slot)
    } else {
      letGo(slot)
    }
  }

  mutating func failed(_ id: TaskID, _ worker: WorkerID, _ failure: PerformFailure) {
    let task = takeAwaiting(id, worker)
    if let slot = find(worker) {
      slots[Int(slot)].awaiting -= 1
      if slots[Int(slot)].state == .ready {
        if failure == .poisoned { retire(slot) } else { proceed(slot) }
      }
    }
    let flags = tasks[task].flags
    switch failure {
    case .error, .poisoned: goneOrRetried(task, .failed)
    case .limit: goneOrRetried(task, .limit)
    case .undecodable: gone(task, .undecodable(.fromWorker))
    case .cancelled where isRecalled(task):
      tasks[task].tries -= 1
      requeue(task)
    case .cancelled:
      goneOrRetried(
        task, flags.contains(.cancelled) ? .cancelled : flags.contains(.overSoftLimit) ? .timeout : .failed)
    case .retry:
      if flags.contains(.cancelled) {
        gone(task, .cancelled)
      } else if Int(tasks[task].tries) < policy.retry.tries, !isHopeless {
        retry(task)
      } else {
        gone(task, .failed)
      }
    }
  }

  @inline(__always)
  private mutating func takeAwaiting(_ id: TaskID, _ worker: WorkerID) -> UInt32 {
    guard let task = tasks.find(id), tasks[task].state == .awaiting, tasks[task].worker == worker else {
      preconditionFailure("the use of a response that was not accepted")
    }
    heldCount -= 1
    return task
  }

  /// The worker goes on with what it has, or with something new.
  @inline(__always)
  mutating func proceed(_ slot: UInt32) {
    if slots[Int(slot)].isLeaving, slots[Int(slot)].held == 0 {
      retire(slot)
      return
    }
    if surplusCount > 0, slots[Int(slot)].held == 0 {
      rest(slot)
      return
    }
    if slots[Int(slot)].inFlight > 0, !slots[Int(slot)].isTimed { timeOldest(slot) }
    relist(slot)
  }

  /// The kind wants a fresh worker. Requests behind the answered one are sent again; those that must not be performed
  /// twice are left to the old worker.
  private mutating func letGo(_ slot: UInt32) {
    usesFresh = true
    if slots[Int(slot)].inFlight == 0 || policy.isIdempotent {
      retire(slot)
      return
    }
    if !slots[Int(slot)].isLeaving {
      slots[Int(slot)].isLeaving = true
      readyCount -= 1
      releasePins(slot)
    }
    proceed(slot)
  }

  /// What becomes of a task that got no response.
  mutating func settled(_ id: TaskID, _ settlement: Settlement) {
    guard let task = tasks.find(id), tasks[task].state == .gone else {
      preconditionFailure("the settlement of a task that was not gone")
    }
    switch settlement {
    case .byCause: finish(task, tasks[task].cause.outcome)
    case .outcome(let outcome): finish(task, outcome)
    case .replaced: finish(task, .replaced)
    case .retry:
      if mayRetry(task, tasks[task].cause) { retry(task) } else { finish(task, tasks[task].cause.outcome) }
    }
  }
}
