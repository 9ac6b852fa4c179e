internal import Synchronization
internal import WorkerPool

/// Lines that plugin code logs in the host, from whatever thread, until the run's thread takes them.
final class LogInbox: Sendable {
  private let lines = Mutex<[LogLine]>([])
  private let bell = Mutex<(@Sendable () -> Void)?>(nil)

  func onArrival(_ ring: @escaping @Sendable () -> Void) { bell.withLock { $0 = ring } }

  func add(_ line: LogLine) {
    let isFirst = lines.withLock {
      $0.append(line)
      return $0.count == 1
    }
    if isFirst { bell.withLock { $0 }?() }
  }

  func take() -> [LogLine] {
    lines.withLock { lines in
      defer { lines.removeAll(keepingCapacity: true) }
      return lines
    }
  }
}
