internal import Synchronization

/// One session as seen by those who hold it. It ends once: by its close, or with its worker.
package final class SessionPort: Sendable {
  package enum End: Sendable {
    case closed
    /// The worker has ended, in whatever way, before the session was closed.
    case worker(number: UInt64, pid: Int32, WorkerEnd)
  }

  private struct State {
    var worker: UInt64?
    var end: End?
    var waiters: [@Sendable (End) -> Void] = []
  }

  private let state = Mutex(State())
  /// Given by the pool; of its thread alone.
  nonisolated(unsafe) var number: UInt64 = 0

  package init() {}

  /// The number of the worker that has it; nil before it is open.
  package var worker: UInt64? { state.withLock { $0.worker } }
  package var end: End? { state.withLock { $0.end } }

  /// `body` is called once: at once if it has ended.
  package func whenEnded(_ body: @escaping @Sendable (End) -> Void) {
    let end = state.withLock { state in
      if state.end == nil { state.waiters.append(body) }
      return state.end
    }
    if let end { body(end) }
  }

  func opened(on worker: UInt64) { state.withLock { $0.worker = worker } }

  func finish(_ end: End) {
    let waiters = state.withLock { state -> [@Sendable (End) -> Void] in
      guard state.end == nil else { return [] }
      state.end = end
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter(end) }
  }
}
