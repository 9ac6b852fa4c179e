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
  /// Of a part of that: from the process to its first word. Nil: as long as the whole may take.
  public var handshakeLimit: Duration?
  /// Of the other part: from its first word to the end of its `worker_new`.
  public var loadLimit: Duration?
  /// What workers have left when they are closed with ``ClosingMode/cancel`` before they are killed.
  public var closeGrace = Duration.seconds(10)
  /// What workers are allowed.
  public var limits = WorkerLimits()
  /// Put before the command of each worker: the path of a program, and its arguments.
  public var launcher: [String]?
  /// What that program hands on to what it starts.
  public var launcherPasses = LauncherPassing.descriptors
  /// Workers after the first ones are forked by a process that has loaded the plugin, where that can be.
  public var usesForkServer = true
  /// So many bytes of one-way requests may be under way; whoever sends more waits.
  public var oneWayLimitBytes = 16 << 20
  /// Gets what tasks and calls print by `taskhost.print/1`, when each of them has ended, all pieces of one after the other. Called on
  /// the pool's thread, which waits for it. Nil: it is dropped. A ``Run`` has ``RunEvent/printed(_:)`` in place of it.
  public var onPrint: (@Sendable (PrintedBytes) -> Void)?
  /// Answers what workers ask of this program with `host_call`, where the kind's own host side does not. Nil: such a call fails with
  /// `TH_E_UNSUPPORTED`. The worker waits meanwhile, within the limits of its request. A call that only the worker which waits could
  /// perform fails with ``InfrastructureFailure/Cause/cycle``, if the answer itself awaits it; answers to all workers of a pool that wait
  /// for further calls in it wait for ever.
  public var onCall: (@Sendable (CallOfWorker) async throws -> [UInt8])?
  /// So many events are kept that nobody has read.
  public var eventLimit = 1024

  /// The defaults.
  public init() {}

  /// Those of a pool with workers of this kind.
  func forPool(_ kind: Kind, _ surroundings: Surroundings, inThisProcess: Bool) -> Pool.Options {
    var options = Pool.Options()
    options.maxFrame = maxFrameBytes
    options.startLimit = nanoseconds(startLimit)
    options.handshakeLimit = nanoseconds(handshakeLimit)
    options.loadLimit = nanoseconds(loadLimit)
    options.drainGrace = nanoseconds(closeGrace)
    options.settings = kind.settings
    options.forkServer = usesForkServer
    options.limits = limits.forPool
    options.controlGroups = limits.controlGroups.forPool
    options.surroundings = surroundings
    options.onWorkerCall = onCall.map { CallOfWorker.answering($0) }
    options.launcher = launcher.map {
      Launcher(words: $0, passes: launcherPasses == .descriptors ? .descriptors : .standardStreams)
    }
    options.localWorker = inThisProcess ? InProcessWorkers.factory : nil
    return options
  }

  /// What workers of this kind find around them. Throws for options that can not hold.
  func checked(for kind: Kind) throws(PoolError) -> Surroundings {
    guard 1...(1 << 30) ~= maxFrameBytes else {
      throw .badOption("the largest frame is \(maxFrameBytes) bytes, expected 1 to \(1 << 30)")
    }
    return try surroundings.checked(for: kind.host)
  }
}

/// What a program before workers hands on to what it starts.
public enum LauncherPassing: Sendable {
  /// All descriptors that it inherits, as `nice` and `numactl` do.
  case descriptors
  /// Standard input, output and error, as a remote shell does.
  case standardStreams
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
  /// What a busy worker may have resident, in bytes; also, counted from before its plugin is loaded, what it may ask for.
  public var memoryBytes: UInt64 = 0
  /// What a trial may print, in bytes.
  public var outputBytes: UInt64 = 0
  /// From telling a worker to end, with nothing to do, to SIGKILL.
  public var retireGrace = Duration.seconds(5)
  /// A worker that has done so many tasks gives way to a fresh one.
  public var tasksOfOneWorker: UInt64 = 0
  /// One that is so old does, too, when it has ended a task.
  public var ageOfOneWorker: Duration?
  /// One that has so much resident then does, too, in bytes.
  public var memoryOfOneWorkerBytes: UInt64 = 0
  /// Files that a worker may have open.
  public var openFiles: UInt64 = 0
  /// Processes and threads that the user of the worker may have, all counted.
  public var processes: UInt64 = 0
  /// The largest file that a worker may write, in bytes.
  public var fileSizeBytes: UInt64 = 0
  /// Workers may leave core files, as this process may; else there are none.
  public var keepsCores = false
  /// Whether each worker is, with all that it starts, in a control group of the kernel, which has its limits.
  public var controlGroups = ControlGroupUse.automatic

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
    limits.retireGrace = nanoseconds(retireGrace)
    limits.recycleTasks = tasksOfOneWorker
    limits.recycleAge = nanoseconds(ageOfOneWorker)
    limits.recycleMemory = memoryOfOneWorkerBytes
    limits.process.memory = memoryBytes
    limits.process.openFiles = openFiles
    limits.process.processes = processes
    limits.process.fileSize = fileSizeBytes
    limits.process.keepsCores = keepsCores
    return limits
  }
}

/// Whether workers are in control groups (version 2), each with all that it starts. What a worker has left is ended with its group;
/// ``WorkerLimits/memoryBytes`` and ``WorkerLimits/processes`` are then also those of the group, if its kernel has the controllers.
public enum ControlGroupUse: String, Hashable, Sendable {
  /// Never.
  case off
  /// Where such a limit is set, the process may divide its own group, and it is there for a run (``RunOptions/ownsProcess``): it is moved
  /// into a group below its own for as long as the run takes.
  case automatic = "auto"
  /// In any program. Without them, or without what the limits need of them, nothing is started and the pool ends with an error that names
  /// path, found and expected.
  case required = "require"

  var forPool: GroupUse {
    switch self {
    case .off: .off
    case .automatic: .automatic
    case .required: .required
    }
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

  init(_ report: PrintReport) {
    task = report.task
    stream = report.stream
    bytes = report.bytes
  }
}
