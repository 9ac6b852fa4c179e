import Scheduling

/// What a worker process does next.
extension World {
  mutating func actWorker() {
    guard !workers.isEmpty else { return }
    let slot = dice.below(workers.count)
    latest = max(latest, now)
    let worker = workers[slot]
    if dials.happens(.staleEvent, &dice) { return sendStale(slot) }
    switch worker.phase {
    case .absent: return
    case .starting: actStarting(slot)
    case .ready: actReady(slot)
    case .fenced: actFenced(slot)
    }
  }

  /// Events about a worker that has been reaped, or never was.
  private mutating func sendStale(_ slot: Int) {
    let live = workers[slot].phase != .absent
    if live, workers[slot].id.generation == 0 { return }
    let generation = live ? workers[slot].id.generation - 1 : workers[slot].id.generation
    let id = WorkerID(slot: UInt32(slot + (dice.percent(5) ? 70 : 0)), generation: generation)
    switch dice.below(6) {
    case 0: feed(.ready(id))
    case 1: feed(.ended(id, performing: UInt64(dice.below(4))))
    case 2: feed(.broke(id, undecodable: dice.percent(50)))
    case 3: feed(.startFailed(id, permanent: dice.percent(50)))
    case 4: feed(.spawnFailed(id))
    default: if accept(id, UInt64(dice.below(4))) != nil { report("an answer of a dead worker was accepted") }
    }
  }

  private mutating func actStarting(_ slot: Int) {
    let worker = workers[slot]
    if worker.isKilled || worker.isRetired { return actEnding(slot) }
    if actPart(slot) { return }
    if dials.happens(.spawnFails, &dice) {
      workers[slot].phase = .absent
      releasePins(worker.id)
      countFailure(slot)
      feed(.spawnFailed(worker.id))
    } else if dials.happens(.startFails, &dice) {
      workers[slot].end = .startFailed
      feed(.startFailed(worker.id, permanent: false))
    } else if dials.happens(.startFailsForEver, &dice) {
      workers[slot].end = .startFailed
      failForEver()
      feed(.startFailed(worker.id, permanent: true))
    } else if dials.happens(.diesStarting, &dice) {
      end(slot)
    } else if dials.happens(.garbage, &dice) {
      breakOff(slot, undecodable: true)
    } else if dials.happens(.closesPipe, &dice) {
      breakOff(slot, undecodable: false)
    } else if !worker.neverReady {
      becomeReady(slot)
    }
  }

  private mutating func actReady(_ slot: Int) {
    let worker = workers[slot]
    if worker.isKilled || worker.isRetired || worker.isTerminated { return actEnding(slot) }
    if dials.happens(.readyTwice, &dice) { return feed(.ready(worker.id)) }
    if dials.happens(.closesPipe, &dice) { return breakOff(slot, undecodable: false) }
    if dials.happens(.garbage, &dice) { return breakOff(slot, undecodable: true) }
    if dials.happens(.wrongRequest, &dice) { return answerWrongly(slot) }
    if dials.happens(.recycles, &dice) { return recycle(slot) }
    if dials.happens(.exceedsLimit, &dice) { return exceed(slot) }
    if worker.inFlight == 0 {
      if dials.happens(.diesIdle, &dice) { end(slot) }
      return
    }
    if dials.happens(.diesUnstarted, &dice) { return end(slot, performing: 0) }
    if dials.happens(.diesAtWork, &dice) { return end(slot) }
    if tasks[oldest(on: slot)].cancelSent, worker.ignoresCancel { return }
    answer(slot)
  }

  /// It has been told to end, or killed.
  private mutating func actEnding(_ slot: Int) {
    let worker = workers[slot]
    if dials.happens(.closesPipe, &dice) { return breakOff(slot, undecodable: false) }
    if dials.happens(.garbage, &dice) { return breakOff(slot, undecodable: true) }
    if dials.happens(.wrongRequest, &dice) { return answerWrongly(slot) }
    if worker.isKilled, dials.happens(.unkillable, &dice) { return fence(slot) }
    if worker.isTerminated, !worker.isKilled, dials.happens(.exceedsLimit, &dice) { return exceed(slot) }
    if worker.inFlight > 0, dice.percent(20) { return answer(slot) }
    if worker.isKilled || (worker.isRetired ? !worker.ignoresRetire : !worker.ignoresTerm) { end(slot) }
  }

