internal import Scheduling
internal import WorkerPool

/// What a pool does with a kind whose workers fail to start: five times within ten seconds, or ten times within ten minutes.
///
/// The breaker is closed at first. When so many have failed it opens: no worker is started, and what waits for one goes on waiting
/// until it expires or is cancelled. After the cool-down one worker is tried, if there is something to do. If that one becomes
/// ready the breaker is closed; if it fails, the breaker is open for longer. A pool that is being closed waits for no recovery:
/// what is queued then ends as lost.
public struct StartBreaker: Hashable, Sendable {
  /// From the opening to the one worker that is tried, a fifth more or less; doubled after each further failure.
  public var coolDown = Duration.seconds(10)
  /// The longest cool-down.
  public var longestCoolDown = Duration.seconds(600)

  /// The defaults.
  public init() {}

  var policy: BreakerPolicy {
    var policy = BreakerPolicy()
    policy.coolDown = max(1, nanoseconds(coolDown))
    policy.cap = max(policy.coolDown, nanoseconds(longestCoolDown))
    return policy
  }

  /// What it has come to.
  public enum State: Hashable, Sendable {
    /// No worker is started for so long, and why.
    case open(for: Duration, because: String)
    /// One worker is being started.
    case probing
    /// Workers are started as ever.
    case closed
  }
}

extension StartBreaker.State {
  init(_ state: Pool.BreakerState) {
    switch state {
    case .open(let pause, let message):
      self = .open(for: .nanoseconds(Int64(clamping: pause)), because: message)
    case .probing: self = .probing
    case .closed: self = .closed
    }
  }
}
