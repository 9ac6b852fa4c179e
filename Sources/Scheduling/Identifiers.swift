/// A point on the monotonic clock, in nanoseconds. The scheduler never reads a clock: each event brings its time.
package struct Instant: Comparable, Hashable, Sendable {
  package var nanoseconds: UInt64

  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  package static let never = Instant(nanoseconds: .max)

  package static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Saturates, so that "never" stays never.
  package func advanced(by nanoseconds: UInt64) -> Instant {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return overflow ? .never : Instant(nanoseconds: sum)
  }
}

/// One accepted task. `index` is its row, which is used again after the task has ended; `serial` tells the
/// tenants of one row apart, so a stale id is always recognised.
package struct TaskID: Hashable, Sendable {
  package var index: UInt32
  package var serial: UInt32

  package init(index: UInt32, serial: UInt32) {
    self.index = index
    self.serial = serial
  }
}

/// One worker process: the place that it fills, and how many were there before it.
package struct WorkerID: Hashable, Sendable {
  package var slot: UInt32
  package var generation: UInt32

  package init(slot: UInt32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }
}

/// The number of a request on its worker: 1, 2, 3 ... for each worker process. 0 means none.
package typealias RequestID = UInt64
