/// What a ``Run`` tells, in order, on the thread of the run. The first is `started`, the last `finished`; a run that throws has no last
/// one.
public enum RunEvent: Sendable {
  // There may be four for each task. So what is large and rare is behind a pointer, here and in the parts.

  /// The kind is loaded. If all words were known it has made its tasks.
  indirect case started(RunStart)
  /// Ends of workers that tasks were lost with, and all else of workers where ``RunOptions/wantsTaskEvents`` is set.
  case worker(Worker)
  /// Tasks that went wrong, and all else of tasks where ``RunOptions/wantsTaskEvents`` is set.
  case task(Task)
  /// Only where ``RunOptions/wantsTaskEvents`` is set.
  case trial(Trial)
  /// Feedback of a worker whose kind does not take it itself.
  case feedback(worker: UInt64, bytes: [UInt8])
  /// A finding of the kind about its input. They come in the order of their tasks, whatever the workers did.
  indirect case finding(Finding)
  /// Bytes that plugin code in a worker has printed on its standard output (1) or standard error (2). At most 1 MiB in a second
  /// for each worker.
  case output(worker: UInt64, stream: Int32, bytes: [UInt8])
  /// What a task has printed by `taskhost.print/1`, when it has ended; all pieces of a task come one after the other.
  case printed(PrintedBytes)
  /// A line that plugin code has logged; without a worker it was the kind's host side.
  case log(worker: UInt64?, KindLogLine)
  /// How far the run has come, as the kind says.
  case progress(Progress)
  /// What the run is at: somebody has asked.
  indirect case status(Status)
  /// Something that the user should know and no task is to blame for.
  case warning(String)
  /// Nothing more is started, and so many tasks are told to give up. Not told of ``Run/cancel()``.
  case cancelling(CancelCause, running: Int)
  /// Workers and this process are about to be stopped, with so many tasks under way; they go on later.
  case paused(running: Int)
  /// They go on. The clock of the run has stood still for so long.
  case resumed(after: Duration)
  /// The sum of it all, which is also what the run returns.
  indirect case finished(RunSummary)
}

/// Why a run ends before its tasks have.
public enum CancelCause: Hashable, Sendable {
  /// This signal, the first one that came.
  case signal(Int32)
  /// The run has taken as long as it may.
  case timeout(Duration)
}

/// What a run begins with.
public struct RunStart: Sendable {
  /// A random UUID.
  public var runID: String
  /// The short name of the kind.
  public var kind: String
  /// Its name in reverse-DNS form.
  public var kindID: String
  /// As its manifest says.
  public var kindVersion: String
  /// The file of the plugin: absolute, without symbolic links.
  public var pluginPath: String
  /// The version of the plugin ABI that the kind was made for: `1.0`.
  public var abi: String
  /// How many workers may be at work.
  public var workers: Int
  /// There are no worker processes.
  public var inProcess: Bool
  /// How many tasks the kind has made; nil: they come as the run goes on.
  public var tasks: Int?

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
