internal import Synchronization

/// Requests without an answer: how many bytes of them are under way, and how many have failed. From any thread.
package final class OneWayGate: Sendable {
  private struct State {
    var bytes = 0
    var sent: UInt64 = 0
    var failed: UInt64 = 0
    var waiters: [(bytes: Int, body: @Sendable () -> Void)] = []
    var isOpen = true

    mutating func release(_ limit: Int) -> [@Sendable () -> Void] {
      var released: [@Sendable () -> Void] = []
      while let next = waiters.first, bytes == 0 || next.bytes <= limit - bytes {
        waiters.removeFirst()
        bytes += next.bytes
        sent += 1
        released.append(next.body)
      }
      return released
    }
  }

  private let state = Mutex(State())
  private let limit: Int

  /// `limit` bytes may be under way; one request always may.
  package init(limit: Int) { self.limit = limit }

  /// `body` is called once, when there is room for so many bytes: at once, or on the pool's thread.
  package func enter(_ bytes: Int, _ body: @escaping @Sendable () -> Void) {
    let mayEnter = state.guarded { state in
      guard state.isOpen, state.bytes > 0, state.bytes + bytes > limit || !state.waiters.isEmpty else {
        state.bytes += bytes
        state.sent += 1
        return true
      }
      state.waiters.append((bytes, body))
      return false
    }
    if mayEnter { body() }
  }

  package func leave(_ bytes: Int, failed: Bool) {
    let released = state.guarded { state in
      state.bytes -= bytes
      if failed { state.failed += 1 }
      return state.release(limit)
    }
    for body in released { body() }
  }

  /// The pool has ended: nobody waits any more.
  package func open() {
    let released = state.guarded { state in
      state.isOpen = false
      return state.release(.max)
    }
    for body in released { body() }
  }

  package var counts: (sent: UInt64, failed: UInt64, bytes: Int) {
    state.guarded { ($0.sent, $0.failed, $0.bytes) }
  }
}
