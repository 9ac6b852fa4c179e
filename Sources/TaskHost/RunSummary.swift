/// What has come of a run.
public struct RunSummary: Sendable {
  /// How its tasks have ended, with the sum of their cases.
  public var ended: TaskSetResult
  /// From its start to its end, without the time in which it was paused.
  public var elapsed: Duration
  /// How many workers there were, one after the other or side by side.
  public var workersStarted: Int
  /// The most that one of them had resident.
  public var peakWorkerMemoryBytes: UInt64
  /// In the kind's own words and units, or how many tasks ended how.
  public var text: String
  /// What `taskhost run` exits with after such a run.
  public var exitCode: ExitCode
  /// Why no more workers were started, if that is so.
  public var failure: String?
  /// The signal that has ended the run before its tasks had ended. A process of its own should die by it after cleaning up.
  public var signal: Int32?
  /// The time of the run was over before its tasks were.
  public var isOverTime: Bool
  /// ``Run/cancel()`` was called before its tasks had ended.
  public var isCancelled: Bool
  /// Trials that did not count, as another one of their task did.
  public var superseded: Int

  package init(
    ended: TaskSetResult, elapsed: Duration, workersStarted: Int, peakWorkerMemoryBytes: UInt64, text: String,
    exitCode: ExitCode, failure: String? = nil, signal: Int32? = nil, isOverTime: Bool = false,
    isCancelled: Bool = false, superseded: Int = 0
  ) {
    self.ended = ended
    self.elapsed = elapsed
    self.workersStarted = workersStarted
    self.peakWorkerMemoryBytes = peakWorkerMemoryBytes
    self.text = text
    self.exitCode = exitCode
    self.failure = failure
    self.signal = signal
    self.isOverTime = isOverTime
    self.isCancelled = isCancelled
    self.superseded = superseded
  }
}

/// Why a run could not be made or went wrong as a whole.
public struct RunError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What `taskhost run` exits with.
  public var exitCode: ExitCode
  /// For people.
  public var message: String
  /// What led to it, outermost first.
  public var causes: [String] = []
  /// A command by which the user of `taskhost` learns more.
  public var hint: String?

  /// One line, with all causes.
  public var description: String { ([message] + causes).joined(separator: ": ") }

  /// A failure of a program around the library, or of its output.
  public init(_ exitCode: ExitCode, _ message: String, causes: [String] = [], hint: String? = nil) {
    self.exitCode = exitCode
    self.message = message
    self.causes = causes
    self.hint = hint
  }
}
