internal import Glibc

/// Where reporters read the time; tests bring their own.
package struct Clock {
  /// Nanoseconds since 1970 in UTC.
  package var wall: () -> UInt64
  /// Nanoseconds that only ever grow.
  package var monotonic: () -> UInt64

  package init(wall: @escaping () -> UInt64, monotonic: @escaping () -> UInt64) {
    self.wall = wall
    self.monotonic = monotonic
  }

  package static var system: Clock {
    Clock(wall: { read(CLOCK_REALTIME) }, monotonic: { read(CLOCK_MONOTONIC) })
  }

  private static func read(_ id: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(id, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
