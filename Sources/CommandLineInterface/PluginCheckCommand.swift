internal import ArgumentParser
internal import Conformance
internal import Settings
internal import TaskHost

struct PluginCheckCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Checks whether a plugin keeps the rules.",
    discussion: """
      Each check runs in a process of its own, with limits, so that a crash or a hang is its verdict. The plugin's hooks are called \
      with services that do all that the header allows: outputs that move, inputs that end at a page nobody may touch, garbage. \
      That includes performing what requests become when bits of them are changed: give words that do no harm.

      Exits with 0 if no check has failed, 100 if one has, 101 if the file is no plugin, 104 if it can not be read.
      """)

  @Argument(help: "The plugin.", completion: .file(extensions: ["so"]))
  var file: String?

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp(
      "What the kind works on, as the words of `taskhost run`. By default the examples of its manifest, which are relative to the file.",
      valueName: "words"))
  var words: [String] = []

  @Option(
    help: ArgumentHelp("Only this check.", discussion: "May be given more than once.", valueName: "id"))
  var only: [String] = []

  @OptionGroup var kindOptions: KindSettingOptions

  @Option(
    help: ArgumentHelp("What random checks begin with: the same seed tries the same.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("How often random checks try.", valueName: "count"))
  var fuzz = 200

  @Option(
    help: ArgumentHelp(
      "A check that takes longer has failed; by default 10 seconds and more.", valueName: "seconds"))
  var timeout: Double?

  @Flag(help: "A warning counts as a failure.")
  var strict = false

  @Flag(help: "One JSON object for each check, and one for all.")
  var json = false

  @Flag(
    help:
      "Shows each call of a hook that a check makes in its process, with what it was given and how long it took."
  )
  var calls = false

  @Flag(
    help: ArgumentHelp(
      "All checks in this process, one after the other, for a debugger: a crash ends them.",
      discussion: "What the plugin prints comes out as it is."))
  var inProcess = false

  @Flag(help: "Lists the checks.")
  var list = false

  @Option(help: ArgumentHelp("Explains a check.", valueName: "id"))
  var docs: String?

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    if list {
      context.data.appendLine { buffer in
        for check in Check.all { buffer.append(listing: check) }
      }
      return .exit(.ok)
    }
    if let docs {
      let check = try Self.check(docs, "--docs")
      context.data.appendLine { $0.append(explaining: check) }
      return .exit(.ok)
    }
    guard let file else {
      throw .usage("there is no file to check")
    }
    var options = ExaminationOptions(file: file)
    options.words = words
    options.settings = try kindOptions.parsed()
    options.seed = seed
    guard (1...1_000_000).contains(fuzz) else {
      throw OptionValue.wrong("--fuzz", "\(fuzz)", expected: "1 to 1000000")
    }
    options.executions = fuzz
    if let timeout {
      guard timeout > 0, timeout <= 3600 else {
        throw OptionValue.wrong("--timeout", "\(timeout)", expected: "more than 0 and at most 3600 seconds")
      }
      options.seconds = timeout
    }
    options.inProcess = inProcess
    options.traces = calls
    if !only.isEmpty {
      let ids = Set(try only.map { (id) throws(CommandFailure) in try Self.check(id, "--only").id })
      options.checks = Check.all.filter { ids.contains($0.id) }
    }
    return try examine(options, context)
  }

  private static func check(_ id: String, _ option: String) throws(CommandFailure) -> Check {
    if let check = Check.named(id) { return check }
    var message = "\(option): there is no check '\(id)'"
    if let near = NearestWord.to(id, among: Check.all.map(\.id)) { message += "; did you mean '\(near)'?" }
    throw .usage(message, hint: "taskhost plugin check --list")
  }

  private func examine(
    _ options: ExaminationOptions, _ context: CommandContext
  ) throws(CommandFailure) -> CommandEnd {
    let color = context.data.isTerminal && context.terminal.usesColor(.auto)
    let start = context.clock.monotonic()
    var tally = CheckTally()
    // In this process everything is as its user, a debugger most likely, wants it.
    let interruption = try Interruption(isOff: options.inProcess)
    do throws(ExaminationError) {
      let examination = try Examination(options)
      try examination.run(unless: interruption.descriptor) { result in
        tally.add(result)
        interruption.released {
          if json {
            context.data.appendLine { $0.append(json: result, options) }
          } else {
            context.data.appendLine { $0.append(result, options, color: color) }
          }
          context.data.drain()
        }
      }
    } catch {
      if case .interrupted = error { return interruption.end(or: .exit(.infrastructure)) }
      throw CommandFailure(error)
    }
    let elapsed = context.clock.monotonic() - start
    context.data.appendLine {
      if json { $0.append(json: tally, elapsed) } else { $0.append(tally, elapsed, color: color) }
    }
    return .exit(tally.failures > 0 || strict && tally.warnings > 0 ? .failed : .ok)
  }
}

extension CommandFailure {
  init(_ error: ExaminationError) {
    switch error {
    case .noPlugin(_, let text): self.init(RunError(.pluginRefused, text))
    case .unreadable(let text): self.init(RunError(.badInput, text))
    case .system(let text): self.init(RunError(.infrastructure, text))
    case .interrupted: self.init(RunError(.infrastructure, "interrupted"))
    }
  }
}
