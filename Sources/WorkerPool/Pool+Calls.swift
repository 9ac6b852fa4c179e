internal import CTaskHost
internal import Scheduling
internal import Wire

// Calls: bytes that go to a worker and come back as they are. They wait, are sent, cancelled and blamed as tasks are, but no hook of
// the host sees them, and one that had started is not sent again.
extension Pool {
  func acceptCall(_ bytes: [UInt8], _ options: CallOptions, _ ticket: Ticket) {
    guard !scheduler.isClosed else { return refuse(ticket) }
    ticket.traits = options.traits
    if let waiting = options.answering, isCycle(waiting, options.worker) {
      var end = TicketEnd(
        outcome: .lost,
        message: "worker \(waiting.number) waits for an answer that waits for worker \(waiting.number)")
      end.isCycle = true
      ended.append((ticket, end))
      return
    }
    var spec = TaskSpec()
    spec.isOnce = true
    spec.priority = options.priority
    spec.softLimit = options.softLimit == 0 ? limits.softTime : options.softLimit
    spec.hardLimit = options.hardLimit == 0 ? limits.hardTime : options.hardLimit
    if spec.hardLimit != 0 { spec.hardLimit = max(spec.hardLimit, spec.softLimit + 1) }
    if spec.softLimit | spec.hardLimit != 0 { noteTimeLimits() }
    if options.expiresIn != 0 { spec.expiresAt = now.advanced(by: options.expiresIn) }
    if let number = options.worker {
      guard let worker = worker(number), worker.phase == .ready else {
        var end = TicketEnd(outcome: .lost, message: "worker \(number) is not there any more")
        end.worker = number
        end.isStale = true
        ended.append((ticket, end))
        return
      }
      spec.pin = worker.id
      ticket.bound = number
    }
    if let traits = options.traits { number(traits) }
    add(spec, bytes, ticket, parent: nil)
  }

  /// A call that is made in the name of a task, which waits for it: they share cancel switch and expiry. It goes first.
  func acceptCall(_ bytes: [UInt8], _ ticket: Ticket, from parent: TaskID, for worker: WorkerHandle) {
    var spec = TaskSpec()
    spec.isOnce = true
    spec.priority = .max
    spec.parent = parent
    spec.softLimit = limits.softTime
    spec.hardLimit = limits.hardTime
    if spec.hardLimit != 0 { spec.hardLimit = max(spec.hardLimit, spec.softLimit + 1) }
    spec.pin = worker.id
    ticket.bound = worker.number
    add(spec, bytes, ticket, parent: parent)
  }

  private func add(_ spec: TaskSpec, _ bytes: [UInt8], _ ticket: Ticket, parent: TaskID?) {
    let task = scheduler.add(spec, at: now)
    var row = bytes.withUnsafeBytes { makeRow($0, parent: parent) }
    // A batch counts tasks, and this is none of its own.
    if parent != nil { owners.batch(row.owner)?.live -= 1 }
    row.isCall = true
    row.isInner = parent != nil
    row.owner = owners.add(ticket)
    place(row, at: task)
  }

  /// The call was for a worker that has ended.
  func isBoundElsewhere(_ row: TaskRow, _ worker: WorkerHandle) -> UInt64? {
    guard let bound = owners.ticket(row.owner)?.bound, bound != worker.number else { return nil }
    return bound
  }

  func answerCall(_ task: TaskID, _ row: TaskRow, _ worker: WorkerHandle, _ frame: Frame) {
    if let ticket = owners.ticket(row.owner) {
      ticket.answer = Array(frame.payload)
      ticket.worker = worker.number
      if let traits = ticket.traits { answered(traits, by: worker, well: true) }
    }
    if !troubles.isEmpty { troubles[task.index] = nil }
    if !findings.isEmpty { findings[task.index] = nil }
    worker.status.is_old = 1
    worker.status.jobs_done += 1
    scheduler.handle(
      .used(task, worker.id, outcome: .passed, stays: true, competenceChanged: false), at: now)
  }
}
