internal import Synchronization

/// One session as seen by those who hold it. It ends once: by its close, or with its worker.
package final class SessionPort: Sendable {
  package enum End: Sendable {
    case closed
    /// The worker has ended, in whatever way, before the session was closed.
    case worker(number: UInt64, pid: Int32, WorkerEnd)
  }

  private let only = SingleEnd<End>()
  private let place = Mutex<UInt64?>(nil)
  /// Given by the pool; of its thread alone.
  nonisolated(unsafe) var number: UInt64 = 0

  package init() {}

  /// The number of the worker that has it; nil before it is open.
  package var worker: UInt64? { place.guarded { $0 } }
  package var end: End? { only.value }

  /// `body` is called once: at once if it has ended.
  package func whenEnded(_ body: @escaping @Sendable (End) -> Void) { only.whenThere(body) }

  func opened(on worker: UInt64) { place.guarded { $0 = worker } }

  func finish(_ end: End) { only.come(end) }
}
