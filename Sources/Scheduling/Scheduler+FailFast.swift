extension Scheduler {
  /// Before the first task: how many are enough.
  package mutating func halt(after count: Int) { mostFailures = count }

  /// Counts a task that has ended, and stops the start of further ones when enough have ended badly, or as the user says.
  mutating func noteEnd(_ outcome: Outcome) {
    guard policy.haltsOn.holds(for: outcome), !isFailedFast else { return }
    failureCount += 1
    guard failureCount >= mostFailures else { return }
    isFailedFast = true
    cancelsRest = policy.failFastKills
    actions.push(.failedFast(failures: failureCount))
  }

  /// Nothing more is started.
  var isStopping: Bool { isDraining || isFailedFast }
}
