package import WorkerPool

/// What one run tells its reporter, in order, on one thread. The first is `started`, the last `finished`.
package enum RunEvent {
  case started(RunStart)
  case pool(PoolEvent)
  /// The first signal: nothing more is started.
  case cancelling(signal: Int32, running: Int)
  case finished(RunSummary)
}

package struct RunStart {
  package var runID: String
  package var kind: String
  package var kindID: String
  package var kindVersion: String
  package var pluginPath: String
  package var abi: String
  package var workers: Int
  package var inProcess: Bool
  package var tasks: Int
}

package struct RunSummary {
  /// Tasks by outcome, only those that occurred.
  package var outcomes: [(outcome: String, count: Int)]
  package var tasks: Int
  package var cases: CaseCounts
  package var elapsedNanoseconds: UInt64
  package var workersStarted: Int
  package var peakWorkerMemoryBytes: UInt64
  /// In the kind's own words and units.
  package var text: String
  package var exitCode: ExitCode
  /// Why no more workers were started, if that is so.
  package var failure: String?
  /// Set when a signal ended the run: the process should die by it after cleaning up.
  package var signal: Int32?
}
