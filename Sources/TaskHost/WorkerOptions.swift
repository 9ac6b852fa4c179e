internal import Wire
internal import WorkerPool

/// What holds for single workers and for those of pools.
public struct WorkerOptions: Sendable {
  /// What workers find around them.
  public var surroundings = WorkerSurroundings()
  /// The largest request or answer, in bytes.
  public var maxFrameBytes = 100 << 20
  /// From the start of a worker to the end of its `worker_new`; then it is killed.
  public var startLimit = Duration.seconds(30)
  /// What workers have left when they are closed with ``ClosingMode/cancel`` before they are killed.
  public var closeGrace = Duration.seconds(10)
  /// What workers are allowed.
  public var limits = WorkerLimits()
  /// Put before the command of each worker; a program that hands on all descriptors, as `nice` and `numactl` do.
  public var launcher: [String]?
  /// Workers after the first ones are forked by a process that has loaded the plugin, where that can be.
  public var usesForkServer = true
  /// So many bytes of one-way requests may be under way; whoever sends more waits.
  public var oneWayLimitBytes = 16 << 20
  /// Gets what tasks and calls print by `taskhost.print/1`, when each of them has ended, all pieces of one after the other. Called on
  /// the pool's thread, which waits for it. Nil: it is dropped.
  public var onPrint: (@Sendable (PrintedBytes) -> Void)?
  /// Answers what workers ask of this program with `host_call`, where the kind's own host side does not. Nil: such a call fails with
  /// `TH_E_UNSUPPORTED`. The worker waits meanwhile, within the limits of its request.
  public var onCall: (@Sendable (CallOfWorker) async throws -> [UInt8])?
  /// So many events are kept that nobody has read.
  public var eventLimit = 1024

  /// The defaults.
  public init() {}
}

/// What workers are allowed. 0 and nil: no limit.
public struct WorkerLimits: Sendable {
  /// Of one trial, where the task does not say.
  public var softTime: Duration?
  /// Of one trial: killed.
  public var hardTime: Duration?
  /// From one step to the next of: told to give up, SIGTERM, SIGKILL.
  public var grace = Duration.seconds(2)
  /// Of one trial, on all processors.
  public var processorTime: Duration?
  /// What a busy worker may have resident, in bytes.
  public var memoryBytes: UInt64 = 0
  /// What a trial may print, in bytes.
  public var outputBytes: UInt64 = 0
  /// A worker that has done so many tasks gives way to a fresh one.
  public var tasksOfOneWorker: UInt64 = 0

  /// The defaults.
  public init() {}

  var forPool: RunLimits {
    var limits = RunLimits()
    limits.softTime = nanoseconds(softTime)
    limits.hardTime = nanoseconds(hardTime)
    limits.grace = nanoseconds(grace)
    limits.cpuTime = nanoseconds(processorTime)
    limits.memory = memoryBytes
    limits.output = outputBytes
    limits.recycleTasks = tasksOfOneWorker
    return limits
  }
}

/// How a pool or a worker comes to its end.
public enum ClosingMode: Hashable, Sendable {
  /// What was handed in comes to its end first.
  case finish
  /// What waits ends as cancelled; what is at work is told to give up, and killed after the grace.
  case cancel
  /// Workers are killed at once.
  case kill
}

/// A piece of what a task or a call has printed.
public struct PrintedBytes: Hashable, Sendable {
  /// The number of the task, in the order of acceptance from 1.
  public var task: UInt64
  /// 1: standard output; 2: standard error.
  public var stream: Int32
  /// As the kind has given them; not whole lines.
  public var bytes: [UInt8]
}
