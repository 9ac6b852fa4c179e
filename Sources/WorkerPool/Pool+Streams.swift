internal import Scheduling
internal import Wire

// Items of requests in flight, and input for them.
extension Pool {
  /// Ahead of the request, which follows in the send buffer.
  func announce(_ traits: CallTraits, _ request: RequestID, to worker: WorkerHandle) {
    if let session = traits.session {
      SessionMessage(session.operation, number: session.port.number).encoded().withUnsafeBytes {
        worker.send.append(.session, id: request, payload: $0)
      }
    }
    guard let port = traits.stream else { return }
    let credit = port.takesItems ? Credit.window : 0
    StreamMessage(credit: UInt64(credit), hasInput: port.hasInput).encoded().withUnsafeBytes {
      worker.send.append(.stream, id: request, payload: $0)
    }
    worker.exchanging.streams[request] = WorkerExchange.Streams(port: port, credit: Credit(credit))
    let id = worker.id
    let mailbox = options.mailbox
    port.connect { wish in
      _ = mailbox?.post(.act({ $0.grantWish(wish, id, request) }, orElse: {}))
    }
  }

  private func grantWish(_ wish: StreamPort.Wish, _ id: WorkerID, _ request: RequestID) {
    guard let worker = handle(id), worker.exchange?.streams[request] != nil else { return }
    switch wish {
    case .push: pushInput(request, to: worker)
    case .grant(let bytes):
      guard worker.exchange?.streams[request]?.credit.grant(UInt64(bytes)) == true else { return }
      CreditMessage(bytes: UInt64(bytes)).encoded().withUnsafeBytes {
        worker.send.append(.credit, id: request, payload: $0)
      }
      makeDirty(worker)
    }
  }

  func receiveItem(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    guard let exchange = worker.exchange, var streams = exchange.streams[frame.id], streams.port.takesItems
    else {
      return try stray(worker, "an item for request \(frame.id), which takes none")
    }
    guard !streams.credit.isSpent else {
      throw .badFrame(
        found: "an item for request \(frame.id) beyond its credit", expected: "items within it", offset: 0)
    }
    streams.credit.spend(frame.payload.count)
    streams.hasSentItems = true
    exchange.streams[frame.id] = streams
    streams.port.deliver(Array(frame.payload))
  }

  func receiveInputCredit(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    let bytes = try CreditMessage(frame.payload, of: .inputCredit).bytes
    guard let exchange = worker.exchange, exchange.streams[frame.id]?.port.hasInput == true else {
      return try stray(worker, "credit for input of request \(frame.id), which has none")
    }
    guard exchange.streams[frame.id]?.inputCredit.grant(bytes, upTo: Credit.window) == true else {
      throw .badFrame(
        found: "credit for \(bytes) bytes of input beyond the window", expected: "at most what was sent",
        offset: 0)
    }
    exchange.streams[frame.id]?.hasAskedForInput = true
    pushInput(frame.id, to: worker)
  }

  /// What the worker has granted, as far as there is input.
  private func pushInput(_ request: RequestID, to worker: WorkerHandle) {
    guard let exchange = worker.exchange, var streams = exchange.streams[request] else { return }
    defer { exchange.streams[request] = streams }
    guard streams.hasAskedForInput, !streams.isInputOver else { return }
    loop: while !streams.inputCredit.isSpent {
      switch streams.port.takeInput() {
      case .nothing: break loop
      case .item(let item):
        streams.inputCredit.spend(item.count)
        item.withUnsafeBytes { worker.send.append(.input, id: request, payload: $0) }
        makeDirty(worker)
      case .end:
        streams.isInputOver = true
        worker.send.append(.inputEnd, id: request, payload: UnsafeRawBufferPointer(start: nil, count: 0))
        makeDirty(worker)
        break loop
      }
    }
  }

  /// From a worker that is wanted no more it is late; else it is not the protocol.
  func stray(_ worker: WorkerHandle, _ what: String) throws(WireError) {
    guard scheduler.isListening(to: worker.id) else { return }
    throw .badFrame(found: what, expected: "frames of requests in flight", offset: 0)
  }

  /// The request is answered, or given up with its worker.
  func endExchange(of request: RequestID, on worker: WorkerHandle) {
    guard let exchange = worker.exchange else { return }
    exchange.streams[request] = nil
    if exchange.pending?.request == request { abandonCall(of: worker) }
  }

  /// A worker that waits has to be woken to see its cancel word.
  func wakeForCancel(_ worker: WorkerHandle, _ request: RequestID) {
    guard let exchange = worker.exchange,
      exchange.streams[request] != nil || exchange.pending?.request == request
    else { return }
    worker.send.append(.cancel, id: request, payload: UnsafeRawBufferPointer(start: nil, count: 0))
    makeDirty(worker)
  }
}
