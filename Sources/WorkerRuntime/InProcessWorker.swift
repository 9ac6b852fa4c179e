internal import CTaskHost
package import Hooks
package import PluginLoading
package import Wire

/// The worker's side of a kind in the host's own process: the same `Performer`, fed from memory.
package final class InProcessWorker {
  private final class Outlet: WorkerOutlet {
    let buffer = SendBuffer()
    let immediate = SendBuffer()

    func sendNow(_ type: FrameType, id: UInt64, _ payload: [UInt8]) {
      payload.withUnsafeBytes { immediate.append(type, id: id, payload: $0) }
    }

    /// Responses leave after each request, so that they stay behind the feedback of it.
    func flush() {}
  }

  private let outlet = Outlet()
  private let performer: Performer
  private let cancel: CancelPage
  private let received: ReceiveBuffer
  private let services: HostServices

  package init(
    table: KindTable, services: HostServices, cancel: CancelPage, claims: ClaimsPage, maxFrame: Int
  ) {
    self.services = services
    self.cancel = cancel
    received = ReceiveBuffer(limit: Frame.limit(payloads: maxFrame))
    performer = Performer(
      table: table, outlet: outlet, cancel: cancel, claims: claims, maxFrame: maxFrame)
  }

  package func start(shared: UnsafeRawBufferPointer) -> StartFailure? {
    performer.start(host: services.raw, shared: shared)
  }

  package func exchange(_ requests: SendBuffer, _ responses: ReceiveBuffer) throws(WireError) {
    requests.drain { received.append($0) }
    while let frame = try received.next() {
      switch frame.type {
      case .request: cancel.whileCancelledBySignals(frame.id) { performer.perform(frame) }
      case .hostFeedback: performer.feedback(frame.payload)
      case .deadline: try performer.setDeadline(frame)
      default: throw .badFrame(found: "a \(frame.type) frame", expected: "a request", offset: 0)
      }
      outlet.immediate.drain { responses.append($0) }
      outlet.buffer.drain { responses.append($0) }
    }
  }

  package func end() { performer.end() }
}
