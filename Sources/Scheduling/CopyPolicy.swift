/// When a task that takes long is sent a second time, to a worker that has nothing to do. Only requests that may be sent
/// again are.
package struct CopyPolicy: Hashable, Sendable {
  /// A trial is long when it has been at work for this many times the 95th percentile of the trials of the run, or of what its
  /// task was expected to take if that is more. 0: there are no copies.
  package var factor = 0.0
  /// So many responses are needed to know what is usual.
  package var leastResponses = 10
  /// A copy costs more than it can save where the trial has not been at work for so long (nanoseconds).
  package var leastTime: UInt64 = 100_000_000

  package init() {}
}
