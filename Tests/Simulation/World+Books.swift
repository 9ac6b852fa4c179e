import Scheduling

/// Changes of the books that several events share.
extension World {
  mutating func requeue(_ task: Int) {
    if tasks[task].isCancelled {
      tasks[task].state = .willBeGone
      tasks[task].cause = .cancelled
    } else if tasks[task].expiresAt <= latest {
      tasks[task].state = .willBeGone
      tasks[task].cause = .expired
    } else {
      tasks[task].state = .waiting
      tasks[task].isInFront = true
      tasks[task].refusedAt = SIMD8(repeating: 0)
      if let pin = tasks[task].pin, !(isCurrent(pin) && workers[Int(pin.slot)].isLive) {
        tasks[task].pin = nil
      }
    }
  }

  /// Another trial, in time.
  mutating func retry(_ task: Int) {
    if policy.retry.prefersOtherWorker { tasks[task].avoids = tasks[task].holder }
    let doublings = UInt64(min(max(tasks[task].tries - 1, 0), 30))
    let pause = min(policy.retry.delayBase << doublings, policy.retry.delayCap)
    if policy.retry.delayBase == 0 || tasks[task].isCancelled || tasks[task].expiresAt <= latest {
      return requeue(task)
    }
    tasks[task].state = .delayed
    tasks[task].due = 0
    tasks[task].pause = pause
    hasNewDelays = true
  }

  /// Delays that have just begun are as long as they should be.
  mutating func noteDelays() {
    hasNewDelays = false
    for task in tasks.indices where tasks[task].state == .delayed && tasks[task].due == 0 {
      guard let due = scheduler.retryTime(of: tasks[task].id)?.nanoseconds else {
        report("\(tasks[task].id) is not delayed")
        continue
      }
      let (pause, length) = (tasks[task].pause, due - latest)
      if length < pause / 5 * 4 || length > pause / 5 * 6 { report("a delay of \(length), not \(pause)") }
      tasks[task].due = due
    }
  }

  /// A soft limit that passes when the worker has been told to give up anyway is not seen from outside.
  private func isSilentlyOver(_ slot: Int) -> Bool {
    let worker = workers[slot]
    guard worker.isTimed, worker.inFlight > 0, worker.isLadderFree, !worker.isRetired, !isDraining else {
      return false
    }
    let task = tasks[oldest(on: slot)]
    return task.wasRecalled && task.cancelSent && task.soft > 0 && !task.overSoft && !task.isCancelled
      && worker.headSince + task.soft <= latest && killDue(slot) > latest
  }

  mutating func noteSoftLimits() {
    for slot in workers.indices where isSilentlyOver(slot) {
      tasks[oldest(on: slot)].overSoft = true
      workers[slot].ladderSince = latest
    }
  }

  mutating func endDelays() {
    for task in tasks.indices where tasks[task].state == .delayed && tasks[task].due <= latest {
      requeue(task)
    }
  }

  /// What the user wants tried again is, without a word from the kind.
  mutating func goneSoonOrRetried(_ task: Int, _ cause: GoneCause) {
    let wanted: RetryCauses =
      switch cause {
      case .workerDied, .undecodable(.fromWorker): .workerDied
      case .failed: .failed
      case .timeout: .timeout
      case .limit: .limit
      default: []
      }
    if wanted != [], policy.retry.causes.contains(wanted), mayRetry(task, cause) {
      retry(task)
    } else {
      goneSoon(task, cause)
    }
  }

  mutating func unpin(_ task: Int) {
    tasks[task].pin = nil
    tasks[task].isInFront = true
    tasks[task].mayBeReleased = false
  }

  mutating func releasePins(_ id: WorkerID) {
    for task in tasks.indices where tasks[task].pin == id && tasks[task].state == .waiting { unpin(task) }
  }

  mutating func goneSoon(_ task: Int, _ cause: GoneCause) {
    tasks[task].state = .willBeGone
    tasks[task].cause = cause
  }

  mutating func finishSoon(_ task: Int, _ outcome: Outcome) {
    tasks[task].state = .willFinish
    tasks[task].outcome = outcome
    leaveHerd(task)
    guard policy.maxFailures > 0 else { return }
    let counts =
      switch policy.haltsOn {
      case .failure:
        [.failed, .error, .crashed, .timeout, .limit, .expired, .lost, .unmatched].contains(outcome)
      case .success: outcome == .passed
      case .end: ![.cancelled, .replaced].contains(outcome)
      }
    if counts {
      badEnds += 1
      if badEnds >= policy.maxFailures { isFailedFast = true }
    }
  }

