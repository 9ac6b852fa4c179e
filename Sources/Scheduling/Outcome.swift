/// How a task ended. Each accepted task gets exactly one; `skipped` is never the scheduler's: such a task is not handed to it.
package enum Outcome: UInt8, CaseIterable, Sendable {
  case passed, failed, pending, stale, cancelled, expired, timeout, limit, crashed, error, lost, unmatched,
    replaced, skipped

  /// Whether a task that ended so went wrong: neither by the kind's leave nor on demand.
  package var isBad: Bool {
    switch self {
    case .passed, .pending, .stale, .cancelled, .replaced, .skipped: false
    case .failed, .expired, .timeout, .limit, .crashed, .error, .lost, .unmatched: true
    }
  }
}

/// Why a task did not end with a response that was used. Decides which outcome it has unless its kind settles it.
package enum GoneCause: Hashable, Sendable {
  case cancelled
  case expired
  /// The worker died while it performed this task.
  case workerDied
  /// `perform` returned a failure.
  case failed
  case timeout
  case limit
  case unmatched
  /// A frame or size limit in this direction.
  case undecodable(Direction)
  /// No worker of the kind could be started.
  case unstarted

  package var outcome: Outcome {
    switch self {
    case .cancelled: .cancelled
    case .expired: .expired
    case .workerDied: .crashed
    case .failed: .error
    case .timeout: .timeout
    case .limit: .limit
    case .unmatched: .unmatched
    case .undecodable: .error
    case .unstarted: .lost
    }
  }
}

package enum Direction: UInt8, Hashable, Sendable {
  case toWorker = 1
  case fromWorker = 2
}
