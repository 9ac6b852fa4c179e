internal import ArgumentParser
internal import Settings
internal import TaskHost

struct RunCommand: ExecutableCommand {
  static let takesBytes = true

  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs tasks of one kind.",
    discussion: """
      The kind makes tasks of the words: files for most kinds. Words after `--` are taken as they are, also when \
      they begin with a dash.

      Text for people goes to standard error, data to standard output. `taskhost help exit-codes` lists what the \
      command exits with.
      """)

  @OptionGroup var settingOptions: SettingOptions

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
    name: .customLong("message-format"),
    help: "human: text on standard error. jsonl: one JSON object for each event on standard output.")
  var messageFormat = MessageFormat.human

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

  @OptionGroup(title: "Resources")
  var resourceOptions: ResourceOptions

  @OptionGroup(title: "Records")
  var records: RecordOptions

  @Flag(name: [.short, .long], help: "Show workers, tasks that passed, all logs and the exit code.")
  var verbose = false

  @Option(
    name: .customLong("from"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Read more words from a file, one in each line, as they are needed; - reads standard input.",
      discussion:
        "An empty line is an empty word. Tasks start before the input has ended, and it need not end.",
      valueName: "file"),
    completion: .file())
  var from: [String] = []

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "The words of --from end with a NUL, not with a line.")
  var null = false

  @Flag(
    name: [.customShort("r"), .customLong("no-run-if-empty")],
    help: "Leave out empty words of --from.")
  var skipsEmpty = false

  @Argument(help: ArgumentHelp("What to work on, in the words of the kind.", valueName: "word"))
  var words: [String] = []

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    let resolved = try settingOptions.resolve(context, inProcess: inProcess)
    var request = try runRequest(resolved, context)
    try shareJobs(&request.options, resolved, context)
    try refuseUnknownSettings(request, context)
    try refuseOneFileForTwo()
    if records.isDryRun { return try listTasks(request, resolved, context) }
    for output in [context.data, context.text] { output.wait(for: request.options.worker.limits.grace) }
    request.options.readsKeys = context.terminal.isTerminal
    let traceFile = try trace.map { (path: String) throws(CommandFailure) in
      if path.isEmpty || path == "-" {
        throw OptionValue.wrong("--trace", path, expected: "a file, such as trace.json or /dev/stderr")
      }
      return try TraceFile(path, grace: request.options.worker.limits.grace)
    }
    request.options.isTraced = traceFile != nil
    do throws(RunError) {
      let summary =
        switch messageFormat {
        case .jsonl: try runForPrograms(request, traceFile, context)
        case .human: try runForPeople(request, traceFile, resolved, context)
        }
      try traceFile?.finish()
      return summary.signal.map(CommandEnd.signal) ?? .exit(summary.exitCode)
    } catch {
      // The error of the run is the one to tell.
      do throws(RunError) { try traceFile?.finish() } catch {}
      // What the stream itself says is nearer to the cause than what came of it.
      let failure = CommandFailure(error.exitCode == .cannotWrite ? context.writeFailure ?? error : error)
      // A signal counts first.
      guard let signal = context.endingSignal() else { throw failure }
      context.text.write(
        ErrorText.of(failure.error, color: style(resolved, context.terminal).color))
      return .signal(signal)
    }
  }

  private func runForPrograms(
    _ request: RunRequest, _ trace: TraceFile?, _ context: CommandContext
  ) throws(RunError) -> RunSummary {
    let reporter = JSONLReporter(output: context.data, clock: context.clock)
    var request = request
    request.options.wantsTaskEvents = reporter.wantsTaskEvents
    do throws(RunError) {
      return try context.run(request, reporter, trace)
    } catch {
      reporter.fail(error)
      throw error
    }
  }

  private func runForPeople(
    _ request: RunRequest, _ trace: TraceFile?, _ settings: Resolution, _ context: CommandContext
  ) throws(RunError) -> RunSummary {
    let reporter = HumanReporter(
      output: context.text, data: context.data, style: style(settings, context.terminal), clock: context.clock
    )
    var request = request
    request.options.wantsTaskEvents = reporter.wantsTaskEvents
    do throws(RunError) {
      return try context.run(request, reporter, trace)
    } catch {
      reporter.stop()
      throw error
    }
  }

  func style(_ settings: Resolution, _ terminal: TerminalFacts) -> HumanStyle {
    let progress = settings.word(.progress).flatMap(ProgressChoice.init) ?? .auto
    let allowed: Bool
    switch progress {
    case .auto, .only, .bar: allowed = terminal.allowsBar
    case .counter, .none: allowed = false
    }
    var style = HumanStyle(
      color: settings.usesColor(terminal),
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
