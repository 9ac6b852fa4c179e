/// Which trials that went wrong are followed by another one, and when.
package struct RetryPolicy: Hashable, Sendable {
  /// Trials of one task, where its worker lives on or is ended for it.
  package var tries = 3
  /// Deaths of workers that one task may cause before it ends as crashed.
  package var crashes = 3
  /// What is tried again without a word from the kind, also where a request that had started must not be sent again
  /// otherwise. Beside these, `perform` and `on_task_gone` may ask for a retry, and an idempotent kind gets one after a death.
  package var causes: RetryCauses = []
  /// The first retry waits so long, each further one twice as long as the one before, up to the cap; +/- 20 %.
  package var delayBase: UInt64 = 0
  package var delayCap: UInt64 = 60_000_000_000
  /// Not on the worker where it went wrong, if another one is free.
  package var prefersOtherWorker = false

  package init() {}
}

package struct RetryCauses: OptionSet, Hashable, Sendable {
  package var rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let workerDied = RetryCauses(rawValue: 1)
  package static let failed = RetryCauses(rawValue: 2)
  package static let timeout = RetryCauses(rawValue: 4)
  package static let limit = RetryCauses(rawValue: 8)

  /// What this cause is called here; nothing for one that no retry can help.
  init(_ cause: GoneCause) {
    switch cause {
    case .workerDied, .undecodable(.fromWorker): self = .workerDied
    case .failed: self = .failed
    case .timeout: self = .timeout
    case .limit: self = .limit
    case .cancelled, .expired, .unmatched, .undecodable(.toWorker), .unstarted: self = []
    }
  }
}
