package import CTaskHost
package import Hooks
package import PluginLoading
package import Wire

/// The worker's side of a kind in the host's own process: the same `Performer`, fed from memory.
///
/// A request that waits lets its host go on from where it is: there is no other thread that could.
package final class InProcessWorker {
  private final class Outlet: WorkerOutlet {
    let buffer = SendBuffer()
    let immediate = SendBuffer()

    func sendNow(_ type: FrameType, id: UInt64, _ payload: UnsafeRawBufferPointer) {
      immediate.append(type, id: id, payload: payload)
    }

    /// Responses leave after each request, so that they stay behind the feedback of it.
    func flush() {}
  }

  /// What it hears of its host.
  private final class Inlet: HostFrames {
    let outlet: Outlet
    let frames: HeldFrames
    /// Of the exchange that is under way.
    var requests: SendBuffer?
    var responses: ReceiveBuffer?
    var turn: (_ waits: Bool) -> Void = { _ in }
    var failure: WireError?

    init(_ outlet: Outlet, limit: Int) {
      self.outlet = outlet
      frames = HeldFrames(ReceiveBuffer(limit: limit))
    }

    func take() { requests?.drain { frames.received.append($0) } }

    private func hand(waits: Bool) {
      outlet.immediate.drain { responses?.append($0) }
      turn(waits)
    }

    func awaitFrame() throws(WireError) -> Frame? {
      frames.keepLent()
      if let frame = try frames.received.next() { return frame }
      hand(waits: true)
      take()
      return try frames.received.next()
    }

    func hold(_ frame: Frame) throws(WireError) { try frames.hold(frame) }
    func release() { frames.release() }
    func passOn() { hand(waits: false) }
    func giveUp(_ error: WireError) { failure = failure ?? error }
  }

  private let outlet = Outlet()
  private let inlet: Inlet
  private let performer: Performer
  private let cancel: CancelPage
  private let services: HostServices

  /// `handle`: how others may call this worker.
  package init(
    table: KindTable, services: HostServices, cancel: CancelPage, claims: ClaimsPage, maxFrame: Int,
    handle: th_worker_handle, isTraced: Bool
  ) {
    self.services = services
    self.cancel = cancel
    inlet = Inlet(outlet, limit: Frame.limit(payloads: maxFrame))
    performer = Performer(
      table: table, outlet: outlet, frames: inlet, cancel: cancel, claims: claims, maxFrame: maxFrame,
      handle: handle, isTraced: isTraced)
  }

  package func start(shared: UnsafeRawBufferPointer) -> StartFailure? {
    performer.start(host: services.raw, shared: shared)
  }

  /// Performs everything in `requests`, and leaves the answers in `responses`. `turn` is called from inside a request when there
  /// is something for the host in `responses`, and with true when the request waits: then it returns once there is something in
  /// `requests`, or now and then.
  package func exchange(
    _ requests: SendBuffer, _ responses: ReceiveBuffer, turn: @escaping (_ waits: Bool) -> Void
  ) throws(WireError) {
    inlet.requests = requests
    inlet.responses = responses
    inlet.turn = turn
    defer { inlet.turn = { _ in } }
    inlet.take()
    while let frame = try inlet.frames.next() {
      if frame.type == .request {
        cancel.whileCancelledBySignals(frame.id) { performer.perform(frame) }
      } else {
        try performer.take(frame)
      }
      outlet.immediate.drain { responses.append($0) }
      outlet.buffer.drain { responses.append($0) }
      if let failure = inlet.failure { throw failure }
      inlet.take()
    }
  }

  package func end() { performer.end() }
}
