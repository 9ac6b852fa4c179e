extension Scheduler {
  /// End of file, or bytes that are not our protocol. One that ends in order closes its pipe before it exits.
  mutating func broke(_ worker: WorkerID, undecodable: Bool) {
    guard let slot = find(worker) else { return }
    switch slots[Int(slot)].state {
    case .starting, .ready: kill(slot, undecodable ? .undecodable : .endOfFile)
    case .retiring, .terminating:
      if undecodable {
        kill(slot, slots[Int(slot)].reason)
        slots[Int(slot)].mayAnswer = false
      }
    case .killed: slots[Int(slot)].mayAnswer = false
    case .empty, .fenced: break
    }
  }

  mutating func exceeded(_ worker: WorkerID) {
    guard let slot = find(worker), slots[Int(slot)].state == .ready || slots[Int(slot)].state == .terminating
    else { return }
    kill(slot, .limit)
    slots[Int(slot)].mayAnswer = false
  }

  mutating func recycle(_ worker: WorkerID) {
    guard let slot = find(worker), slots[Int(slot)].state == .ready, !slots[Int(slot)].isLeaving else {
      return
    }
    usesFresh = true
    if slots[Int(slot)].held == 0 {
      retire(slot)
    } else {
      slots[Int(slot)].isLeaving = true
      readyCount -= 1
      releasePins(slot)
      relist(slot)
    }
  }

  mutating func spawnFailed(_ worker: WorkerID) {
    guard let slot = find(worker), slots[Int(slot)].state == .starting else { return }
    startingCount -= 1
    vacate(slot)
    countFailure(slot)
    releaseProbe(worker)
  }

  mutating func startFailed(_ worker: WorkerID, permanent: Bool) {
    guard let slot = find(worker), slots[Int(slot)].state == .starting else { return }
    kill(slot, .startFailed)
    if permanent { failKind(permanent: true) }
  }

  /// The worker is reaped: what it had in flight is blamed, sent again or cancelled.
  mutating func ended(_ worker: WorkerID, performing: RequestID) {
    guard let slot = find(worker) else { return }
    let dead = slots[Int(slot)]
    if dead.state == .fenced { return unfence(slot) }
    if dead.state == .starting { startingCount -= 1 }
    if dead.state == .ready, !dead.isLeaving { readyCount -= 1 }
    vacate(slot)
    if dead.state == .ready { leaveTheLine(slot) }
    conclude(worker, dead, performing: performing)
  }

  /// Nothing more is to be expected of the worker.
  mutating func conclude(_ worker: WorkerID, _ dead: Slot, performing: RequestID) {
    let slot = worker.slot
    defer { releaseProbe(worker) }
    let wasCharged = judge(slot, dead, performing: performing)
    if dead.reason.isOurs || wasCharged { return }
    actions.push(.workerGone(worker))
    // A worker that could not start, or died with nothing started: another one may do the same for ever. Not so where it had
    // answered something: as long as each does that, the queue comes to its end.
    if dead.jobsDone == 0 { countFailure(slot) }
  }

  mutating func vacate(_ slot: UInt32) {
    slots[Int(slot)].state = .empty
    slots[Int(slot)].disarm()
    emptyCount += 1
    relist(slot)
    releasePins(slot)
  }

  /// Decides for each request in flight on a dead worker; true if a task was to blame.
  private mutating func judge(_ slot: UInt32, _ dead: Slot, performing: RequestID) -> Bool {
    guard dead.head < dead.tail else { return false }
    let isKnown = dead.head <= performing && performing < dead.tail
    let culprit = culprit(dead, performing: performing)
    var wasCharged = false
    while let task = takeOldest(slot) {
      let request = tasks[task].request
      let hadStarted = isKnown && request <= performing
      if tasks[task].isOfTwo {
        // What decides is the other one.
        wasCharged = wasCharged || request == culprit
        fallAway(task)
      } else if tasks[task].flags.contains(.cancelled) {
        if hadStarted || request == culprit { tasks[task].tries += 1 }
        wasCharged = wasCharged || request == culprit
        gone(task, .cancelled)
      } else if request == culprit {
        tasks[task].tries += 1
        wasCharged = true
        if dead.reason == .limit {
          goneOrRetried(task, .limit)
        } else if dead.reason == .timeout {
          goneOrRetried(task, .timeout)
        } else {
          crash(task, dead.reason)
        }
      } else if hadStarted, !policy.isIdempotent || tasks[task].flags.contains(.once) {
        // Performed, or stopped by a signal that was meant for another one: it must not be performed again.
        tasks[task].tries += 1
        tasks[task].crashes += 1
        goneOrRetried(task, .workerDied)
      } else {
        requeue(task)
      }
    }
    return wasCharged
  }

  /// The request that the death of its worker is laid to, 0 = none.
  func culprit(_ dead: Slot, performing: RequestID) -> RequestID {
    if dead.head == dead.tail { return 0 }
    let isKnown = dead.head <= performing && performing < dead.tail
    let isLie = performing != 0 && !isKnown
    if dead.reason == .undecodable || (isLie && !dead.reason.isOurs) { return dead.head }
    if dead.reason == .limit { return isKnown ? performing : dead.target }
    if dead.reason == .timeout { return dead.target }
    return isKnown && !dead.reason.isOurs ? performing : 0
  }

  private mutating func crash(_ task: UInt32, _ reason: EndReason) {
    tasks[task].crashes += 1
    let cause = reason == .undecodable ? GoneCause.undecodable(.fromWorker) : .workerDied
    if policy.splitsDeadTasks {
      gone(task, cause)
    } else if policy.isIdempotent, tasks[task].crashes < policy.retry.crashes,
      !tasks[task].flags.contains(.once)
    {
      retry(task)
    } else {
      goneOrRetried(task, cause)
    }
  }
}

