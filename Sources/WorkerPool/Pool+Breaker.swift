internal import PluginLoading
internal import Scheduling
internal import Wire

// A kind whose workers fail to start, in a pool that lives on: its breaker is open, tries one worker, or is closed.
extension Pool {
  package enum BreakerState: Sendable {
    case open(nanoseconds: UInt64, message: String)
    case probing
    case closed
  }

  func breakerChanged(_ change: BreakerChange) {
    switch change {
    case .opened(let until):
      let message =
        "workers of kind \(kind.table.name) fail to start" + (lastStartFailure.map { ": \($0)" } ?? "")
      // For tasks that end before it is closed.
      failure = KindFailure(message: message, isPermanent: false)
      let pause = until.nanoseconds - min(now.nanoseconds, until.nanoseconds)
      options.onBreaker?(.open(nanoseconds: pause, message: message))
    case .probing: options.onBreaker?(.probing)
    case .closed:
      failure = nil
      options.onBreaker?(.closed)
    }
  }

  /// What the state of a worker needs may be there later. What it has loaded stays what it is.
  func mayRecover(_ phase: StartFailure.Phase) -> Bool {
    scheduler.policy.breaker.coolDown > 0 && phase == .initialise
  }
}
