import Foundation
import TestSupport
import Testing

/// A FIFO that the test keeps open for both directions: what writes to it neither ends nor is read before the test does so.
struct HeldFIFO {
  let path: String
  let descriptor: Int32

  init(in workshop: Workshop) throws {
    path = workshop.path("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    try #require(descriptor >= 0)
  }

  /// What writes to it now waits.
  var isFull: Bool {
    var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return Glibc.poll(&poll, 1, 0) == 0
  }
}
