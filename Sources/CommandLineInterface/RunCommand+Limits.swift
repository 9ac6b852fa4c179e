internal import ArgumentParser
internal import TaskHost
internal import Wire
internal import WorkerPool

/// What tasks, workers and the run are allowed.
struct LimitOptions: ParsableArguments {
  @Option(
    name: .customLong("soft-timeout"), parsing: .unconditional,
    help: ArgumentHelp(
      "A task that takes longer is told to give up, and after the grace its worker gets SIGTERM.",
      discussion: "For tasks to which the kind gives no limit of their own, as with --timeout.",
      valueName: "duration"))
  var softTimeout: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A task that takes longer is killed with its worker. Later than --soft-timeout.", valueName: "duration")
  )
  var timeout: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "From telling a task to give up to SIGTERM, and from there to SIGKILL.",
      discussion:
        "2s if not given. An idle worker that was told to end is killed after it; after 5s if not given.",
      valueName: "duration"))
  var grace: String?

  @Option(
    name: .customLong("run-timeout"), parsing: .unconditional,
    help: ArgumentHelp(
      "A run that takes longer is ended as by SIGINT, and exits with 100 or a graver code.",
      valueName: "duration"))
  var runTimeout: String?

  @Option(
    name: .customLong("memory-limit"), parsing: .unconditional,
    help: ArgumentHelp("The memory of one worker, in bytes or with K, M or G.", valueName: "size"))
  var memoryLimit: String?

  @Option(
    name: .customLong("cpu-limit"), parsing: .unconditional,
    help: ArgumentHelp("The processor time of one task, all threads together.", valueName: "duration"))
  var cpuLimit: String?

  @Option(
    name: .customLong("output-limit"), parsing: .unconditional,
    help: ArgumentHelp("What one task may print.", valueName: "size"))
  var outputLimit: String?

  @Option(
    name: .customLong("open-files"), parsing: .unconditional,
    help: ArgumentHelp("Open files of one worker, 16 or more.", valueName: "N"))
  var openFiles: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Processes and threads of this user, all together: a worker can start none above it. Nothing for root.",
      valueName: "N"))
  var processes: String?

  @Option(
    name: .customLong("file-size"), parsing: .unconditional,
    help: ArgumentHelp("The largest file that a worker may write.", valueName: "size"))
  var fileSize: String?

  @Flag(name: .customLong("core-dumps"), help: "Let workers that crash dump core, as far as the system does.")
  var coreDumps = false

  @Option(
    name: .customLong("recycle-tasks"), parsing: .unconditional,
    help: ArgumentHelp(
      "Replace a worker when it has done so many tasks, a tenth more or less.", valueName: "N"))
  var recycleTasks: String?

  @Option(
    name: .customLong("recycle-after"), parsing: .unconditional,
    help: ArgumentHelp("Replace a worker that is older when it has done its task.", valueName: "duration"))
  var recycleAfter: String?

  @Option(
    name: .customLong("recycle-memory"), parsing: .unconditional,
    help: ArgumentHelp("Replace a worker that is larger when it has done its task.", valueName: "size"))
  var recycleMemory: String?

  func runLimits() throws(CommandFailure) -> RunLimits {
    var limits = RunLimits()
    limits.softTime = try OptionValue.duration("--soft-timeout", softTimeout)
    limits.hardTime = try OptionValue.duration("--timeout", timeout)
    if let softTimeout, let timeout, limits.hardTime <= limits.softTime {
      throw OptionValue.wrong(
        "--timeout", timeout, expected: "more than --soft-timeout, which is '\(softTimeout)'")
    }
    if grace != nil {
      limits.grace = try OptionValue.duration("--grace", grace)
      limits.retireGrace = limits.grace
    }
    limits.runTime = try OptionValue.duration("--run-timeout", runTimeout)
    limits.memory = try OptionValue.size("--memory-limit", memoryLimit)
    limits.cpuTime = try OptionValue.duration("--cpu-limit", cpuLimit)
    limits.output = try OptionValue.size("--output-limit", outputLimit)
    limits.process.memory = limits.memory
    limits.process.openFiles = try OptionValue.count("--open-files", openFiles, least: 16)
    limits.process.processes = try OptionValue.count("--processes", processes)
    limits.process.fileSize = try OptionValue.size("--file-size", fileSize)
    limits.process.keepsCores = coreDumps
    limits.recycleTasks = try OptionValue.count("--recycle-tasks", recycleTasks)
    limits.recycleAge = try OptionValue.duration("--recycle-after", recycleAfter)
    limits.recycleMemory = try OptionValue.size("--recycle-memory", recycleMemory)
    return limits
  }

  /// Without workers there is nothing that could be ended or replaced.
  func refuseInProcess() throws(CommandFailure) {
    let given = [
      ("--soft-timeout", softTimeout), ("--timeout", timeout), ("--memory-limit", memoryLimit),
      ("--cpu-limit", cpuLimit), ("--output-limit", outputLimit), ("--open-files", openFiles),
      ("--processes", processes), ("--file-size", fileSize), ("--recycle-tasks", recycleTasks),
      ("--recycle-after", recycleAfter), ("--recycle-memory", recycleMemory),
    ]
    guard let (option, _) = given.first(where: { $0.1 != nil }) else { return }
    throw .usage(
      "\(option) can not be kept with --in-process: there is no worker to end", hint: "taskhost run --help")
  }
}

/// Values of options, read strictly. What is not given is 0.
enum OptionValue {
  static func duration(_ option: String, _ text: String?) throws(CommandFailure) -> UInt64 {
    guard let text else { return 0 }
    guard let span = TimeSpan.parse(text) else {
      throw wrong(option, text, expected: "a duration with its unit, such as 500ms, 30s or 2m")
    }
    return span
  }

  static func size(_ option: String, _ text: String?) throws(CommandFailure) -> UInt64 {
    guard let text else { return 0 }
    guard let size = ByteSize.parse(text), size >= 1 else {
      throw wrong(option, text, expected: "a size of 1 byte or more, such as 64M")
    }
    return UInt64(size)
  }

  static func count(_ option: String, _ text: String?, least: UInt64 = 1) throws(CommandFailure) -> UInt64 {
    guard let text else { return 0 }
    guard let count = UInt64(text), count >= least, count <= UInt64(Int32.max), !text.hasPrefix("+") else {
      throw wrong(option, text, expected: "a number of \(least) or more")
    }
    return count
  }

  static func wrong(_ option: String, _ value: String, expected: String) -> CommandFailure {
    .usage("\(option) is '\(value)'; expected \(expected)", hint: "taskhost run --help")
  }
}
