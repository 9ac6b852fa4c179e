internal import CPosix
package import CTaskHost
package import Hooks
package import PluginLoading
package import Wire

/// Runs the worker's hooks of one kind on frames of the host. Knows nothing of processes: a worker inside the host's
/// own process is the same object.
package final class Performer {
  let table: KindTable
  let outlet: any WorkerOutlet
  let output: FrameOutput
  private var cancel: CancelPage
  private var claims: ClaimsPage
  let limit: Int
  let call = HookCall()
  private(set) var state: OpaquePointer?
  let exchange: Exchange
  var sessions = OpenSessions()
  /// What the next request does, if it belongs to a session.
  @exclusivity(unchecked) var pendingSession: SessionMessage?
  private let perform: KindTable.Perform
  /// A request that had started may be sent again: only then may finished responses wait for company.
  private let mayHoldResponses: Bool
  private var lastFlush: UInt64 = 0
  /// Of the next request; 0 = none.
  private var deadline: UInt64 = 0
  /// Bytes of the largest feedback of this request that did not fit into a frame; 0 = all did.
  private var oversizeFeedback = 0
  /// Where large requests lie; nil: none does.
  var requests: IncomingLane?
  /// Of a process whose kind names its requests.
  var title: WorkerTitle?

  /// `handle`: how others may call this worker.
  package init(
    table: KindTable, outlet: any WorkerOutlet, frames: any HostFrames, cancel: CancelPage,
    claims: ClaimsPage, maxFrame: Int, handle: th_worker_handle, isTraced: Bool
  ) {
    self.table = table
    self.outlet = outlet
    self.cancel = cancel
    self.claims = claims
    limit = maxFrame
    output = FrameOutput(into: outlet.buffer, limit: maxFrame)
    perform = table.perform
    mayHoldResponses = table.flags.contains(.idempotent)
    exchange = Exchange(outlet: outlet, frames: frames, limit: maxFrame, cancel: cancel, handle: handle)
    call.services = self
    call.worker = exchange
    if isTraced { call.spans = SpanRecorder() }
  }

  /// `worker_new`. Nil, or what it failed with.
  package func start(host: UnsafePointer<th_host>, shared: UnsafeRawBufferPointer) -> StartFailure? {
    guard let create = table.hooks.worker_new else { return nil }
    call.begin(id: 0)
    let status = create(host, call.raw, th_bytes(shared), &state)
    guard status < 0 else { return nil }
    return StartFailure(
      phase: .initialise, code: status,
      message: call.message ?? "worker_new returned \(statusName(status)) and no message")
  }

  /// In a process that was forked from the one that made the state: its own pages, from before its first request.
  func move(to pages: WorkerPages, number: UInt64) {
    cancel = pages.cancel
    exchange.cancel = pages.cancel
    exchange.handle.id = number
    claims = pages.claims
  }

  /// `worker_forked`. Nil, or what it failed with.
  func resume() -> StartFailure? {
    guard let hook = table.hooks.worker_forked else { return nil }
    call.begin(id: 0)
    let status = hook(state, call.raw)
    guard status < 0 else { return nil }
    return StartFailure(
      phase: .initialise, code: status,
      message: call.message ?? "worker_forked returned \(statusName(status)) and no message")
  }

  package func end() {
    claims.beginFreeing()
    closeSessions()
    table.hooks.worker_free?(state)
  }

  /// One request: its response or failure is committed to the outlet's buffer when this returns.
  @inline(__always)
  package func perform(_ request: Frame) {
    let id = request.id
    // What ends a session is done in any case, or nobody would know whether it is open.
    if cancel.isCancelled(id), pendingSession?.operation != .close {
      pendingSession = nil
      exchange.forget()
      fail(id, code: TH_E_CANCELLED, message: "cancelled before it was started")
      return
    }
    let now = cpx_now()
    claims.begin(id, at: now)
    if let title { title.begin(request.payload, at: now) }
    call.begin(id: id, cancel: cancel.word(of: id), deadline: deadline)
    output.begin()
    oversizeFeedback = 0
    exchange.begin(id)
    if let spans = call.spans { spans.start() }
    let status: th_status
    if let session = pendingSession {
      pendingSession = nil
      status = performSession(session, request.payload, output.out)
    } else {
      // The initializer in another module would be called, and what it returns be written and read again.
      let payload = request.payload
      let bytes = th_bytes(
        ptr: payload.baseAddress?.assumingMemoryBound(to: UInt8.self), len: payload.count)
      status = perform(state, call.raw, bytes, output.out)
    }
    exchange.end()
    if let spans = call.spans { send(spans, of: id, begunAt: now) }
    if status == TH_OK, output.isSane, oversizeFeedback == 0 {
      output.commit(.response, id: id)
    } else {
      explain(id, status)
    }
    if !mayHoldResponses {
      outlet.flush()
    } else if now &- lastFlush > 1_000_000 {
      // The last flush was long ago: either the requests are long or this is the first of a batch; do not let it wait.
      outlet.flush()
      lastFlush = now
    }
    // Only now: one that dies with an answer that has not left must not pass for one that never started.
    claims.finish()
    if let title { title.finish() }
  }

  /// Ahead of the answer.
  @inline(never)
  private func send(_ spans: SpanRecorder, of id: UInt64, begunAt: UInt64) {
    let now = cpx_now()
    spans.finish(at: now)
    guard !spans.isEmpty else { return }
    let message = SpansMessage(
      sentAt: now, begunAt: begunAt, endedAt: now, dropped: spans.dropped, spans: spans.spans)
    outlet.sendNow(.spans, id: id, message.encoded())
  }

  /// What comes between two requests.
  package func take(_ frame: Frame) throws(WireError) {
    switch frame.type {
    case .hostFeedback: feedback(frame.payload)
    case .deadline: try setDeadline(frame)
    case .session: try announce(session: frame)
    case .stream: try announce(stream: frame)
    case .lanes: try openLanes(frame)
    case .lanesEnd: closeLanes()
    // For a request that has been answered meanwhile.
    case .cancel, .credit, .input, .inputEnd, .reply: break
    default: throw .badFrame(found: "a \(frame.type) frame", expected: "a request", offset: 0)
    }
  }

  /// What the next request has to be done by.
  private func setDeadline(_ frame: Frame) throws(WireError) {
    var reader = PayloadReader(frame.payload, of: .deadline)
    deadline = try reader.number()
    try reader.finish()
  }

  private func feedback(_ bytes: UnsafeRawBufferPointer) {
    guard let hook = table.hooks.on_feedback else { return }
    call.begin(id: 0)
    hook(state, call.raw, th_bytes(bytes))
  }

  private func explain(_ id: UInt64, _ status: th_status) {
    if !output.isSane {
      fail(
        id, code: TH_E_POISONED,
        message: "perform wrote \(output.count) bytes into an output that has room for fewer")
    } else if oversizeFeedback > 0 {
      fail(
        id, code: TH_E_LIMIT, oversize: UInt64(oversizeFeedback),
        message:
          "feedback of \(oversizeFeedback) bytes can not be sent, a frame holds \(Frame.limit(payloads: limit))"
      )
    } else if output.overflow > 0 {
      let wanted = output.overflow
      fail(
        id, code: status < 0 ? status : TH_E_LIMIT, oversize: UInt64(wanted),
        message: call.message ?? "the response needs \(wanted) bytes, a frame holds \(limit)")
    } else if status > 0 {
      fail(
        id, code: TH_E_INTERNAL,
        message: "perform returned \(statusName(status)), expected TH_OK or a failure")
    } else {
      // Other numbers are reserved for later versions of the ABI.
      let isKnown = (TH_E_PEER_DIED...TH_E_INTERNAL).contains(status) || (-9999 ... -1000).contains(status)
      fail(
        id, code: isKnown ? status : TH_E_INTERNAL,
        message: call.message ?? (isKnown ? "" : "perform returned \(statusName(status))"))
    }
  }

  private func fail(_ id: UInt64, code: th_status, oversize: UInt64 = 0, message: String) {
    let failure = FailureMessage(code: code, oversize: oversize, message: message)
    failure.encoded().withUnsafeBytes { outlet.buffer.append(.failure, id: id, payload: $0) }
  }
}

extension Performer: CallServices {
  package func feedback(_ call: HookCall, _ bytes: UnsafeRawBufferPointer) {
    guard bytes.count <= Frame.limit(payloads: limit) else {
      // It can not be sent and must not be lost in silence: the request fails for it.
      oversizeFeedback = max(oversizeFeedback, bytes.count)
      return
    }
    outlet.sendNow(.feedback, id: call.raw.pointee.id, Array(bytes))
  }

  package func progress(
    _ call: HookCall, done: UInt64, total: UInt64, units: UnsafeRawBufferPointer
  ) {
    claims.setProgress(done: done, total: total)
  }

  package func diagnostic(_ call: HookCall, _ diagnostic: th_diagnostic) {
    outlet.sendNow(.diagnostic, id: call.raw.pointee.id, DiagnosticMessage(diagnostic).encoded())
  }

  package func print(
    _ call: HookCall, _ stream: PrintStream, _ bytes: UnsafeRawBufferPointer
  ) -> th_status {
    exchange.print(stream == .output ? .printedOutput : .printedError, bytes)
  }
}
