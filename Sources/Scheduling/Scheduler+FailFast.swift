extension Scheduler {
  /// Counts a task that has ended, and stops the start of further ones when enough have ended badly.
  mutating func noteEnd(_ outcome: Outcome) {
    guard outcome.isBad, !isFailedFast else { return }
    failureCount += 1
    guard failureCount >= policy.maxFailures else { return }
    isFailedFast = true
    cancelsRest = policy.failFastKills
    actions.push(.failedFast(failures: failureCount))
  }

  /// Nothing more is started.
  var isStopping: Bool { isDraining || isFailedFast }
}
