internal import Scheduling
internal import WorkerPool

/// How a task ended: each gets exactly one.
public enum TaskOutcome: String, CaseIterable, Sendable {
  /// The kind is content.
  case passed
  /// The kind, or the request, says that it is not good.
  case failed
  /// Something is missing, and it can be neither good nor bad.
  case pending
  /// When its turn came the kind no longer wanted it.
  case stale
  /// By whoever handed it in, or with its pool.
  case cancelled
  /// It was not started in its time.
  case expired
  /// A time limit of its trial was passed.
  case timeout
  /// Something else of which there was a limit ran out: memory, processor time, output, or the kind's own.
  case limit
  /// Workers died of it.
  case crashed
  /// The kind, or its plugin, did what it must not do.
  case error
  /// It was not performed, and no worker could be had for it; or nobody knows whether it was, and it must not be twice.
  case lost
  /// No worker would ever take it.
  case unmatched
  /// By the smaller tasks that its kind made of it.
  case replaced
  /// It was not performed: the journal of an earlier run says that it ended well.
  case skipped

  init(_ outcome: Outcome) {
    self =
      switch outcome {
      case .passed: .passed
      case .failed: .failed
      case .pending: .pending
      case .stale: .stale
      case .cancelled: .cancelled
      case .expired: .expired
      case .timeout: .timeout
      case .limit: .limit
      case .crashed: .crashed
      case .error: .error
      case .lost: .lost
      case .unmatched: .unmatched
      case .replaced: .replaced
      case .skipped: .skipped
      }
  }
}

extension TaskOutcome {
  /// Whether a task that ended so went wrong: neither by the kind's leave nor on demand.
  public var isBad: Bool {
    switch self {
    case .passed, .pending, .stale, .cancelled, .replaced, .skipped: false
    case .failed, .expired, .timeout, .limit, .crashed, .error, .lost, .unmatched: true
    }
  }
}

/// Cases as a kind counts them.
public struct CaseCount: Hashable, Sendable {
  /// As the kind says.
  public var passed: UInt64
  /// Neither good nor bad: something is missing.
  public var pending: UInt64
  /// As the kind says.
  public var failed: UInt64

  package init(passed: UInt64 = 0, pending: UInt64 = 0, failed: UInt64 = 0) {
    self.passed = passed
    self.pending = pending
    self.failed = failed
  }

  init(_ counts: CaseCounts) {
    self.init(passed: counts.passed, pending: counts.pending, failed: counts.failed)
  }
}

/// What has come of one task.
public struct TaskResult: Sendable {
  /// How it ended.
  public var outcome: TaskOutcome
  /// In the kind's own cases.
  public var cases: CaseCount
  /// What `perform` or a hook returned where it failed; else 0.
  public var code: Int32
  /// Why, for an outcome that is not `passed`.
  public var message: String
  /// Trials that were begun.
  public var tries: Int
  /// From its acceptance to its end.
  public var duration: Duration
  /// The worker whose end was laid to it in its last trial.
  public var exit: ExitReport?

  init(_ end: TicketEnd) {
    outcome = TaskOutcome(end.outcome)
    cases = CaseCount(end.cases)
    code = end.code
    message = end.message
    tries = end.tries
    duration = .nanoseconds(Int64(clamping: end.durationNanoseconds))
    exit = end.death.map { ExitReport(worker: end.worker ?? 0, pid: -1, $0) }
  }
}

/// What has come of all tasks of a set.
public struct TaskSetResult: Hashable, Sendable {
  /// How often each outcome occurred; those that did not are left out.
  public var outcomes: [TaskOutcome: Int]
  /// In the kind's own cases.
  public var cases: CaseCount

  /// How many tasks ended so.
  public subscript(outcome: TaskOutcome) -> Int { outcomes[outcome] ?? 0 }
  /// How many tasks ended.
  public var tasks: Int { outcomes.values.reduce(0, +) }

  package init(outcomes: [TaskOutcome: Int], cases: CaseCount) {
    self.outcomes = outcomes
    self.cases = cases
  }

  init(_ totals: Pool.Totals) {
    var counts = BatchCounts()
    counts.outcomes = totals.outcomes
    counts.cases = totals.cases
    self.init(counts)
  }

  /// Those that occurred, with how often, in a fixed order: `3 passed, 1 failed`, or `none`.
  public var text: String {
    let parts = TaskOutcome.allCases.compactMap { outcome in
      self[outcome] == 0 ? nil : "\(self[outcome]) \(outcome.rawValue)"
    }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }

  init(_ counts: BatchCounts) {
    outcomes = [:]
    for outcome in Outcome.allCases where counts[outcome] > 0 {
      outcomes[TaskOutcome(outcome)] = counts[outcome]
    }
    cases = CaseCount(counts.cases)
  }
}
