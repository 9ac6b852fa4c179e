internal import Synchronization
internal import WorkerPool

/// Lines that plugin code logs in the host, from whatever thread, until the run's thread takes them.
final class LogInbox: Sendable {
  private let lines = Mutex<[LogLine]>([])
  /// There are some: so that nobody has to lock to see that there are none.
  private let hasLines = Atomic(false)
  private let bell = Mutex<(@Sendable () -> Void)?>(nil)

  func onArrival(_ ring: @escaping @Sendable () -> Void) { bell.guarded { $0 = ring } }

  func add(_ line: LogLine) {
    let isFirst = lines.guarded {
      $0.append(line)
      hasLines.store(true, ordering: .releasing)
      return $0.count == 1
    }
    if isFirst { bell.guarded { $0 }?() }
  }

  func take() -> [LogLine]? {
    guard hasLines.load(ordering: .acquiring) else { return nil }
    return lines.guarded { lines in
      hasLines.store(false, ordering: .releasing)
      defer { lines.removeAll(keepingCapacity: true) }
      return lines
    }
  }
}
