internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Scheduling
internal import Wire

// What comes out of a worker: frames and output.
extension Pool {
  func happened(_ source: Source) {
    switch source.kind {
    case .keyboard: return readKeys()
    // To be awake is enough: tokens are looked after before each sleep.
    case .jobserver: return
    case .host: return hostHasEnded()
    case .input:
      self.source?.readOn()
      return
    case .requests, .responses, .standardOutput, .standardError, .process, .control: break
    }
    if source.worker == ForkServer.identity {
      happened(toForkServer: source.kind)
      return
    }
    guard let worker = handle(source.worker) else { return }
    switch source.kind {
    case .responses: readResponses(worker)
    case .requests: flush(worker)
    case .standardOutput: readOutput(worker, &worker.standardOutput, stream: 1)
    case .standardError: readOutput(worker, &worker.standardError, stream: 2)
    case .process: bury(worker)
    case .control, .input, .keyboard, .jobserver, .host: break
    }
  }

  /// One read, and all whole frames of it. More is announced by epoll again, so one worker can not keep the others waiting.
  /// False: nothing was there.
  @discardableResult
  func readResponses(_ worker: WorkerHandle) -> Bool {
    guard worker.responses >= 0, !worker.reachedEnd else { return false }
    do {
      switch try worker.received.fill(from: worker.responses) {
      case .wouldBlock: return false
      case .bytes:
        try receiveFrames(worker)
        timeFrame(worker)
      case .endOfFile:
        do throws(WireError) { try worker.received.checkEnd() } catch { worker.cutOff = error }
        sawEnd(of: worker)
      }
    } catch let error as WireError {
      protocolFault(worker, error.word, error.message, undecodable: true)
    } catch {
      protocolFault(worker, "eof", "\(error)", undecodable: false)
    }
    return true
  }

  func receiveFrames(_ worker: WorkerHandle) throws(WireError) {
    var responses = 0
    while let frame = try worker.received.next() {
      switch frame.type {
      case .response:
        worker.lanes?.requests.release(frame.id)
        guard respond(worker, frame) else {
          try foreign(worker, frame)
          continue
        }
        if frame.payload.count > Lane.least { wantLanes(worker) }
        responses += 1
      case .responseInLane:
        worker.lanes?.requests.release(frame.id)
        guard try respondInLane(worker, frame) else {
          try foreign(worker, frame)
          continue
        }
        responses += 1
      case .failure:
        worker.lanes?.requests.release(frame.id)
        guard try fail(worker, frame) else {
          try foreign(worker, frame)
          continue
        }
        responses += 1
      default:
        try receiveOther(worker, frame)
      }
    }
    guard responses > 0, isPaced, !hasTimeLimits else { return }
    let at = now.nanoseconds
    pace.observe(responses, elapsed: at - worker.headSince)
    worker.headSince = at
    scheduler.setWindow(pace.window)
  }

  /// An answer to a request that is not in flight: late, doubled or made up. A few are forgiven.
  private func foreign(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    guard scheduler.isListening(to: worker.id) else { return }
    worker.violations += 1
    guard worker.violations > 3 else { return }
    throw .badFrame(
      found: "an answer to request \(frame.id), which is not in flight", expected: "answers in order",
      offset: 0)
  }

