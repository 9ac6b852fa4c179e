internal import ArgumentParser
internal import TaskHost

struct RunCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs tasks of one kind.",
    discussion: """
      The kind makes tasks of the words: files for most kinds. Words after `--` are taken as they are, also when \
      they begin with a dash.

      Text for people goes to standard error, data to standard output. `taskhost help exit-codes` lists what the \
      command exits with.
      """)

  @Option(
    name: [.customShort("j", allowingJoined: true), .customLong("workers")], parsing: .unconditional,
    help: ArgumentHelp(
      "How many worker processes, 1 or more.", discussion: "auto: as many as CPUs that this process may use.",
      valueName: "N|auto"))
  var workers = "auto"

  @Option(
    help: ArgumentHelp(
      "The kind: its short name or its id.", discussion: "Not needed when one --plugin says it.",
      valueName: "name"))
  var kind: String?

  @Option(
    name: .customLong("plugin"),
    help: ArgumentHelp(
      "A plugin to load, ahead of all that are installed.", discussion: "May be given more than once.",
      valueName: "file"),
    completion: .file(extensions: ["so"]))
  var plugins: [String] = []

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "An option of the kind.", discussion: "May be given more than once; the last one of a key counts.",
      valueName: "key=value"))
  var settings: [String] = []

  @Flag(
    name: .customLong("in-process"),
    help: "Perform the tasks in this process, without workers: for debuggers. A crash then ends the run.")
  var inProcess = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many fresh workers are started ahead, for kinds that replace theirs.",
      discussion: "auto: as many as there are workers. 0: a successor starts when its predecessor has ended.",
      valueName: "N|auto"))
  var standby = "auto"

  @Flag(
    name: .customLong("no-fork-server"),
    help: ArgumentHelp(
      "Execute each worker, in place of forking it from a process that has loaded the plugin.",
      discussion: "For plugins that can not bear a fork. Their workers start later and share no memory."))
  var noForkServer = false

  @Option(
    name: .customLong("message-format"),
    help: "human: text on standard error. jsonl: one JSON object for each event on standard output.")
  var messageFormat = MessageFormat.human

  @Option(help: "When to use colours.")
  var color = ColorChoice.auto

  @Option(
    help: """
      How to show progress. auto: a bar on a terminal, else lines. only: as auto, but without notes, warnings, \
      logs and what plugins print.
      """)
  var progress = ProgressChoice.auto

  @Option(
    name: .customLong("max-frame"), parsing: .unconditional,
    help: ArgumentHelp(
      "The largest request or response, in bytes or with K, M or G.", valueName: "size"))
  var maxFrame = "100M"

  @Option(
    name: .customLong("start-timeout"), parsing: .unconditional,
    help: ArgumentHelp("How long a worker may take to start: 500ms, 30s, 2m.", valueName: "duration"))
  var startTimeout = "30s"

  @Option(
    help: ArgumentHelp(
      "Writes what happened when, for chrome://tracing or Perfetto.",
      discussion: "A regular file is whole JSON however the run ends.", valueName: "file"),
    completion: .file())
  var trace: String?

  @Flag(
    help: """
      Give the workers a jobserver with as many jobs as there are workers: a make that a task runs shares them. Below a \
      make with -j and without -j here, it is that of make.
      """)
  var jobserver = false

  @Option(
    name: .customLong("jobserver-style"),
    help: "What it is made of. pipe (the default): for any make. fifo: for make 4.4 and newer, with a name.")
  var jobserverStyle: JobserverStyle?

  @Option(
    help: ArgumentHelp(
      "A command that starts the workers: it is put before theirs.",
      discussion: "Split into words as a shell does, without expansion. For example: nice -n 5.",
      valueName: "command"))
  var launcher: String?

  @Option(
    name: .customLong("launcher-io"),
    help: """
      What the launcher hands on. inherit (the default): all descriptors, as a command that ends in exec does. \
      stdio: standard input, output and error only, as a remote shell does.
      """)
  var launcherIO: LauncherIO?

  @OptionGroup(title: "Limits")
  var limits: LimitOptions

  @OptionGroup(title: "Retries and resources")
  var scheduling: SchedulingOptions

  @Flag(name: [.short, .long], help: "Show workers, tasks that passed, all logs and the exit code.")
  var verbose = false

  @Option(
    name: .customLong("from"), parsing: .unconditional,
    help: ArgumentHelp(
      "Read more words from a file, one in each line, as they are needed; - reads standard input.",
      discussion: "Tasks start before the input has ended, and it need not end.", valueName: "file"),
    completion: .file())
  var from: String?

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "The words of --from end with a NUL, not with a line.")
  var null = false

  @Argument(help: ArgumentHelp("What to work on, in the words of the kind.", valueName: "word"))
  var words: [String] = []

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    var options = try runOptions()
    options.launcher = try parsedLauncher(context)
    try shareJobs(&options, context)
    try refuseUnknownSettings(options, context)
    options.readsKeys = context.terminal.isTerminal
    let traceFile = try trace.map { (path: String) throws(CommandFailure) in
      if path.isEmpty || path == "-" {
        throw OptionValue.wrong("--trace", path, expected: "a file, such as trace.json or /dev/stderr")
      }
      return try TraceFile(path)
    }
    options.tracer = traceFile
    do throws(RunError) {
      let summary =
        switch messageFormat {
        case .jsonl: try runForPrograms(&options, context)
        case .human: try runForPeople(&options, context)
        }
      try traceFile?.finish()
      return summary.signal.map(CommandEnd.signal) ?? .exit(summary.exitCode)
    } catch {
      // The error of the run is the one to tell.
      do throws(RunError) { try traceFile?.finish() } catch {}
      // What the stream itself says is nearer to the cause than what came of it.
      throw CommandFailure(error.exitCode == .cannotWrite ? context.writeFailure ?? error : error)
    }
  }

  private func runForPrograms(_ options: inout RunOptions, _ context: CommandContext) throws(RunError)
    -> RunSummary
  {
    let reporter = JSONLReporter(output: context.data, clock: context.clock)
    options.wantsTaskEvents = reporter.wantsTaskEvents
    do throws(RunError) {
      return try context.run(options, reporter)
    } catch {
      reporter.fail(error)
      throw error
    }
  }

  private func runForPeople(_ options: inout RunOptions, _ context: CommandContext) throws(RunError)
    -> RunSummary
  {
    let reporter = HumanReporter(output: context.text, style: style(context.terminal), clock: context.clock)
    options.wantsTaskEvents = reporter.wantsTaskEvents
    do throws(RunError) {
      return try context.run(options, reporter)
    } catch {
      reporter.stop()
      throw error
    }
  }

  private func style(_ terminal: TerminalFacts) -> HumanStyle {
    let allowed: Bool
    switch progress {
    case .auto, .only, .bar: allowed = terminal.allowsBar
    case .counter, .none: allowed = false
    }
    var style = HumanStyle(
      color: terminal.usesColor(color),
      progress: progress == .none
        ? .none
        : allowed ? .bar(columns: { TerminalSize.columns(of: 2) }, unicode: terminal.isUTF8) : .counter)
    style.onlyProgress = progress == .only
    style.verbose = verbose
    return style
  }
}

enum MessageFormat: String, CaseIterable, ExpressibleByArgument {
  case human, jsonl
}

extension ColorChoice: ExpressibleByArgument {}
extension ProgressChoice: ExpressibleByArgument {}