  /// SIGKILL has not ended it: what it held is settled, its place is not free.
  private mutating func fence(_ slot: Int) {
    let id = workers[slot].id
    let performing = claim(slot)
    bury(slot, performing: performing, as: .fenced)
    feed(.unkillable(id, performing: performing))
  }

  /// Now and then it ends after all; nothing else that it does counts.
  private mutating func actFenced(_ slot: Int) {
    let worker = workers[slot]
    switch dice.below(8) {
    case 0:
      workers[slot].phase = .absent
      workers[slot].isKilled = false
      feed(.ended(worker.id, performing: UInt64(dice.below(4))))
    case 1: feed(.broke(worker.id, undecodable: dice.percent(50)))
    case 2: feed(.unkillable(worker.id, performing: UInt64(dice.below(4))))
    case 3: feed(.exceeded(worker.id))
    case 4: feed(.recycle(worker.id))
    case 5: feed(.choked(worker.id, dice.percent(50)))
    default:
      if accept(worker.id, worker.head &- 1) != nil {
        report("an answer of a worker that is fenced was accepted")
      }
    }
  }

  private mutating func recycle(_ slot: Int) {
    letLeave(slot)
    feed(.recycle(workers[slot].id))
  }

  /// A worker that is ready ends as soon as it holds nothing.
  mutating func letLeave(_ slot: Int) {
    let worker = workers[slot]
    if worker.isLeaving { return }
    usesFresh = true
    if worker.held == 0 {
      workers[slot].mustRetire = true
    } else {
      workers[slot].isLeaving = true
      releasePins(worker.id)
    }
  }

  /// Whatever it answers from here on does not count.
  private mutating func exceed(_ slot: Int) {
    let worker = workers[slot]
    if worker.end == .none {
      workers[slot].end = .limit
      workers[slot].target = worker.head
    }
    workers[slot].isMute = true
    workers[slot].isGarbled = true
    feed(.exceeded(worker.id))
  }

  mutating func breakOff(_ slot: Int, undecodable: Bool) {
    let worker = workers[slot]
    if worker.isKilled {
      workers[slot].isMute = true
    } else if worker.end == .none {
      workers[slot].end = undecodable ? .garbage : .broke
      workers[slot].isMute = true
    } else if undecodable {
      workers[slot].isMute = true
      workers[slot].isGarbled = true
    }
    feed(.broke(worker.id, undecodable: undecodable))
  }

  /// A claim about the request at work: mostly one that is in flight.
  mutating func claim(_ slot: Int) -> RequestID {
    let worker = workers[slot]
    if dials.happens(.liesAboutWork, &dice) {
      return [worker.head - 1, worker.tail, worker.tail + 5, .max][dice.below(4)]
    }
    if worker.inFlight == 0 || dice.percent(10) { return 0 }
    return worker.head + UInt64(dice.below(worker.inFlight))
  }

  mutating func end(_ slot: Int) { end(slot, performing: claim(slot)) }

  mutating func end(_ slot: Int, performing: RequestID) {
    let id = workers[slot].id
    bury(slot, performing: performing)
    feed(.ended(id, performing: performing))
  }

  private mutating func answerWrongly(_ slot: Int) {
    let worker = workers[slot]
    let request = [worker.head - 1, worker.head + 1, worker.tail, 0, .max][dice.below(5)]
    if request == worker.head && worker.inFlight > 0 { return }
    if accept(worker.id, request) != nil {
      report("request \(request) of \(worker.id) was accepted out of turn")
    }
  }

  mutating func answer(_ slot: Int) {
    let worker = workers[slot]
    let isHeard = !worker.isRetired && !worker.isMute
    let race = scheduler.race(answering: worker.head, on: worker.id)
    if (race != nil) != (isHeard && isOfTwo(oldest(on: slot))) { report("\(worker.id): race \(race as Any)") }
    if let race, !answersFirst(slot, oldest(on: slot), race) { return }
    let task = oldest(on: slot)
    guard let id = accept(worker.id, worker.head) else {
      if isHeard { report("the answer of \(worker.id) to \(worker.head) was not accepted") }
      return
    }
    if !isHeard { return report("an answer of \(worker.id) was accepted, which was told to end") }
    if id != tasks[task].id {
      return report("request \(worker.head) of \(worker.id) is \(tasks[task].id), not \(id)")
    }
    if dials.happens(.answersTwice, &dice), accept(worker.id, worker.head) != nil { report("accepted twice") }
    workers[slot].head += 1
    workers[slot].awaiting += 1
    workers[slot].isTimed = false
    if !worker.isTerminated { workers[slot].ladderSince = .max }
    tasks[task].state = .awaiting
    tasks[task].tries += 1
    if dials.happens(.diesBeforeUse, &dice) { end(slot) }
    if violation == nil, tasks[task].state == .awaiting, !dials.happens(.usesLate, &dice) { use(task) }
  }

