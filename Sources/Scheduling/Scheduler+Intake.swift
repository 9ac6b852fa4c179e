extension Scheduler {
  /// Accepts a task of which nothing is known: the same as `add` of a plain `TaskSpec`.
  package mutating func add(at now: Instant) -> TaskID {
    if now > clock { clock = now }
    precondition(!isClosed, "a task was added after close")
    let task = tasks.insert(TaskRow())
    enqueue(task)
    return tasks.id(task)
  }

  /// Accepts a task. After `close` only hooks add tasks, with the task that they are called for as the parent.
  package mutating func add(_ spec: TaskSpec, at now: Instant) -> TaskID {
    if now > clock { clock = now }
    var row = TaskRow()
    row.priority = spec.priority
    row.weight = TaskRow.weight(of: spec.estimate)
    row.lane = joinLane(spec)
    if spec.isOnce { row.flags.insert(.once) }
    var expiresAt = spec.expiresAt ?? .never
    if let pin = spec.pin {
      row.worker = pin
      row.flags.insert(.pinned)
    }
    guard let id = spec.parent else {
      precondition(!isClosed, "a task was added after close")
      let task = tasks.insert(row)
      if spec.softLimit | spec.hardLimit != 0 { setLimits(task, spec) }
      admit(task, expiresAt)
      return tasks.id(task)
    }
    guard let parent = tasks.find(id) else { preconditionFailure("the parent of a task has ended") }
    if spec.expiresAt == nil { expiresAt = tasks.extras(parent).expiresAt }
    if tasks[parent].flags.contains(.cancelled) { row.flags.insert(.cancelled) }
    let task = tasks.insert(row)
    tasks.share(task, with: parent)
    setLimits(task, spec)
    admit(task, expiresAt)
    return tasks.id(task)
  }

  private mutating func setLimits(_ task: UInt32, _ spec: TaskSpec) {
    tasks.changeExtras(task) {
      $0.softLimit = spec.softLimit
      $0.hardLimit = spec.hardLimit
    }
  }

  private mutating func admit(_ task: UInt32, _ expiresAt: Instant) {
    if expiresAt != .never { tasks.changeExtras(task) { $0.expiresAt = expiresAt } }
    if tasks[task].flags.contains(.cancelled) {
      gone(task, .cancelled)
      return
    }
    if expiresAt != .never {
      tasks[task].flags.insert(.expires)
      expiringCount += 1
      if expiries.entries.count > 2 * expiringCount + 16 { expiries.keep { tasks.find($0.task) != nil } }
      expiries.push(TaskTimers.Entry(at: expiresAt, task: tasks.id(task)))
    }
    enqueue(task)
  }

  /// Into the queue of its worker if it is pinned to one that can still take it, else into the common one.
  @inline(__always)
  mutating func enqueue(_ task: UInt32) {
    arrivals += 1
    tasks[task].state = .queued
    tasks[task].arrival = arrivals
    if !tasks[task].flags.contains(.refusedByFresh) { unrefusedCount += 1 }
    if tasks[task].flags.contains(.pinned) {
      if let slot = find(tasks[task].worker), slots[Int(slot)].isLive {
        preferences[Int(slot)].pinned.append(task, to: &tasks)
        pinnedCount += 1
        if policy.mayRefuse {
          let count = preferences[Int(slot)].pinned.count
          preferences[Int(slot)].refusedPinned.arrived(task, in: tasks, count: count)
        }
        return
      }
      tasks[task].flags.remove(.pinned)
      tasks[task].flags.insert(.inFront)
    }
    if tasks[task].lane != 0 {
      enqueueInLane(task)
      return
    }
    shared.append(task, to: &tasks)
    if policy.mayRefuse {
      for slot in preferences.indices {
        preferences[slot].refusedShared.arrived(task, in: tasks, count: shared.count)
      }
    }
  }

  @inline(__always)
  mutating func dequeue(_ task: UInt32) {
    let row = tasks[task]
    if !row.flags.contains(.refusedByFresh) { unrefusedCount -= 1 }
    if row.flags.contains(.isMark) { moveMarks(from: task) }
    if row.flags.contains(.pinned) {
      preferences[Int(row.worker.slot)].pinned.remove(task, from: &tasks)
      pinnedCount -= 1
    } else if row.lane != 0 {
      dequeueFromLane(task)
    } else {
      shared.remove(task, from: &tasks)
    }
  }

  private mutating func moveMarks(from task: UInt32) {
    tasks[task].flags.remove(.isMark)
    for slot in preferences.indices {
      preferences[slot].refusedShared.departs(task, from: &tasks)
      preferences[slot].refusedPinned.departs(task, from: &tasks)
      let lane = Int(tasks[task].lane)
      if lane != 0 { preferences[slot].lanes[lane].mark.departs(task, from: &tasks) }
    }
  }

  /// Back into the queue, before untried ones.
  mutating func requeue(_ task: UInt32) {
    if tasks[task].flags.contains(.cancelled) {
      gone(task, .cancelled)
    } else if tasks.extras(task).expiresAt <= clock {
      gone(task, .expired)
    } else {
      tasks[task].flags.insert(.inFront)
      forgetRefusal(task)
      enqueue(task)
    }
  }

  /// Whoever refused it while it was pinned there may be asked again, as others are of whatever has just been queued.
  mutating func forgetRefusal(_ task: UInt32) {
    if tasks[task].extras != none { tasks.changeExtras(task) { $0.refusedAt = 0 } }
  }

  /// Asks the kind what becomes of a task that got no response; `settled` is the answer.
  mutating func gone(_ task: UInt32, _ cause: GoneCause) {
    tasks[task].state = .gone
    tasks[task].cause = cause
    actions.push(.gone(tasks.id(task), cause, tries: Int(tasks[task].tries)))
  }

  @inline(__always)
  mutating func finish(_ task: UInt32, _ outcome: Outcome) {
    outcomes[Int(outcome.rawValue)] += 1
    actions.push(.finished(tasks.id(task), outcome))
    if tasks[task].flags.contains(.expires) { expiringCount -= 1 }
    if tasks[task].lane != 0 { leaveLane(tasks[task].lane) }
    tasks.remove(task)
    if policy.maxFailures > 0 { noteEnd(outcome) }
  }

  mutating func expire() {
    while let top = expiries.top {
      let task = tasks.find(top.task)
      if task != nil, top.at > clock { return }
      expiries.pop()
      if let task, tasks[task].state == .queued {
        dequeue(task)
        gone(task, .expired)
      } else if let task, tasks[task].state == .delayed {
        delayedCount -= 1
        gone(task, .expired)
      }
    }
  }
}
