internal import Glibc
internal import Hooks
internal import Scheduling
internal import Wire

// What other threads want of the pool.
extension Pool {
  /// The tasks that other threads hand in, for `run`.
  package var openSource: any TaskSource {
    intake.onOwner = { [unowned self] in intakeOwner = $0 }
    return intake
  }

  /// Does what the mailbox holds, in its order.
  func obey() {
    guard let mailbox = options.mailbox else { return }
    mailbox.take(&letters)
    guard !letters.isEmpty else { return }
    // What is timed from now on is not to be timed from the last thing that happened.
    scheduler.handle(.tick, at: now)
    for letter in letters {
      switch letter {
      case .task(let bytes, let options, let ticket): accept(bytes, options, ticket)
      case .call(let bytes, let options, let ticket): acceptCall(bytes, options, ticket)
      case .batch(let batch): accept(batch)
      case .act(let body, _): body(self)
      }
    }
    letters.removeAll(keepingCapacity: true)
  }

  private func accept(_ bytes: [UInt8], _ options: ItemOptions, _ ticket: Ticket) {
    guard !scheduler.isClosed else { return refuse(ticket) }
    takeInPending()
    intakeOwner = owners.add(ticket)
    bytes.withUnsafeBytes { accept($0, options, parent: nil, answeredBy: nil) }
    intakeOwner = 0
  }

  private func accept(_ batch: TaskBatch) {
    guard !scheduler.isClosed else { return batch.refuse() }
    guard batch.count > 0 else { return batch.finish() }
    batch.owner = owners.add(batch)
    if !batch.isPlain { takeInPending() }
    intake.add(batch)
    if !batch.isPlain { takeInPending() }
  }

  /// What came before is queued before: else a single task would overtake a batch that is taken little by little.
  private func takeInPending() {
    guard intake.hasPending else { return }
    intake.take(.max) { bytes, options in
      if owners.isCancelled(intakeOwner) {
        refuseCancelled(bytes)
      } else {
        accept(bytes, options, parent: nil, answeredBy: nil)
      }
    }
  }

  func refuse(_ ticket: Ticket) {
    ended.append((ticket, TicketEnd(outcome: .cancelled, message: "the pool is closing", isRefused: true)))
  }

  // MARK: For `Letter.act`

  /// For every worker_new, from the first worker on.
  package func share(_ bytes: [UInt8]) {
    shared = bytes
    intake.shared = bytes
  }

  /// Lets the kind make tasks of words; `batch` is empty, and becomes theirs. Nil, or why that can not be.
  package func plan(_ words: [[UInt8]], _ batch: TaskBatch) -> String? {
    guard !scheduler.isClosed else { return "the pool is closing" }
    let plan: KindQueue.Plan
    do throws(HookError) {
      plan = try kind.plan(words: words)
    } catch {
      return "\(error.hook) failed: \(error.message)"
    }
    if workerCount == 0, shared.isEmpty {
      share(plan.shared)
    } else if shared != plan.shared {
      return "the kind shares other bytes with its workers than those that live were started with"
    }
    guard plan.count > 0 else {
      batch.finish()
      return nil
    }
    takeInPending()
    batch.owner = owners.add(batch)
    intakeOwner = batch.owner
    // One more, so that it is not over before the last of them is there.
    batch.live = 1
    plan.list.forEach {
      batch.live += 1
      accept($0, $1, parent: nil, answeredBy: nil)
    }
    intakeOwner = 0
    batch.live -= 1
    if batch.isOver {
      owners.forget(batch: batch.owner)
      endedBatches.append(batch)
    }
    return nil
  }

  package func cancel(_ ticket: Ticket) {
    guard let task = ticket.task, scheduler.isLive(task) else { return }
    ticket.wasCancelled = true
    scheduler.handle(.cancel(task), at: now)
  }

  package func cancel(_ batch: TaskBatch) {
    guard batch.owner != 0, !batch.isCancelled else { return }
    batch.isCancelled = true
    scheduler.forEachTask { view in
      if rows[Int(view.id.index)].owner == batch.owner { scheduler.handle(.cancel(view.id), at: now) }
    }
    takeInPending()
  }

  package func cancelAll() {
    for batch in owners.waitingBatches { batch.isCancelled = true }
    scheduler.handle(.cancelAll, at: now)
    takeInPending()
  }

  /// What this worker holds; false if there is no such worker.
  package func cancel(worker number: UInt64) -> Bool {
    guard let worker = worker(number) else { return false }
    let count = scheduler.inFlight(on: worker.id)
    for request in (worker.nextRequest - UInt64(count))..<worker.nextRequest {
      if let task = scheduler.task(inFlight: request, on: worker.id) {
        scheduler.handle(.cancel(task), at: now)
      }
    }
    return true
  }

  /// What waits ends as cancelled, what is at work goes on.
  package func clear() {
    takeInPending()
    scheduler.cancelQueued()
  }

  package func setPriorities(_ priorities: [(ticket: Ticket, priority: Int32)]) {
    for (ticket, priority) in priorities {
      if let task = ticket.task { scheduler.setPriority(task, priority) }
    }
  }

  /// What workers may take has changed.
  package func reconsider() { scheduler.reconsider() }

  /// So many workers may be at work from now on. Those that are too many end when they are done.
  package func resize(_ count: Int) {
    scheduler.resize(count)
    isTrimming = true
  }

  package func keep(_ count: Int) { scheduler.keep(count) }

  /// Bytes for `on_feedback` of all workers that are ready; false if no frame holds them.
  package func feedBack(_ bytes: [UInt8]) -> Bool {
    guard bytes.count <= Frame.limit(payloads: options.maxFrame) else { return false }
    bytes.withUnsafeBytes { feedback(kind.call, $0) }
    return true
  }

  /// The worker ends when it has answered what it holds; another one may take its place.
  package func retire(worker number: UInt64) -> Bool {
    guard let worker = worker(number) else { return false }
    scheduler.letGo(of: worker.id)
    return true
  }

  /// No more tasks; those that there are come to their end.
  package func closeIntake() { intake.end() }
  /// Nothing more is started, and what is at work is cancelled and has the grace of the drain to end.
  package func drain() {
    isStopping = true
    scheduler.handle(.drain, at: now)
  }

  package func stop() {
    isStopping = true
    scheduler.handle(.stop, at: now)
  }

  func worker(_ number: UInt64) -> WorkerHandle? {
    for worker in workers {
      if let worker, worker.number == number { return worker }
    }
    return nil
  }
}
