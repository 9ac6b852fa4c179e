internal import CPosix
internal import Glibc
package import TaskHost

/// A buffered way to one file descriptor. What is written stays here until `flush`, or until 64 KiB have gathered
/// at the end of a line.
///
/// A reader that has gone (EPIPE) is no error: the rest is dropped. One that takes nothing when a signal has asked for the end of the run
/// is given up, too: what it does not get is counted. Any other failure is kept, and each `flush` from then on throws it.
package final class DataOutput {
  private static let flushSize = 64 << 10

  private let descriptor: Int32
  private let name: String
  @exclusivity(unchecked) private var buffer = ByteBuffer(capacity: 2 * flushSize)
  private var isGone = false
  private var patience = cpx_patience()
  /// How many bytes a reader did not get that was given up.
  package private(set) var abandoned = 0
  package var isAbandoned: Bool { abandoned > 0 }
  @exclusivity(unchecked) package private(set) var failure: RunError?

  /// `descriptor` stays open; `name` is for messages.
  package init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    wait(for: .seconds(2))
  }

  /// For how long the reader may take nothing once a signal asks for the end.
  func wait(for grace: Duration) { patience.limit = grace.nanoseconds }

  /// Appends what ends with a whole line.
  func appendLine(_ body: (inout ByteBuffer) -> Void) {
    if isGone || failure != nil {
      if isAbandoned { abandoned += buffer.count }
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
    if isAbandoned {
      abandoned += count
      return count
    }
    var at = off_t(offset)
    let end = at + off_t(count)
    while at < end, !isGone, failure == nil {
      let result = cpx_send_file(descriptor, source, &at, Int(end - at), &patience)
      if result > 0 { continue }
      let code = errno
      if result < 0, code == EINTR { continue }
      if result < 0, code == ECANCELED {
        abandon(Int(end - at))
        break
      }
      // A failure of the stream shows again when the rest is written.
      return Int(at) - offset
    }
    return count
  }

  private func abandon(_ count: Int) {
    isGone = true
    abandoned += count
  }

  /// What there is to say of a reader that was given up.
  var abandonment: RunError? {
    guard isAbandoned else { return nil }
    return RunError(
      .cannotWrite, "cannot write to \(name)",
      causes: ["its reader did not take them in time after the signal: \(abandoned) bytes are lost"])
  }

  /// Writes what is there; a failure shows at the next `flush`.
  func drain() {
    guard buffer.count > 0 else { return }
    if isAbandoned {
      abandoned += buffer.count
    } else if !isGone, failure == nil {
      var written = 0
      while written < buffer.count {
        let rest = buffer.count - written
        let result = cpx_write(descriptor, buffer.bytes.baseAddress! + written, rest, &patience)
        if result >= 0 {
          written += result
          continue
        }
        let code = errno
        if code == EINTR { continue }
        if code == ECANCELED {
          abandon(rest)
        } else if code == EPIPE {
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
