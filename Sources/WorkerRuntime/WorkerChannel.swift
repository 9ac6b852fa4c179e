internal import Glibc
internal import Wire

/// The two pipes of a worker process, and the frames on them.
final class WorkerChannel {
  @exclusivity(unchecked) private var input: Int32
  let outlet: PipeOutlet
  let received: ReceiveBuffer

  init(input: Int32, output: Int32) {
    self.input = input
    outlet = PipeOutlet(output)
    received = ReceiveBuffer(limit: Frame.largestStart)
  }

  /// In a process that was forked from another one: its own pipes. Nothing may be left in the buffers.
  func move(to input: Int32, _ output: Int32) {
    close(self.input)
    self.input = input
    outlet.move(to: output)
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
