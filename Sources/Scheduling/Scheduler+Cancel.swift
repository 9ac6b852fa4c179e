extension Scheduler {
  /// Throws the switch of a task: all that share it end, unless their response is there already.
  mutating func cancel(_ id: TaskID) {
    guard let first = tasks.find(id) else { return }
    var task = first
    repeat {
      cancelOne(task)
      task = tasks.nextShare(task)
    } while task != first
  }

  mutating func cancelAll() {
    for task in 0..<UInt32(tasks.capacity) where tasks[task].state != .free { cancelOne(task) }
  }

  mutating func cancelOne(_ task: UInt32) {
    guard !tasks[task].flags.contains(.cancelled) else { return }
    tasks[task].flags.insert(.cancelled)
    switch tasks[task].state {
    case .queued:
      dequeue(task)
      gone(task, .cancelled)
    case .delayed:
      delayedCount -= 1
      gone(task, .cancelled)
    case .inFlight:
      if tasks[task].twin != none, !tasks[task].flags.contains(.copy) { supersede(tasks[task].twin) }
      sendCancel(task)
      let slot = tasks[task].worker.slot
      let worker = slots[Int(slot)]
      if worker.state == .ready, worker.isTimed, worker.head == tasks[task].request, worker.termAt == .never {
        startLadder(slot)
      }
    // Offered: the answer decides. Awaiting or gone: it ends anyway, and its children see the switch.
    case .offered, .awaiting, .gone, .free: break
    }
  }

  /// Asks the worker to give up this request, once.
  mutating func sendCancel(_ task: UInt32) {
    guard !tasks[task].flags.contains(.cancelSent) else { return }
    tasks[task].flags.insert(.cancelSent)
    switch slots[Int(tasks[task].worker.slot)].state {
    case .ready, .terminating: actions.push(.cancelRequest(tasks[task].worker, tasks[task].request))
    case .empty, .starting, .retiring, .killed, .fenced: break
    }
  }
}
