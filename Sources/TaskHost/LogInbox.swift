internal import Synchronization
internal import WorkerPool

/// Lines that plugin code logs in the host, from whatever thread, until the run's thread takes them.
final class LogInbox: Sendable {
  typealias Line = (worker: UInt64?, line: KindLogLine)

  private let lines = Mutex<[Line]>([])
  /// There are some: so that nobody has to lock to see that there are none.
  private let hasLines = Atomic(false)
  private let bell = Mutex<(@Sendable () -> Void)?>(nil)

  /// Nil: nobody is to be told any more; when this returns nobody is.
  func onArrival(_ ring: (@Sendable () -> Void)?) { bell.guarded { $0 = ring } }

  /// Without a worker: from the kind's host side.
  func add(_ worker: UInt64?, _ line: KindLogLine) {
    let isFirst = lines.guarded {
      $0.append((worker, line))
      hasLines.store(true, ordering: .releasing)
      return $0.count == 1
    }
    // Under the lock: later the descriptor may be somebody else's.
    if isFirst { bell.guarded { $0?() } }
  }

  func take() -> [Line]? {
    guard hasLines.load(ordering: .acquiring) else { return nil }
    return lines.guarded { lines in
      hasLines.store(false, ordering: .releasing)
      defer { lines.removeAll(keepingCapacity: true) }
      return lines
    }
  }
}
