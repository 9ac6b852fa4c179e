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

  mutating func unpin(_ task: Int) {
    tasks[task].pin = nil
    tasks[task].isInFront = true
    tasks[task].refusedByPin = false
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
    if tasks[task].state == .waiting, !isDraining { goneSoon(task, .cancelled) }
    guard tasks[task].state == .inFlight, !isDraining else { return }
    let slot = Int(tasks[task].holder.slot)
    if workers[slot].isTimed, oldest(on: slot) == task, workers[slot].ladderSince == .max,
      workers[slot].isLadderFree
    {
      workers[slot].ladderSince = latest
    }
  }

  /// The rules of blame, written down a second time.
  mutating func bury(_ slot: Int, performing: RequestID) {
    let dead = workers[slot]
    let isOurs = [.retired, .ladder, .drain, .limit].contains(dead.end)
    let isKnown = performing >= dead.head && performing < dead.tail
    var culprit: RequestID = isKnown && !isOurs ? performing : 0
    if !isOurs, performing != 0, !isKnown { culprit = dead.head }
    if dead.end == .garbage { culprit = dead.head }
    if dead.end == .ladder, dead.ladderIsTimeout { culprit = dead.target }
    if dead.end == .limit { culprit = isKnown ? performing : dead.target }
    workers[slot].phase = .absent
    workers[slot].isKilled = false
    releasePins(dead.id)
    var isCharged = false
    var request = dead.head
    while request < dead.tail {
      let task = task(at: request, on: slot)
      let hadStarted = isKnown && request <= performing
      let isCulprit = request == culprit
      if isCulprit { isCharged = true }
      if tasks[task].isCancelled {
        if hadStarted || isCulprit { tasks[task].tries += 1 }
        goneSoon(task, .cancelled)
      } else if isCulprit {
        tasks[task].tries += 1
        if dead.end == .ladder || dead.end == .limit {
          goneSoon(task, dead.end == .limit ? .limit : .timeout)
        } else {
          tasks[task].crashes += 1
          if policy.isIdempotent, !policy.splitsDeadTasks, tasks[task].crashes < policy.maxCrashes {
            tasks[task].wasCrashed = true
            requeue(task)
          } else {
            goneSoon(task, dead.end == .garbage ? .undecodable(.fromWorker) : .workerDied)
          }
        }
      } else if hadStarted, !policy.isIdempotent {
        tasks[task].tries += 1
        tasks[task].crashes += 1
        goneSoon(task, .workerDied)
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
    failureTimes.append(latest)
    for budget in policy.restartBudgets {
      var recent = 0
      for time in failureTimes where time + budget.within >= latest { recent += 1 }
      if recent >= budget.failures { willFail = true }
    }
  }

  func mayRetry(_ task: Int) -> Bool {
    let model = tasks[task]
    if model.isCancelled || isHopeless { return false }
    if model.crashes > 0, model.crashes >= policy.maxCrashes { return false }
    switch model.cause {
    case .workerDied: return policy.isIdempotent || policy.splitsDeadTasks
    case .undecodable(let direction): return direction == .fromWorker && model.tries < policy.maxTries
    case .failed, .timeout, .limit: return model.tries < policy.maxTries
    default: return false
    }
  }
}

extension ModelWorker {
  var isLadderFree: Bool { phase == .ready && !isTerminated && !isKilled }
}
