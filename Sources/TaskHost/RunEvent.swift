package import WorkerPool

/// What one run tells its reporter, in order, on one thread. The first is `started`, the last `finished`.
package enum RunEvent {
  case started(RunStart)
  case pool(PoolEvent)
  /// Nothing more is started.
  case cancelling(CancelCause, running: Int)
  /// Workers and host are about to be stopped; they go on.
  case paused(running: Int)
  case resumed(pausedNanoseconds: UInt64)
  case finished(RunSummary)
}

/// Why a run ends before its tasks have.
package enum CancelCause {
  /// The first one.
  case signal(Int32)
  /// The run has taken so long.
  case timeout(nanoseconds: UInt64)
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
  /// Nil: they come as the run goes on.
  package var tasks: Int?

  package init(
    runID: String, kind: String, kindID: String, kindVersion: String, pluginPath: String, abi: String,
    workers: Int, inProcess: Bool, tasks: Int?
  ) {
    self.runID = runID
    self.kind = kind
    self.kindID = kindID
    self.kindVersion = kindVersion
    self.pluginPath = pluginPath
    self.abi = abi
    self.workers = workers
    self.inProcess = inProcess
    self.tasks = tasks
  }
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
  /// The time of the run was over before its tasks were.
  package var isOverTime: Bool
  /// Trials that did not count, as another one of their task did.
  package var superseded: Int

  package init(
    outcomes: [(outcome: String, count: Int)], tasks: Int, cases: CaseCounts, elapsedNanoseconds: UInt64,
    workersStarted: Int, peakWorkerMemoryBytes: UInt64, text: String, exitCode: ExitCode,
    failure: String? = nil, signal: Int32? = nil, isOverTime: Bool = false, superseded: Int = 0
  ) {
    self.outcomes = outcomes
    self.tasks = tasks
    self.cases = cases
    self.elapsedNanoseconds = elapsedNanoseconds
    self.workersStarted = workersStarted
    self.peakWorkerMemoryBytes = peakWorkerMemoryBytes
    self.text = text
    self.exitCode = exitCode
    self.failure = failure
    self.signal = signal
    self.isOverTime = isOverTime
    self.superseded = superseded
  }
}