  private func receiveOther(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    if scheduler.copyCount > 0, isUnheard(frame, of: worker) { return }
    switch frame.type {
    case .feedback, .log: try receiveWords(frame, of: worker.number)
    case .diagnostic:
      guard let task = scheduler.task(inFlight: frame.id, on: worker.id) else {
        try receiveWords(frame, of: worker.number)
        return
      }
      let row = rows[Int(task.index)]
      gravest = findings[task.index]
      keep(
        try DiagnosticMessage(frame.payload), of: (row.number, row.root), from: trial(frame.id, of: worker))
      findings[task.index] = gravest
    case .hello:
      let hello = try Hello(frame.payload)
      guard hello.version == productVersion else {
        throw .badPayload(of: .hello, "the worker is taskhost \(hello.version), the host \(productVersion)")
      }
      worker.saidHello = true
      wasEverHeard = true
      begins(worker, .load)
    case .ready:
      // Told to end before it was ready.
      if worker.phase == .ending, worker.saidHello { return }
      guard worker.saidHello, worker.phase == .starting else {
        throw .badFrame(found: "ready at the wrong time", expected: "hello, then ready, once", offset: 0)
      }
      if options.onReady != nil { inspect(worker, try Ready(frame.payload)) }
      if let mismatch = try mismatch(frame.payload) {
        bootFailed(worker, StartFailure(phase: .handshake, code: TH_E_INTERNAL, message: mismatch))
      } else if let excess = excessAtStart(worker) {
        bootFailed(worker, excess)
      } else {
        becomeReady(worker)
      }
    case .startFailed:
      let failure = try StartFailure(frame.payload)
      guard worker.phase != .ready else {
        throw .badFrame(found: "a failure to start after ready", expected: "answers", offset: 0)
      }
      guard worker.phase == .starting else {
        worker.startFailure = failure
        return
      }
      bootFailed(worker, failure)
    case .claims, .relayedEnd: try receiveRelayed(worker, frame)
    case .item: try receiveItem(worker, frame)
    case .spans: try receiveSpans(worker, frame)
    case .inputCredit: try receiveInputCredit(worker, frame)
    case .call: try receiveCall(worker, frame)
    case .printedOutput, .printedError: receivePrint(worker, frame)
    case .printedFile: try receivePrintedFile(worker, frame)
    case .lanesReply: try receiveLanesReply(worker, frame)
    case .config, .start, .request, .hostFeedback, .deadline, .environment, .cancel, .signal, .session,
      .stream,
      .credit, .input, .inputEnd, .reply, .response, .failure, .lanes, .requestInLane, .lanesEnd,
      .responseInLane:
      throw .badFrame(found: "a \(frame.type) frame", expected: "a frame of a worker", offset: 0)
    }
  }

  /// What a process says that has nothing to do with a request.
  func receiveWords(_ frame: Frame, of number: UInt64) throws(WireError) {
    switch frame.type {
    case .feedback:
      if !kind.forward(worker: number, frame.payload) || options.wantsTaskEvents {
        emit(.feedback(worker: number, bytes: Array(frame.payload)))
      }
    case .log:
      let message = try LogMessage(frame.payload)
      emit(
        .log(
          LogLine(level: LogLevel(rawValue: message.level) ?? .info, worker: number, message: message.text)))
    default: keep(try DiagnosticMessage(frame.payload), of: nil)
    }
  }

  /// What a worker says when it is ready is what the host would say: as a rule byte for byte, which is quickly seen.
  func mismatch(_ payload: UnsafeRawBufferPointer) throws(WireError) -> String? {
    let isEqual = expectedReady.bytes.withUnsafeBytes { bytes in
      bytes.count == payload.count && memcmp(bytes.baseAddress!, payload.baseAddress!, bytes.count) == 0
    }
    return isEqual ? nil : try Ready(payload).mismatch(with: expectedReady.ready)
  }

  func makeExpectedReady() -> (ready: Ready, bytes: [UInt8]) {
    let ready = Ready(
      kindID: kind.table.id, wire: kind.table.wire, abiMajor: UInt64(kind.table.abi.major),
      digest: "\(kind.plugin.identity.digest)", maxFrame: UInt64(options.maxFrame), limits: limits.process)
    return (ready, ready.encoded())
  }

  func protocolFault(_ worker: WorkerHandle, _ word: String, _ message: String, undecodable: Bool) {
    guard worker.fault == nil else { return }
    let text = explained(message, worker)
    // Who speaks no protocol at all has not started.
    worker.fault =
      worker.phase == .starting && options.launcher != nil
      ? .bootFailed(phase: StartFailure.Phase.handshake.word, message: text) : .protocolFault(word)
    worker.faultMessage = text
    worker.reachedEnd = true
    scheduler.handle(.broke(worker.id, undecodable: undecodable), at: now)
  }
}
