internal import Hooks
internal import Wire

// Memory that this worker shares with its host, for large payloads.
extension Performer {
  /// What can not be had here is none of the host's errors: large payloads go through the pipe then.
  func openLanes(_ frame: Frame) throws(WireError) {
    let offer = try LaneOffer(frame.payload)
    var problem: SystemError?
    do throws(SystemError) {
      let lanes = try offer.open()
      requests = lanes.requests
      output.use(lanes.responses)
    } catch {
      problem = error
    }
    outlet.sendNow(.lanesReply, id: 0, LaneReply.encoded(problem))
  }

  /// All requests that lay there have been answered. Responses may still: the host has the memory until it hears of this.
  func closeLanes() {
    output.use(nil)
    requests = nil
    outlet.sendNow(.lanesReply, id: 0, LaneReply.encoded(nil))
  }

  func performInLane(_ frame: Frame) throws(WireError) {
    guard let requests else {
      throw .badFrame(found: "a request in a lane", expected: "lanes before it", offset: 0)
    }
    let payload = try requests.payload(of: frame, limit: Frame.limit(payloads: limit))
    perform(frame.carrying(payload, as: .request))
  }
}
