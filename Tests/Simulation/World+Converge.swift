import Scheduling

/// The second phase: all faults are off, and everything must come to its end within a bounded number of steps.
extension World {
  mutating func converge() {
    dials.silence()
    for slot in workers.indices { workers[slot].calmDown() }
    let all = min(policy.workers, policy.slots)
    if limit < all || mostAlive < all { resize(all) }
    if !isClosed {
      isClosed = true
      feed(.close)
    }
    if workers.isEmpty {
      for task in tasks.indices { cancelOne(task) }
      feed(.cancelAll)
    }
    var left = 100 + 40 * tasks.count
    while !isDrained, violation == nil {
      left -= 1
      if left == 0 { return report("not drained in time: \(scheduler.unfinishedCount) tasks are left") }
      if !isProgressing() {
        let deadline = scheduler.nextDeadline.nanoseconds
        if deadline == .max { return report("stuck: \(scheduler.unfinishedCount) tasks are left") }
        now = max(now, deadline)
        feed(.tick)
      }
    }
    if violation == nil, scheduler.nextDeadline != .never { report("drained, but a timer runs") }
  }

  /// Lets each hook and each worker do what is due; false if nothing was.
  private mutating func isProgressing() -> Bool {
    var hasMoved = false
    for task in tasks.indices where violation == nil {
      if tasks[task].state == .gone {
        answerGone(task)
        hasMoved = true
      } else if tasks[task].state == .awaiting {
        use(task)
        hasMoved = true
      }
    }
    for slot in workers.indices
    where violation == nil && workers[slot].phase != .absent && workers[slot].phase != .fenced {
      workers[slot].calmDown()
      let worker = workers[slot]
      if worker.isKilled || worker.isRetired || worker.isTerminated {
        end(slot)
      } else if worker.phase == .starting {
        becomeReady(slot)
      } else if worker.inFlight > 0 {
        answer(slot)
      } else {
        continue
      }
      hasMoved = true
    }
    return hasMoved
  }
}

extension ModelWorker {
  mutating func calmDown() {
    (ignoresCancel, ignoresTerm, ignoresRetire, neverReady) = (false, false, false, false)
  }
}
