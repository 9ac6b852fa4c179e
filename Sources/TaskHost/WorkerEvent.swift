/// What happens in a pool, in its order. There is exactly one `ended` for each `spawned`.
public enum WorkerEvent: Sendable {
  /// The process exists; whether it can work is not known yet. Workers are numbered from 1.
  case spawned(worker: UInt64, pid: Int32)
  /// Its own `worker_new` has finished.
  case ready(worker: UInt64, pid: Int32)
  /// Its process has begun to end by itself. Nothing more comes from it but `ended`, which says how and why: when the kernel has
  /// freed what the process had, for a large one many milliseconds later. Told of most workers that die while they are ready, not
  /// of all.
  case dying(worker: UInt64, pid: Int32)
  /// It is gone, and reaped.
  case ended(ExitReport)
  /// No more workers are started, and why. Tasks that wait end as `lost`.
  case noMoreWorkers(String)
  /// The breaker of the pool has come to this; see ``StartBreaker``.
  case breaker(StartBreaker.State)
  /// A line that plugin code in a worker has logged.
  case log(worker: UInt64, KindLogLine)
  /// Bytes that plugin code in a worker has printed on its standard output (1) or standard error (2). At most 1 MiB in a second
  /// for each worker.
  case output(worker: UInt64, stream: Int32, bytes: [UInt8])
  /// Feedback of a worker whose kind does not take it itself.
  case feedback(worker: UInt64, bytes: [UInt8])
  /// A finding of the kind about its input, in the order of tasks.
  case finding(Finding)
  /// Something that the user should know and no task is to blame for.
  case warning(String)
  /// So many events before this one were given up, as nobody took them in time.
  case dropped(Int)
}

/// A finding of a kind about its input.
public struct Finding: Hashable, Sendable {
  /// How grave it is.
  public enum Severity: String, CaseIterable, Sendable {
    /// Worth to be known.
    case note
    /// May be wrong.
    case warning
    /// Something is missing.
    case incomplete
    /// Wrong.
    case failed
    /// Nobody knows, as a limit was passed.
    case limit
    /// The input can not be used.
    case error
  }

  /// The number of the task, in the order of acceptance from 1; nil: of no task.
  public var task: UInt64?
  /// How grave it is.
  public var severity: Severity
  /// Where it was found; empty if the kind does not say.
  public var file: String
  /// From 1; 0 = unknown.
  public var line: UInt32
  /// From 1; 0 = unknown.
  public var column: UInt32
  /// The kind's name for the place.
  public var label: String
  /// A position in the kind's own counting, from 1; 0 = none.
  public var step: UInt64
  /// For people.
  public var message: String
  /// One JSON object of the kind's, or empty.
  public var json: String

  package init(
    task: UInt64?, severity: Severity, file: String, line: UInt32, column: UInt32, label: String,
    step: UInt64,
    message: String, json: String
  ) {
    self.task = task
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.label = label
    self.step = step
    self.message = message
    self.json = json
  }
}
