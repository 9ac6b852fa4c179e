/// What the scheduler of one kind is told once. Times in nanoseconds.
package struct Policy: Sendable {
  /// Places for workers. 0: tasks only accumulate.
  package var slots: Int = 1
  /// The most workers that may hold tasks at a time, at most one for each place. With more places than that, the successor
  /// of a worker starts while that one still ends.
  package var workers: Int = .max
  /// Once the kind has let go of a worker: so many more are started ahead, as long as tasks wait for them.
  package var standby: Int = 0
  /// Requests in flight on one worker, 1 to 512. Above 1 only for kinds whose requests do not depend on status.
  package var window: Int = 1
  /// A worker with nothing to do gets requests that wait behind one that has been at work for so long elsewhere, if they may
  /// be sent again. 0: never.
  package var recallAfter: UInt64 = 1_000_000
  /// The kind has `task_match`, so an offer can be refused.
  package var mayRefuse = false
  /// A request that had started may be sent again.
  package var isIdempotent = false
  /// `on_task_gone` is asked at the first death of a task, before any retry.
  package var splitsDeadTasks = false
  package var retry = RetryPolicy()
  package var copies = CopyPolicy()
  /// What a worker has performed leaves nothing behind in it that its kind would have to know of.
  package var isStateless = false
  /// How much there is of each resource that tasks may demand.
  package var resources: [Int] = []
  /// So many tasks that end badly, or as `haltsOn` says, and no further one is started: the queued ones end as cancelled. 0: none is
  /// too many.
  package var maxFailures = 0
  package var haltsOn = HaltCondition.failure
  /// Those in flight are cancelled then, too.
  package var failFastKills = false
  /// After a cancel word or soft limit: SIGTERM after this time, SIGKILL after that.
  package var termGrace: UInt64 = 2_000_000_000
  package var killGrace: UInt64 = 4_000_000_000
  /// The same for `drain`: SIGKILL this long after it.
  package var drainGrace: UInt64 = 10_000_000_000
  /// From spawn to ready.
  package var startLimit: UInt64 = 30_000_000_000
  /// Of a part of that: from the process to its first word, and from there to ready. 0 = as long as the whole may take.
  package var handshakeLimit: UInt64 = 0
  package var loadLimit: UInt64 = 0
  /// From `retire` to exit.
  package var retireGrace: UInt64 = 5_000_000_000
  /// Restarts after failures (a death before ready, or with nothing started): the first at once, then backoffBase
  /// x 2^n up to backoffCap, +/- 20 %.
  package var backoffBase: UInt64 = 100_000_000
  package var backoffCap: UInt64 = 30_000_000_000
  /// So many failures within so long, and the kind is given up.
  package var restartBudgets: [RestartBudget] = [
    RestartBudget(failures: 5, within: 10_000_000_000), RestartBudget(failures: 10, within: 600_000_000_000),
  ]
  /// Deaths of workers that were ready are one failure within so long.
  package static let moment: UInt64 = 1_000_000_000
  /// What comes after that.
  package var breaker = BreakerPolicy()
  /// For the jitter of delays.
  package var seed: UInt64 = 0

  package init() {}
}

/// Which ends of tasks bring the end of a run nearer.
package enum HaltCondition: CaseIterable, Sendable {
  case failure, success
  /// Any that came of a trial, or of its lack.
  case end

  func holds(for outcome: Outcome) -> Bool {
    switch self {
    case .failure: outcome.isBad
    case .success: outcome == .passed
    case .end: outcome != .cancelled && outcome != .replaced
    }
  }
}

package struct RestartBudget: Hashable, Sendable {
  package var failures: Int
  package var within: UInt64

  package init(failures: Int, within: UInt64) {
    self.failures = failures
    self.within = within
  }
}
