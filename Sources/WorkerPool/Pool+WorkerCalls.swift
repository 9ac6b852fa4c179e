internal import CTaskHost
internal import Hooks
internal import PluginLoading
internal import Scheduling
internal import Wire

// Calls that workers make: to the host side of the kind, to the program around it, to each other.
extension Pool {
  func receiveCall(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    let (message, bytes) = try CallMessage.read(frame.payload)
    guard let task = scheduler.task(inFlight: message.request, on: worker.id) else {
      return try stray(worker, "a call for request \(message.request), which is not in flight")
    }
    try beginCall(frame.id, during: message.request, of: worker)
    if worker.cancel.isCancelled(message.request) {
      return reply(worker, frame.id, TH_E_CANCELLED, "cancelled")
    }
    if message.target == 0 {
      callHost(worker, task, frame.id, bytes)
    } else {
      callPeer(worker, task, frame.id, message, bytes)
    }
  }

  /// A worker waits for an answer of the host from here on.
  func beginCall(_ number: UInt64, during request: RequestID, of worker: WorkerHandle) throws(WireError) {
    let exchange = worker.exchanging
    guard exchange.pending == nil else {
      throw .badFrame(
        found: "call \(number) while call \(exchange.pending?.number ?? 0) is not answered",
        expected: "one call at a time", offset: 0)
    }
    guard number > exchange.lastCall else {
      throw .badFrame(found: "call \(number)", expected: "a number above \(exchange.lastCall)", offset: 0)
    }
    exchange.lastCall = number
    exchange.pending = WorkerExchange.PendingCall(number: number, request: request, target: nil)
  }

  func reply(_ worker: WorkerHandle, _ call: UInt64, _ status: Int32, _ text: String) {
    reply(worker, call, status, Array(text.utf8))
  }

  /// To a worker that still waits for it.
  private func reply(_ worker: WorkerHandle, _ call: UInt64, _ status: Int32, _ bytes: [UInt8]) {
    guard let exchange = worker.exchange, exchange.pending?.number == call else { return }
    exchange.pending = nil
    let limit = Frame.limit(payloads: options.maxFrame) - ReplyMessage.headerSize
    let isTooLarge = bytes.count > limit
    let payload =
      isTooLarge
      ? ReplyMessage.encoded(
        TH_E_LIMIT, "the reply has \(bytes.count) bytes, a frame holds \(limit)".utf8)
      : ReplyMessage.encoded(status, bytes)
    payload.withUnsafeBytes { worker.send.append(.reply, id: call, payload: $0) }
    makeDirty(worker)
  }

  // MARK: The host

  private func callHost(
    _ worker: WorkerHandle, _ task: TaskID, _ call: UInt64, _ bytes: UnsafeRawBufferPointer
  ) {
    let row = rows[Int(task.index)]
    currentTask = row.isCall ? nil : (row.number, row.root)
    gravest = findings[task.index]
    let answer = kind.onCall(
      row.number, &worker.status, th_worker_handle(id: worker.number, epoch: epoch), bytes)
    findings[task.index] = gravest
    currentTask = nil
    switch answer {
    case .reply(let status, let bytes): reply(worker, call, status, bytes)
    case .notMine: callProgram(worker, call, bytes)
    }
  }

  private func callProgram(_ worker: WorkerHandle, _ call: UInt64, _ bytes: UnsafeRawBufferPointer) {
    guard let handler = options.onWorkerCall, let mailbox = options.mailbox else {
      return reply(
        worker, call, TH_E_UNSUPPORTED,
        "nobody in the host answers this call: kind \(kind.table.name) has no \(TH_EXT_HOST_SERVICE) for it")
    }
    let id = worker.id
    handler(
      WorkerCall(
        bytes: Array(bytes), worker: WaitingWorker(number: worker.number, epoch: epoch)
      ) { status, bytes in
        _ = mailbox.post(
          .act(
            { pool in
              if let worker = pool.handle(id) { pool.reply(worker, call, status, bytes) }
            }, orElse: {}))
      })
  }

  /// A call whose caller can not answer this worker before it has ended: it would wait for ever if no other one may perform it.
  func isCycle(_ waiting: WaitingWorker, _ target: UInt64?) -> Bool {
    guard waiting.epoch == epoch, let worker = worker(waiting.number), worker.exchange?.pending != nil else {
      return false
    }
    if let target { return target == waiting.number }
    return scheduler.workersAllowed == 1 && scheduler.isActive(worker.id)
  }

  // MARK: Another worker

  private func callPeer(
    _ worker: WorkerHandle, _ task: TaskID, _ call: UInt64, _ message: CallMessage,
    _ bytes: UnsafeRawBufferPointer
  ) {
    guard message.epoch == epoch, let peer = self.worker(message.target), peer.phase == .ready else {
      return reply(worker, call, TH_E_STALE, "worker \(message.target) is not there any more")
    }
    if waits(peer, for: worker) {
      return reply(
        worker, call, TH_E_CYCLE,
        "worker \(peer.number) waits for worker \(worker.number): neither would ever be answered")
    }
    // Nothing else may start while the task at hand must be alone.
    if scheduler.runsAlone {
      return reply(worker, call, TH_E_CYCLE, "a task that must be alone can not wait for another worker")
    }
    if !scheduler.isActive(peer.id) {
      return reply(worker, call, TH_E_RETRY, "worker \(peer.number) stands by and takes nothing now")
    }
    var traits = CallTraits()
    traits.caller = (worker.id, call)
    let ticket = Ticket()
    ticket.traits = traits
    worker.exchange?.pending?.target = peer.id
    worker.exchange?.pending?.ticket = ticket
    acceptCall(Array(bytes), ticket, from: task, for: peer)
  }

  /// Nobody waits for the answer any more: what another worker does for it is given up.
  func abandonCall(of worker: WorkerHandle) {
    guard let pending = worker.exchange?.pending else { return }
    worker.exchange?.pending = nil
    if let task = pending.ticket?.task { scheduler.cancelAlone(task) }
  }

  /// Is this one, in the end, waiting for the other.
  private func waits(_ peer: WorkerHandle, for worker: WorkerHandle) -> Bool {
    var next: WorkerHandle? = peer
    for _ in workers {
      guard let current = next else { return false }
      if current === worker { return true }
      next = current.exchange?.pending?.target.flatMap { handle($0) }
    }
    return true
  }

  /// A call that another worker waits for has ended.
  func answerCaller(_ traits: CallTraits, _ end: TicketEnd) {
    guard let (id, call) = traits.caller, let worker = handle(id) else { return }
    if let answer = end.answer {
      reply(worker, call, TH_OK, answer)
    } else {
      reply(worker, call, Self.status(traits, end), end.message)
    }
  }

  private static func status(_ traits: CallTraits, _ end: TicketEnd) -> Int32 {
    if end.death != nil { return TH_E_PEER_DIED }
    if end.isStale { return TH_E_STALE }
    if end.code < 0 { return end.code }
    return switch traits.cause {
    case .cancelled, .expired: TH_E_CANCELLED
    case .timeout, .limit, .undecodable: TH_E_LIMIT
    case .workerDied: TH_E_PEER_DIED
    case .failed: TH_E_INTERNAL
    case .unmatched, .unstarted, nil: TH_E_STALE
    }
  }
}
