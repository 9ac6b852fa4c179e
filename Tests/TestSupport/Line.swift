internal import CPosix
internal import Glibc

/// A FIFO that many processes hold open: what they write can be read, and its end says that all of them are gone.
package final class Line {
  package let path: String
  package private(set) var text = ""
  private let descriptor: Int32

  package init(_ path: String) throws {
    self.path = path
    guard mkfifo(path, 0o600) == 0 else {
      throw Child.Failure(description: "mkfifo \(path): \(String(cString: strerror(errno)))")
    }
    descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Child.Failure(description: "open \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  /// Until `isReached`; throws at the deadline. At least one process must have written before the end can be seen.
  package func wait(for what: String, seconds: Double = 60, until isReached: (String) -> Bool) throws {
    try read(what, seconds) { isReached(self.text) }
  }

  /// Until nobody holds it any more; throws at the deadline.
  package func waitForEnd(seconds: Double = 60) throws { try read("the end of the line", seconds) { false } }

  /// Does nobody hold it now; not to be asked before somebody has.
  package var hasEnded: Bool {
    var poller = pollfd(fd: descriptor, events: 0, revents: 0)
    return poll(&poller, 1, 0) == 1 && poller.revents & Int16(POLLHUP) != 0
  }

  private func read(_ what: String, _ seconds: Double, _ isReached: () -> Bool) throws {
    let deadline = cpx_now() + UInt64(seconds * 1e9)
    var room = [UInt8](repeating: 0, count: 4096)
    while !isReached() {
      let now = cpx_now()
      guard now < deadline else {
        throw Child.Failure(description: "\(what): not within \(seconds) s; it says: \(text)")
      }
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&poller, 1, Int32(min((deadline - now) / 1_000_000 + 1, 1000)))
      let count = Glibc.read(descriptor, &room, room.count)
      if count > 0 { text += String(decoding: room[..<count], as: UTF8.self) }
      // Before the first writer has come there is an end, too.
      if count == 0, !text.isEmpty { return }
    }
  }
}
