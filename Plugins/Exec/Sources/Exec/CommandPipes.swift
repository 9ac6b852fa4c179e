internal import CExec
internal import Glibc
internal import TaskHostSDK

/// Two pipes for one command. This process keeps the ends for writing open, too: the end of a command is told by its process, and
/// one that closes its output is not in the way.
struct CommandPipes {
  var output: [2 of Int32] = [-1, -1]
  var errors: [2 of Int32] = [-1, -1]

  init() throws(KindError) {
    guard Self.open(&output), Self.open(&errors) else {
      let reason = String(cString: strerror(errno))
      close()
      throw .retry("no pipe for its output: \(reason)")
    }
  }

  private static func open(_ ends: inout [2 of Int32]) -> Bool {
    var pair: (Int32, Int32) = (-1, -1)
    let status = withUnsafeMutableBytes(of: &pair) {
      exec_pipe($0.baseAddress!.assumingMemoryBound(to: Int32.self))
    }
    ends[0] = pair.0
    ends[1] = pair.1
    return status == 0
  }

  mutating func close() {
    for descriptor in [output[0], output[1], errors[0], errors[1]] where descriptor >= 0 {
      Glibc.close(descriptor)
    }
  }
}
