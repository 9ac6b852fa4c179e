extension Scheduler {
  /// Recounts everything that is kept as a running figure and checks what must always hold. Nil, or what is wrong.
  /// Allocates nothing as long as all is well.
  package func audit() -> String? {
    auditTasks() ?? auditCopies() ?? auditQueues() ?? auditLanes() ?? auditWorkers() ?? auditDeadlines()
      ?? auditCourse()
  }

  private func auditTasks() -> String? {
    var live = 0
    var queued = 0
    var held = 0
    var unrefused = 0
    var expiring = 0
    var open = 0
    var delayed = 0
    for index in 0..<UInt32(tasks.capacity) where tasks[index].state != .free {
      let row = tasks[index]
      live += 1
      if row.flags.contains(.expires) { expiring += 1 }
      if tasks.previousShare(tasks.nextShare(index)) != index || tasks[tasks.nextShare(index)].state == .free
      {
        return "task \(index): broken ring of the cancel switch"
      }
      if isDraining, !row.flags.contains(.cancelled) { return "task \(index): draining, but not cancelled" }
      switch row.state {
      case .offered where row.flags.contains(.copy): open += 1
      case .queued, .offered:
        queued += 1
        if row.state == .offered { open += 1 }
        if !row.flags.contains(.refusedByFresh) { unrefused += 1 }
        if row.bucket == none { return "task \(index): queued, but in no bucket" }
        if row.state == .queued, row.flags.contains(.cancelled), !isDraining {
          return "task \(index): cancelled, but still queued"
        }
      case .inFlight, .awaiting: held += 1
      case .delayed:
        delayed += 1
        if row.flags.contains(.cancelled), !isDraining { return "task \(index): cancelled, but delayed" }
        if !delays.entries.contains(where: { tasks.isDelayed($0) && $0.task.index == index }) {
          return "task \(index): delayed for ever"
        }
      case .gone, .free: break
      }
      if row.tries > policy.retry.tries + policy.retry.crashes { return "task \(index): \(row.tries) trials" }
      if row.crashes > policy.retry.crashes { return "task \(index): \(row.crashes) crashes" }
    }
    if live != tasks.count { return "\(live) tasks, counted as \(tasks.count)" }
    if queued != queuedCount { return "\(queued) tasks queued, counted as \(queuedCount)" }
    if delayed != delayedCount { return "\(delayed) tasks delayed, counted as \(delayedCount)" }
    if held != heldCount { return "\(held) tasks held, counted as \(heldCount)" }
    if unrefused != unrefusedCount { return "\(unrefused) tasks unrefused, counted as \(unrefusedCount)" }
    if expiring != expiringCount { return "\(expiring) tasks expire, counted as \(expiringCount)" }
    if open != (offered == nil ? 0 : 1) { return "\(open) tasks offered" }
    return nil
  }

  /// Never more than two trials of a task, on two workers, and only where a request may be sent again.
  private func auditCopies() -> String? {
    var copies = 0
    for index in 0..<UInt32(tasks.capacity) where tasks[index].state != .free {
      let row = tasks[index]
      if row.flags.contains(.copy) {
        copies += 1
        if row.state != .offered, row.state != .inFlight { return "copy \(index): \(row.state)" }
        if row.twin == none, !row.flags.contains(.cancelled) {
          return "copy \(index): lost, but not cancelled"
        }
        if row.tries + row.crashes > 0 { return "copy \(index): counted" }
        if !policy.isIdempotent { return "copy \(index): of what must not be sent again" }
      }
      if row.twin == none || row.state == .offered { continue }
      let twin = tasks[row.twin]
      if twin.twin != index || twin.flags.contains(.copy) == row.flags.contains(.copy) {
        return "task \(index): its twin is that of another one"
      }
      if row.state != .inFlight { return "task \(index): in a race, but \(row.state)" }
      if row.flags.contains(.cancelled) { return "task \(index): in a race, but cancelled" }
      if row.worker == twin.worker { return "task \(index): both trials are on one worker" }
    }
    return copies == copyCount ? nil : "\(copies) copies, counted as \(copyCount)"
  }

  private func auditQueues() -> String? {
    var wrong = none
    let sharedIsSound = shared.walk(tasks) { task in
      let row = tasks[task]
      if row.flags.contains(.pinned) || row.lane != 0 { wrong = task }
      if row.state != .queued, row.state != .offered { wrong = task }
    }
    if !sharedIsSound { return "the queue is broken" }
    var pinned = 0
    for slot in slots.indices {
      let worker = WorkerID(slot: UInt32(slot), generation: slots[slot].generation)
      let own = preferences[slot].pinned
      pinned += own.count
      if own.count > 0, !slots[slot].isLive { return "slot \(slot): pins of a worker that takes nothing" }
      let isSound = own.walk(tasks) { task in
        let row = tasks[task]
        if !row.flags.contains(.pinned) || row.worker != worker { wrong = task }
        if row.state != .queued, row.state != .offered { wrong = task }
      }
      if !isSound { return "slot \(slot): the queue of pinned tasks is broken" }
      if !policy.mayRefuse { continue }
      let fault = preferences[slot].refusedShared.fault(tasks) ?? preferences[slot].refusedPinned.fault(tasks)
      if let fault { return "slot \(slot): \(fault)" }
    }
    if wrong != none { return "task \(wrong): in a queue where it does not belong" }
    if pinned != pinnedCount { return "\(pinned) tasks pinned, counted as \(pinnedCount)" }
    return nil
  }

  private func auditWorkers() -> String? {
    var empty = 0
    var starting = 0
    var fenced = 0
    var ready = 0
    var open = 0
    var inFlight = 0
    for (index, slot) in slots.enumerated() {
      switch slot.state {
      case .empty: empty += 1
      case .starting: starting += 1
      case .ready: if !slot.isLeaving { ready += 1 }
      case .retiring, .terminating, .killed: break
      case .fenced: fenced += 1
      }
      if slot.head > slot.tail || slot.inFlight > policy.window { return "slot \(index): window exceeded" }
      let isOpen = slot.isOpen && slot.held < window
      if slot.isListed != isOpen { return "slot \(index): listed \(slot.isListed)" }
      if isOpen { open += 1 }
      inFlight += slot.inFlight
      if slot.inFlight > 0, [.empty, .starting, .retiring, .fenced].contains(slot.state) {
        return "slot \(index): requests in flight while \(slot.state)"
      }
      var request = slot.head
      while request < slot.tail {
        let row = tasks[ring[place(of: request, on: UInt32(index))]]
        let worker = WorkerID(slot: UInt32(index), generation: slot.generation)
        if row.state != .inFlight || row.worker != worker || row.request != request {
          return "slot \(index): request \(request) and its task do not agree"
        }
        request += 1
      }
    }
    if empty != emptyCount || starting != startingCount || ready != readyCount {
      return "\(empty) slots empty, \(starting) starting, \(ready) ready: counted otherwise"
    }
    if fenced != fencedCount { return "\(fenced) slots fenced, counted as \(fencedCount)" }
    if inFlight > heldCount { return "\(inFlight) requests in flight for \(heldCount) tasks" }
    if let fault = auditLine() { return fault }
    var at = listed
    var previous = none
    while at != none {
      if slots[Int(at)].previousListed != previous || !slots[Int(at)].isListed {
        return "the list of workers is broken"
      }
      open -= 1
      previous = at
      at = slots[Int(at)].nextListed
    }
    return open == 0 ? nil : "\(open) workers are missing in the list"
  }

  /// Those who may hold tasks, and those who stand by.
  private func auditLine() -> String? {
    var active = 0
    var surplus = 0
    var standby = 0
    for (index, slot) in slots.enumerated() {
      if slot.state != .ready, slot.isActive || slot.isSurplus {
        return "slot \(index): active, but \(slot.state)"
      }
      if slot.isSurplus, !slot.isActive || slot.held == 0 { return "slot \(index): surplus without tasks" }
      if slot.isActive { active += 1 }
      if slot.isSurplus { surplus += 1 }
      if slot.standsBy { standby += 1 }
      if slot.standsBy, slot.held > 0 || slot.isLeaving { return "slot \(index): stands by with tasks" }
    }
    if active != activeCount || surplus != surplusCount || standby != standbyCount {
      return "\(active) workers active, \(surplus) surplus, \(standby) stand by: counted otherwise"
    }
    if active - surplus > limit { return "\(active) workers may hold tasks, \(limit) at most" }
    if active < limit, standby > 0 { return "a worker stands by for nothing" }
    if active - surplus < limit, surplus > 0 { return "a worker is to stand by for nothing" }
    return nil
  }

  private func auditDeadlines() -> String? {
    for (index, slot) in slots.enumerated() {
      if slot.deadline < earliestDeadline { return "slot \(index): a deadline that nobody watches" }
      switch slot.state {
      case .empty, .killed, .fenced:
        if slot.deadline != .never { return "slot \(index): a deadline of a worker that is dead" }
      case .starting, .retiring, .terminating:
        if slot.killAt == .never { return "slot \(index): \(slot.state) without end" }
      case .ready:
        if slot.inFlight == 0 {
          if slot.deadline != .never { return "slot \(index): a deadline with nothing in flight" }
          continue
        }
        if !slot.isTimed {
          if slot.awaiting == 0 { return "slot \(index): the clock of its oldest request stands" }
          continue
        }
        let oldest = tasks[ring[place(of: slot.head, on: UInt32(index))]]
        let extras = tasks.extras(ring[place(of: slot.head, on: UInt32(index))])
        let isCancelled = oldest.flags.contains(.cancelled)
        if extras.hardLimit > 0 || isCancelled, slot.killAt == .never {
          return "slot \(index): the oldest request may run for ever"
        }
        let wantsTerm = isCancelled || oldest.flags.contains(.overSoftLimit)
        if !isDraining, wantsTerm != (slot.termAt != .never) { return "slot \(index): wrong ladder" }
        if !isDraining, extras.softLimit > 0, !wantsTerm, slot.softAt == .never {
          return "slot \(index): the soft limit is not watched"
        }
      }
    }
    return nil
  }

  private func auditCourse() -> String? {
    for at in expiries.entries.indices.dropFirst()
    where expiries.entries[at].at < expiries.entries[(at - 1) / 2].at {
      return "the heap of expiries is out of order"
    }
    if expiries.entries.count > 2 * tasks.capacity + 17 {
      return "the heap of expiries is full of ended tasks"
    }
    for at in delays.entries.indices.dropFirst() where delays.entries[at].at < delays.entries[(at - 1) / 2].at
    {
      return "the heap of delays is out of order"
    }
    for at in failureTimes.indices.dropFirst() where failureTimes[at] < failureTimes[at - 1] {
      return "failures out of order"
    }
    if isDrained, tasks.count > 0 || emptyCount + fencedCount < slots.count || !isClosed {
      return "drained too early"
    }
    if isFailedForEver, !isFailed { return "failed for ever, but not failed" }
    return auditBreaker()
  }
}

extension RefusalMark {
  /// What is wrong with the mark, if anything.
  func fault(_ tasks: borrowing TaskTable) -> String? {
    if !isSet, task != none || !newcomers.isEmpty { return "a mark that is not set" }
    if task != none {
      let row = tasks[task]
      if row.bucket == none || row.rank != rank { return "a mark on a task that is not there" }
      if !row.flags.contains(.isMark) { return "a mark that its task does not know of" }
    }
    for at in newcomers.indices.dropFirst() where newcomers[at].precedes(newcomers[(at - 1) / 2]) {
      return "newcomers out of order"
    }
    return nil
  }
}
