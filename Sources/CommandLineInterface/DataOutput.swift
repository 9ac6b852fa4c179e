internal import Glibc
package import TaskHost

/// A buffered way to one file descriptor. What is written stays here until `flush`, or until 64 KiB have gathered
/// at the end of a line.
///
/// A reader that has gone (EPIPE) is no error: the rest is dropped. Any other failure is kept, and each `flush`
/// from then on throws it.
package final class DataOutput {
  private static let flushSize = 64 << 10

  private let descriptor: Int32
  private let name: String
  @exclusivity(unchecked) private var buffer = ByteBuffer(capacity: 2 * flushSize)
  private var isGone = false
  @exclusivity(unchecked) package private(set) var failure: RunError?

  /// `descriptor` stays open; `name` is for messages.
  package init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Appends what ends with a whole line.
  func appendLine(_ body: (inout ByteBuffer) -> Void) {
    if isGone || failure != nil {
      buffer.truncate(to: 0)
    }
    body(&buffer)
    if buffer.count >= DataOutput.flushSize { drain() }
  }

  package func write(_ text: String) {
    appendLine { $0.append(text) }
  }

  package func flush() throws(RunError) {
    drain()
    if let failure { throw failure }
  }

  /// For a program that this process becomes.
  func becomeStandardOutput() { if descriptor >= 0 { dup2(descriptor, 1) } else { close(1) } }

  /// Whether people see it as it comes.
  lazy var isTerminal = isatty(descriptor) == 1

  /// Lets the kernel copy bytes of a file, and says how many: fewer where it can not, as behind the end of a file to append to.
  func copy(from source: Int32, _ offset: Int, count: Int) -> Int {
    drain()
    var at = off_t(offset)
    let end = at + off_t(count)
    while at < end, !isGone, failure == nil {
      let result = sendfile(descriptor, source, &at, Int(end - at))
      if result > 0 { continue }
      let code = errno
      if result < 0, code == EINTR { continue }
      if result < 0, code == EAGAIN {
        awaitRoom()
        continue
      }
      // A failure of the stream shows again when the rest is written.
      return Int(at) - offset
    }
    return count
  }

  /// Standard output may be shared with a program that made it non-blocking.
  private func awaitRoom() {
    var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = Glibc.poll(&poll, 1, -1)
  }

  /// Writes what is there; a failure shows at the next `flush`.
  func drain() {
    guard buffer.count > 0 else { return }
    if !isGone, failure == nil {
      var written = 0
      while written < buffer.count {
        let rest = buffer.count - written
        let result = Glibc.write(descriptor, buffer.bytes.baseAddress! + written, rest)
        if result >= 0 {
          written += result
          continue
        }
        let code = errno
        if code == EINTR { continue }
        if code == EAGAIN {
          awaitRoom()
          continue
        }
        if code == EPIPE {
          isGone = true
        } else {
          failure = RunError(
            .cannotWrite, "cannot write to \(name)",
            causes: ["\(String(cString: strerror(code))) (errno \(code))"])
        }
        break
      }
    }
    buffer.truncate(to: 0)
  }
}
