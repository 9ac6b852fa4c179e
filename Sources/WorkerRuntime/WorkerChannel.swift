internal import CTaskHost
internal import Glibc
internal import Wire

/// The two pipes of a worker process, and the frames on them.
final class WorkerChannel {
  private let input: Int32
  let outlet: PipeOutlet
  let received: ReceiveBuffer
  private let frames: HeldFrames

  init(input: Int32, output: Int32) {
    self.input = input
    outlet = PipeOutlet(output)
    received = ReceiveBuffer(limit: Frame.largestStart)
    frames = HeldFrames(received)
  }

  /// The next frame; ends the process when the host is gone.
  func nextFrame() throws(WireError) -> Frame {
    while true {
      if let frame = try received.next() { return frame }
      guard fill() else {
        try received.checkEnd()
        _exit(WorkerExit.hostGone)
      }
    }
  }

  /// The next one that is there.
  @inline(__always)
  func next() throws(WireError) -> Frame? { try frames.next() }

  /// False at the end of the file.
  func fill() -> Bool {
    do {
      switch try received.fill(from: input) {
      case .bytes, .wouldBlock: return true
      case .endOfFile: return false
      }
    } catch {
      _exit(WorkerExit.hostGone)
    }
  }
}

extension WorkerChannel: HostFrames {
  func awaitFrame() throws(WireError) -> Frame? {
    frames.keepLent()
    return try nextFrame()
  }

  func hold(_ frame: Frame) throws(WireError) { try frames.hold(frame) }
  func release() { frames.release() }
  /// Each write goes to the pipe at once.
  func passOn() {}

  func giveUp(_ error: WireError) {
    outlet.sendNow(
      .log, id: 0,
      LogMessage(
        level: Int32(TH_LOG_ERROR), text: "the host's bytes are not the protocol: \(error.message)"
      ).encoded())
    _exit(WorkerExit.protocolFault)
  }
}