  /// `use_response`, or the handling of a failure of `perform`.
  mutating func use(_ task: Int) {
    latest = max(latest, now)
    if let failure = drawFailure(task) { return fail(task, failure) }
    let id = tasks[task].id
    let holder = tasks[task].holder
    if dials.happens(.addsChildren, &dice), tasks.count < taskLimit {
      newTask(TaskSpec(), parent: task)
      if dice.percent(30), tasks.count < taskLimit { newTask(TaskSpec(), parent: task) }
    }
    let stays = !dials.happens(.ends, &dice)
    let competenceChanged = !dials.happens(.learnsNothing, &dice)
    let outcome: Outcome = [.passed, .passed, .failed, .pending][dice.below(4)]
    finishSoon(task, outcome)
    if isCurrent(holder) {
      let slot = Int(holder.slot)
      workers[slot].awaiting -= 1
      workers[slot].jobs += 1
      if worksOn(slot) {
        noteLength(slot)
        workers[slot].failures = 0
        if stays {
          if competenceChanged || !workers[slot].isOld {
            statuses += 1
            workers[slot].status = statuses
          }
          workers[slot].isOld = true
        } else if workers[slot].inFlight == 0 || policy.isIdempotent {
          usesFresh = true
          workers[slot].mustRetire = true
        } else {
          usesFresh = true
          workers[slot].isLeaving = true
          releasePins(holder)
        }
        goOn(slot)
      }
    }
    feed(
      .used(id, holder, outcome: outcome, stays: stays, competenceChanged: competenceChanged))
  }

  func worksOn(_ slot: Int) -> Bool {
    let worker = workers[slot]
    return worker.phase == .ready && !worker.isKilled && !worker.isTerminated && !worker.isRetired
  }

  mutating func goOn(_ slot: Int) {
    if workers[slot].isLeaving, workers[slot].held == 0 { workers[slot].mustRetire = true }
    if !workers[slot].isTimed { timeOldest(slot) }
  }

  mutating func drawFailure(_ task: Int) -> PerformFailure? {
    if tasks[task].cancelSent, !dials.happens(.answersInSpiteOfCancel, &dice) { return .cancelled }
    if dials.happens(.performFails, &dice) { return .error }
    // Where a task is tried once its owner makes a failure of this.
    if dials.happens(.performRetries, &dice) { return tasks[task].isOnce ? .error : .retry }
    if dials.happens(.poisoned, &dice) { return .poisoned }
    if dials.happens(.overLimit, &dice) { return .limit }
    if dials.happens(.undecodable, &dice) { return .undecodable }
    return dials.happens(.givesUpUnasked, &dice) ? .cancelled : nil
  }

  private func isAskedToStop(_ task: Int) -> Bool { tasks[task].isCancelled || tasks[task].overSoft }

  private mutating func fail(_ task: Int, _ failure: PerformFailure) {
    let holder = tasks[task].holder
    if isCurrent(holder) {
      let slot = Int(holder.slot)
      workers[slot].awaiting -= 1
      if worksOn(slot) {
        if failure == .poisoned { workers[slot].mustRetire = true }
        goOn(slot)
      }
    }
    switch failure {
    case .error, .poisoned: goneSoonOrRetried(task, .failed)
    case .limit: goneSoonOrRetried(task, .limit)
    case .undecodable: goneSoon(task, .undecodable(.fromWorker))
    case .cancelled where tasks[task].wasRecalled && tasks[task].cancelSent && !isAskedToStop(task):
      tasks[task].tries -= 1
      requeue(task)
    case .cancelled:
      goneSoonOrRetried(
        task, tasks[task].isCancelled ? .cancelled : tasks[task].overSoft ? .timeout : .failed)
    case .retry:
      if tasks[task].isCancelled {
        goneSoon(task, .cancelled)
      } else if tasks[task].tries < policy.retry.tries, !isHopeless {
        retry(task)
      } else {
        goneSoon(task, .failed)
      }
    }
    feed(.failed(tasks[task].id, holder, failure))
  }
}