  /// The next request of a worker is the oldest now: its clock starts.
  mutating func timeOldest(_ slot: Int) {
    workers[slot].isTimed = false
    if !workers[slot].isTerminated { workers[slot].ladderSince = .max }
    guard workers[slot].inFlight > 0, workers[slot].phase == .ready else { return }
    if workers[slot].isTerminated || workers[slot].isKilled { return }
    workers[slot].isTimed = true
    workers[slot].headSince = latest
    if tasks[oldest(on: slot)].isCancelled, !isDraining { workers[slot].ladderSince = latest }
  }

  mutating func cancelOne(_ task: Int) {
    guard tasks[task].state != .finished, tasks[task].state != .willFinish, !tasks[task].isCancelled else {
      return
    }
    tasks[task].isCancelled = true
    if let copy = tasks[task].twin, !tasks[task].isCopy { loseRace(copy) }
    if [.waiting, .delayed].contains(tasks[task].state), !isDraining { goneSoon(task, .cancelled) }
    guard tasks[task].state == .inFlight, !isDraining else { return }
    let slot = Int(tasks[task].holder.slot)
    if workers[slot].isTimed, oldest(on: slot) == task, workers[slot].ladderSince == .max,
      workers[slot].isLadderFree
    {
      workers[slot].ladderSince = latest
    }
  }

  /// The rules of blame, written down a second time.
  mutating func bury(_ slot: Int, performing: RequestID, as phase: ModelPhase = .absent) {
    let dead = workers[slot]
    let isOurs = [.retired, .ladder, .drain, .limit].contains(dead.end)
    let isKnown = performing >= dead.head && performing < dead.tail
    var culprit: RequestID = isKnown && !isOurs ? performing : 0
    if !isOurs, performing != 0, !isKnown { culprit = dead.head }
    if dead.end == .garbage { culprit = dead.head }
    if dead.end == .ladder, dead.ladderIsTimeout { culprit = dead.target }
    if dead.end == .limit { culprit = isKnown ? performing : dead.target }
    workers[slot].phase = phase
    workers[slot].isKilled = phase == .fenced
    releasePins(dead.id)
    var isCharged = false
    var request = dead.head
    while request < dead.tail {
      let task = task(at: request, on: slot)
      let hadStarted = isKnown && request <= performing
      let isCulprit = request == culprit
      if isCulprit { isCharged = true }
      if isOfTwo(task) {
        fallAway(task)
      } else if tasks[task].isCancelled {
        if hadStarted || isCulprit { tasks[task].tries += 1 }
        goneSoon(task, .cancelled)
      } else if isCulprit {
        tasks[task].tries += 1
        if dead.end == .ladder || dead.end == .limit {
          goneSoonOrRetried(task, dead.end == .limit ? .limit : .timeout)
        } else {
          tasks[task].crashes += 1
          if policy.isIdempotent, !policy.splitsDeadTasks, !tasks[task].isOnce,
            tasks[task].crashes < policy.retry.crashes
          {
            tasks[task].wasCrashed = true
            retry(task)
          } else if policy.splitsDeadTasks {
            goneSoon(task, dead.end == .garbage ? .undecodable(.fromWorker) : .workerDied)
          } else {
            goneSoonOrRetried(task, dead.end == .garbage ? .undecodable(.fromWorker) : .workerDied)
          }
        }
      } else if hadStarted, !policy.isIdempotent || tasks[task].isOnce {
        tasks[task].tries += 1
        tasks[task].crashes += 1
        goneSoonOrRetried(task, .workerDied)
      } else {
        requeue(task)
      }
      request += 1
    }
    workers[slot].head = dead.tail
    if isOurs || isCharged { return }
    expectsWorkerGone.append(dead.id)
    if dead.jobs == 0 { countFailure(slot) }
  }

  mutating func countFailure(_ slot: Int) {
    workers[slot].failures += 1
    workers[slot].failedAt = latest
    let last = failureTimes.last ?? 0
    let isSame = workers[slot].wasReady && last > workers[slot].spawnedAt && latest < last + Policy.moment
    if !isSame { failureTimes.append(latest) }
    var isTooMuch = false
    for budget in policy.restartBudgets {
      var recent = 0
      for time in failureTimes where time + budget.within >= latest { recent += 1 }
      if recent >= budget.failures { isTooMuch = true }
    }
    breakOpen(slot, isTooMuch: isTooMuch)
  }

  func mayRetry(_ task: Int, _ cause: GoneCause) -> Bool {
    let model = tasks[task]
    if model.isOnce || model.isCancelled || isHopeless { return false }
    if model.crashes > 0, model.crashes >= policy.retry.crashes { return false }
    switch cause {
    case .workerDied:
      return policy.isIdempotent || policy.splitsDeadTasks || policy.retry.causes.contains(.workerDied)
    case .undecodable(let direction):
      return direction == .fromWorker && model.tries < policy.retry.tries
    case .failed, .timeout, .limit: return model.tries < policy.retry.tries
    default: return false
    }
  }
}

extension ModelWorker {
  var isLadderFree: Bool { phase == .ready && !isTerminated && !isKilled }
}
