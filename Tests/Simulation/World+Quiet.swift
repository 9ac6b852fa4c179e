import Scheduling

/// What must hold when the scheduler says that there is nothing to do.
extension World {
  mutating func checkQuiet() {
    if breaker.duty != .none { report("nothing was said of \(breaker.duty)") }
    if trimmed > 0 { report("\(trimmed) workers more should have been told to end") }
    if willFail != isFailed { report("the kind should have failed") }
    if !expectsWorkerGone.isEmpty { report("\(expectsWorkerGone[0]): no workerGone") }
    var earliest = UInt64.max
    var unfinished = 0
    var busy = 0
    var waiting = 0
    var gone = 0
    var delayed = 0
    var endingCopies = 0
    for task in tasks.indices where tasks[task].state != .finished {
      if !tasks[task].isCopy { unfinished += 1 }
      switch tasks[task].state {
      case .waiting:
        waiting += 1
        checkWaiting(task)
        earliest = min(earliest, tasks[task].expiresAt)
      case .delayed:
        delayed += 1
        earliest = min(earliest, tasks[task].expiresAt, tasks[task].due)
        if tasks[task].isCancelled { report("\(tasks[task].id) is cancelled, but delayed") }
        if isHopeless { report("\(tasks[task].id) is delayed for nothing") }
      case .inFlight:
        busy += 1
        if isEndingCopy(task) { endingCopies += 1 }
        checkInFlight(task)
      case .awaiting: busy += 1
      case .gone: gone += 1
      case .offered, .willBeGone, .willFinish: report("\(tasks[task].id) is still \(tasks[task].state)")
      case .finished: break
      }
    }
    if isFailedFast != isFailFastTold { report("nobody was told that too many tasks have failed") }
    if scheduler.delayedTasks != delayed {
      report("\(delayed) tasks are delayed, not \(scheduler.delayedTasks)")
    }
    if scheduler.queuedCount != waiting { report("\(waiting) tasks wait, not \(scheduler.queuedCount)") }
    if scheduler.unfinishedCount != unfinished {
      report("\(unfinished) unfinished, not \(scheduler.unfinishedCount)")
    }
    checkLine()
    let hasRoom = hasRoom(demand: max(waiting + busy - endingCopies, kept))
    var moving = busy + gone
    if limit == 0 { moving += 1 }
    for slot in workers.indices {
      if workers[slot].phase == .absent {
        if hasRoom { checkAbsent(slot) }
        continue
      }
      if workers[slot].phase == .fenced { continue }
      if !workers[slot].isOpen { moving += 1 }
      earliest = min(earliest, checkDeadlines(slot))
      if workers[slot].mustRetire, !workers[slot].isRetired, !workers[slot].isKilled {
        report("\(workers[slot].id): no retire")
      }
      let status = scheduler.status(of: workers[slot].id)
      if status.isOld != workers[slot].isOld || status.jobsDone != workers[slot].jobs {
        report("wrong status shown")
      }
      if scheduler.inFlight(on: workers[slot].id) != workers[slot].inFlight {
        report("wrong number in flight")
      }
    }
    let copyDue = nextCopyDue()
    if copyDue <= latest { report("a copy is due since \(copyDue), and a worker has nothing to do") }
    earliest = min(earliest, copyDue)
    let deadline = scheduler.nextDeadline.nanoseconds
    if deadline <= latest {
      report("the next deadline \(deadline) has passed at \(latest), but nothing was done")
    }
    if deadline > earliest { report("the next deadline is \(deadline), but something is due at \(earliest)") }
    if waiting > 0, moving == 0, deadline == .max, !workers.isEmpty { report("everything stands still") }
    if isClosed, unfinished == 0, !isDrained, moving == 0 { report("closed and empty, but nothing ends") }
  }

  private mutating func checkWaiting(_ task: Int) {
    let model = tasks[task]
    if model.isCancelled { report("\(model.id) is cancelled, but queued") }
    if model.expiresAt <= latest { report("\(model.id) has expired, but is queued") }
    if isHopeless { report("\(model.id) waits for a worker that never comes") }
    if model.mayBeReleased || !fits(task) || mayBeHeldBack(task) { return }
    for worker in workers where worker.isOpen && worker.held < policy.window && scheduler.isActive(worker.id)
    {
      if let pin = model.pin, pin != worker.id { continue }
      if mayHaveRefused(task, Int(worker.id.slot)) { continue }
      report("\(worker.id) is idle, and \(model.id) waits")
    }
  }

  private mutating func checkInFlight(_ task: Int) {
    let slot = Int(tasks[task].holder.slot)
    if tasks[task].isCancelled, !tasks[task].cancelSent, workers[slot].isLadderFree {
      report("\(tasks[task].id): its worker was not told of the cancel")
    }
  }

  /// As many as may hold tasks do, or could.
  private mutating func checkLine() {
    var ready = 0
    var active = 0
    for worker in workers where worker.isOpen {
      ready += 1
      if scheduler.isActive(worker.id) { active += 1 }
    }
    var leaving = 0
    for worker in workers where worker.isHolding && worker.isLeaving { leaving += 1 }
    if active > limit { report("\(active) workers may hold tasks, not \(limit)") }
    if active < min(limit - leaving, ready) { report("\(active) of \(ready) workers may hold tasks") }
  }

  /// Another worker should be started, if a place can take it.
  private func hasRoom(demand: Int) -> Bool {
    if isDraining || isFailedFast || isHeldBack || liveWorkers >= min(limit + ahead, demand) { return false }
    var resting = 0
    for worker in workers where worker.phase == .absent && backOffEnd(worker) > latest { resting += 1 }
    return liveWorkers + resting < mostAlive + ahead
  }

  /// When a new worker can be in this place at the latest.
  private func backOffEnd(_ worker: ModelWorker) -> UInt64 {
    if worker.failures < 2 { return worker.failedAt }
    let doublings = UInt64(min(worker.failures - 2, 20))
    return worker.failedAt + min(policy.backoffBase << doublings, policy.backoffCap) / 5 * 6
  }

  private mutating func checkAbsent(_ slot: Int) {
    if backOffEnd(workers[slot]) <= latest { report("slot \(slot) is empty, though there are tasks") }
  }

  /// Nothing of this worker may be overdue; returns what is due next.
  private mutating func checkDeadlines(_ slot: Int) -> UInt64 {
    let worker = workers[slot]
    if worker.isKilled { return .max }
    var killAt = UInt64.max
    var earlier = UInt64.max
    if worker.isRetired {
      killAt = worker.retiredAt + policy.retireGrace
    } else if worker.phase == .starting {
      killAt = startDue(worker)
    } else if worker.inFlight > 0 || worker.isTerminated {
      killAt = killDue(slot)
      if isDraining { killAt = min(killAt, worker.isTimed || worker.isTerminated ? drainAt : .max) }
      if !worker.isTerminated, !isDraining, worker.isTimed {
        if worker.ladderSince != .max { earlier = worker.ladderSince + policy.termGrace }
        let task = tasks[oldest(on: slot)]
        if task.soft > 0, !task.overSoft, !task.isCancelled {
          earlier = min(earlier, worker.headSince + task.soft)
        }
      }
    }
    let due = min(killAt, earlier)
    if due <= latest { report("\(worker.id): overdue since \(due)") }
    return due
  }
}