extension Scheduler {
  /// The first restart after a failure comes at once, further ones later and later, until a budget is spent.
  private mutating func countFailure(_ slot: UInt32) {
    slots[Int(slot)].failures += 1
    slots[Int(slot)].notBefore = clock.advanced(by: restartDelay(slots[Int(slot)].failures))
    // What has killed one that was ready may have killed others that were, all in one moment: that is one failure. Each that was
    // spawned since counts, so that an end without end does come to one.
    let dead = slots[Int(slot)]
    let isSame =
      dead.wasReady
      && failureTimes.last.map { dead.spawnedAt < $0 && clock < $0.advanced(by: Policy.moment) } ?? false
    if !isSame { failureTimes.append(clock) }
    let isDecided = judgeProbe(slot)
    for budget in policy.restartBudgets where !isDecided && failureTimes.count >= budget.failures {
      let first = failureTimes[failureTimes.count - budget.failures]
      if first.advanced(by: budget.within) >= clock { failKind(permanent: false) }
    }
    let remembered = policy.restartBudgets.reduce(0) { max($0, $1.failures) }
    if failureTimes.count >= remembered + 16 { failureTimes.removeFirst(16) }
  }

  private mutating func restartDelay(_ failures: Int) -> UInt64 {
    failures < 2 ? 0 : doubled(policy.backoffBase, failures - 2, upTo: policy.backoffCap)
  }

  /// No more workers. After a spent budget those that live go on with the queue; if no worker can ever start, the
  /// queued tasks end at once. Where there is a breaker, a spent budget opens that.
  private mutating func failKind(permanent: Bool) {
    if breaks, !permanent {
      if breaker.state == .closed { openBreaker() }
      return
    }
    let isNews = !isFailed || breaks
    if permanent { isFailedForEver = true }
    breaker.state = .closed
    guard isNews else { return }
    isFailed = true
    actions.push(.kindFailed(permanent: permanent))
  }
}
