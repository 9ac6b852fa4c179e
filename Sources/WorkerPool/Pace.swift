/// How many requests a worker of a pipelined kind should have in flight: about 200 microseconds of work, so that empty
/// tasks flow in bulk and long ones are not hoarded by one worker while another is idle.
package struct Pace {
  package static let largest = 256
  private static let target = 200_000.0

  /// Nanoseconds per request of one worker, a moving average; 0 = nothing is known.
  private var mean = 0.0
  private(set) var window = 2

  /// A batch of `count` responses came `elapsed` ns after the one before, from a worker that was busy in between.
  mutating func observe(_ count: Int, elapsed: UInt64) {
    guard count > 0 else { return }
    let each = Double(elapsed) / Double(count)
    mean = mean == 0 ? each : mean + (each - mean) * 0.2
    let ideal = Self.target / max(mean, 1)
    // At least two, so that a worker finds its next request when it has answered one.
    let wanted = min(max(Int(min(ideal, 1e6)), 2), Self.largest)
    // Growth is gradual: a few quick answers do not make a fast kind.
    window = wanted > window ? min(wanted, 2 * window) : wanted
  }
}
