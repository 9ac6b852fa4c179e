// Trials that went wrong, and what follows.
extension Scheduler {
  /// A trial went wrong: another one if the user wants that, else the kind is asked.
  mutating func goneOrRetried(_ task: UInt32, _ cause: GoneCause) {
    let isWanted = policy.retry.causes.contains(RetryCauses(cause)) && RetryCauses(cause) != []
    if isWanted, mayRetry(task, cause) {
      retry(task)
    } else {
      gone(task, cause)
    }
  }

  /// Within the policy, and with a worker in sight.
  func mayRetry(_ task: UInt32, _ cause: GoneCause) -> Bool {
    let row = tasks[task]
    if row.flags.contains(.once) || row.flags.contains(.cancelled) { return false }
    if isHopeless || row.crashes >= policy.retry.crashes { return false }
    let isOfUser = policy.retry.causes.contains(.workerDied)
    switch cause {
    case .workerDied: return policy.isIdempotent || policy.splitsDeadTasks || isOfUser
    case .failed, .timeout, .limit, .undecodable(.fromWorker): return row.tries < policy.retry.tries
    // A second request would be too large again, and would not even count as a trial.
    case .undecodable(.toWorker): return false
    case .cancelled, .expired, .unmatched, .unstarted: return false
    }
  }

  /// Another trial, at once or after a while.
  mutating func retry(_ task: UInt32) {
    if policy.retry.prefersOtherWorker { tasks[task].flags.insert(.avoidsWorker) }
    let pause = doubled(
      policy.retry.delayBase, Int(tasks[task].tries) - 1, upTo: policy.retry.delayCap)
    let isOver = tasks[task].flags.contains(.cancelled) || tasks.extras(task).expiresAt <= clock
    if pause == 0 || isOver {
      requeue(task)
    } else {
      delay(task, until: clock.advanced(by: pause))
    }
  }

  private mutating func delay(_ task: UInt32, until due: Instant) {
    tasks[task].state = .delayed
    tasks[task].arrival = due.nanoseconds
    delayedCount += 1
    if delays.entries.count > 2 * delayedCount + 16 {
      delays.keep { tasks.isDelayed($0) }
    }
    delays.push(TaskTimers.Entry(at: due, task: tasks.id(task)))
  }

  /// The next one that is delayed, `none` without any. Entries of those that are not any more are forgotten.
  mutating func firstDelayed() -> UInt32 {
    while let top = delays.top {
      if tasks.isDelayed(top) { return top.task.index }
      delays.pop()
    }
    return none
  }

  mutating func endDelays() {
    while case let task = firstDelayed(), task != none, tasks[task].arrival <= clock.nanoseconds {
      delays.pop()
      delayedCount -= 1
      requeue(task)
    }
  }

  /// base x 2^n up to a cap, plus or minus a fifth, so that what failed together does not come back together.
  mutating func doubled(_ base: UInt64, _ doublings: Int, upTo cap: UInt64) -> UInt64 {
    if base == 0 { return 0 }
    let (delay, overflow) = base.multipliedReportingOverflow(by: 1 << UInt64(max(0, min(doublings, 40))))
    let capped = overflow ? cap : min(delay, cap)
    return capped / 5 * 4 + capped / 1000 * (nextRandom() % 401)
  }

  private mutating func nextRandom() -> UInt64 {
    random &+= 0x9e37_79b9_7f4a_7c15
    var z = random
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Another worker than this one if the task has failed here, and if there is one that has nothing to do.
  mutating func elsewhere(_ task: UInt32, than slot: UInt32) -> UInt32 {
    guard tasks[task].worker == id(of: slot), !tasks[task].flags.contains(.pinned) else { return slot }
    var other = listed
    while other != none {
      let wantsOthers =
        (policy.mayRefuse || pinnedCount > 0 || lanedCount > 0) && candidate(for: other) != task
      if other != slot, slots[Int(other)].held == 0, !wantsOthers { return other }
      other = slots[Int(other)].nextListed
    }
    return slot
  }
}

extension TaskTable {
  /// Does this entry still stand for a task that waits.
  func isDelayed(_ entry: TaskTimers.Entry) -> Bool {
    guard let task = find(entry.task) else { return false }
    return self[task].state == .delayed && self[task].arrival == entry.at.nanoseconds
  }
}
