internal import ArgumentParser
internal import Conformance
internal import Settings
internal import TaskHost

struct PluginCallCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call", abstract: "Calls one hook of a plugin.",
    discussion: """
      The hook runs in a process of its own, with a time limit. States that it needs are made before and freed after. Without a hook, all \
      that can be called are listed, with what they take and give. Hooks of extensions are named with their table: \
      taskhost.session/1:session_perform. Of what a hook takes, only bytes, words, text and numbers are given here, in their order; the \
      last one may be left out where its kind ends with "?".

      Bytes are given as text, as @FILE, as hex:0a0b or as - for standard input; text: stands before text that begins like one of these.

      Exits with 0 if the hook has returned no failure, 100 if it has, or has done what it may not do; 107 if it has crashed or not \
      returned; 101 if the file is no plugin or the hook is not set; 104 if a file can not be read; 2 if the words do not fit the hook.
      """)

  static let takesBytes = true

  @Argument(help: "The plugin.", completion: .file(extensions: ["so"]))
  var file: String

  @Argument(help: "The hook; without it, hooks are listed.")
  var hook: String?

  @Argument(help: ArgumentHelp("What it is given.", valueName: "argument"))
  var arguments: [String] = []

  @OptionGroup var kindOptions: KindSettingOptions

  @Option(
    help: ArgumentHelp("What worker_new is given, where a worker has to be made first.", valueName: "bytes"))
  var shared: String?

  @Option(
    help: ArgumentHelp(
      "What session_open is given, where a session has to be made first.", valueName: "bytes"))
  var open: String?

  @Option(
    help: ArgumentHelp(
      "The hook is told of a worker that is Old and has this competence.",
      discussion: "Without it, of a Fresh one.", valueName: "bytes"))
  var competence: String?

  @Option(
    help: ArgumentHelp(
      "Why the task is gone.",
      discussion:
        "One of \(GoneCause.names.map(\.name).joined(separator: ", ")). By default worker-died, or undecodable for on_marshal_error.",
      valueName: "cause"))
  var cause: String?

  @Option(help: ArgumentHelp("How long all of it may take.", valueName: "duration"))
  var timeout = "10s"

  @Option(
    name: .customLong("repeat"),
    help: ArgumentHelp("Calls it so often, and shows the shortest and the median time.", valueName: "count"))
  var repetitions = 1

  @Flag(help: "Shows each call of a hook, also of those that make and free states.")
  var calls = false

  @Flag(help: "Writes the bytes of one output to standard output, and nothing else there.")
  var raw = false

  @Option(
    help: ArgumentHelp("With --raw: this output.", discussion: "By default the first one.", valueName: "name")
  )
  var output: String?

  @Flag(help: "One JSON object.")
  var json = false

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    guard let nanoseconds = TimeSpan.parse(timeout) else {
      throw OptionValue.wrong(
        "--timeout", timeout, expected: "a duration with its unit, such as 500ms, 30s or 2m")
    }
    guard (1...1_000_000).contains(repetitions) else {
      throw OptionValue.wrong("--repeat", "\(repetitions)", expected: "1 to 1000000")
    }
    if raw, json { throw .usage("--raw and --json can not be given together") }
    if output != nil, !raw { throw .usage("--output is for --raw, which was not given") }
    try RawWords.requireText([file, hook, cause, output] + kindOptions.settings, in: context.rawArguments)
    var call = HookCall(file: file)
    call.settings = try kindOptions.parsed()
    call.seconds = Double(nanoseconds) / 1e9
    let interruption = try Interruption()
    do throws(CommandFailure) {
      return interruption.end(or: try execute(&call, interruption, context))
    } catch {
      if Interruption.hasCome() { return interruption.end(or: .exit(error.error.exitCode)) }
      throw error
    }
  }

  private func execute(
    _ call: inout HookCall, _ interruption: borrowing Interruption, _ context: CommandContext
  ) throws(CommandFailure) -> CommandEnd {
    let plugin: PluginCall
    do throws(ExaminationError) {
      plugin = try PluginCall(file, unless: interruption.descriptor)
    } catch {
      throw CommandFailure(error)
    }
    guard let hook else { return try list(plugin, call, context) }
    let chosen = try self.hook(hook, of: plugin)
    let wanted = try rawOutput(of: chosen)
    call.hook = chosen
    var reader = CallInputs(
      rawArguments: context.rawArguments, deadline: call.deadline, timeout: timeout,
      interruption: interruption.descriptor)
    call.inputs = try reader.inputs(arguments, for: chosen)
    if let shared { call.shared = try reader.bytes(shared) }
    if let open { call.opening = try reader.bytes(open) }
    if let competence { call.competence = try reader.bytes(competence) }
    call.cause = try cause.map { (name) throws(CommandFailure) in
      if let known = GoneCause.names.first(where: { $0.name == name }) { return known.cause }
      throw OptionValue.wrong("--cause", name, expected: GoneCause.names.map(\.name).joined(separator: ", "))
    }
    call.repetitions = repetitions
    call.traces = calls
    let outcome: PluginCall.Outcome
    do throws(ExaminationError) { outcome = try plugin.call(call) } catch { throw CommandFailure(error) }
    return try show(outcome, chosen, wanted, context)
  }

  /// By its id, or by its name where no other hook has that.
  private func hook(_ word: String, of plugin: PluginCall) throws(CommandFailure) -> CallableHook {
    if let hook = plugin.hooks.first(where: { $0.id == word }) { return hook }
    let named = plugin.hooks.filter { $0.name == word }
    if named.count == 1 { return named[0] }
    var message = "there is no hook '\(word)'"
    if named.count > 1 {
      message = "'\(word)' is \(named.map(\.id).joined(separator: " or "))"
    } else if let near = NearestWord.to(word, among: plugin.hooks.flatMap { [$0.id, $0.name] }) {
      message += "; did you mean '\(near)'?"
    }
    throw .usage(message, hint: "taskhost plugin call \(ShellWords.quoted(file))")
  }

  private func rawOutput(of hook: CallableHook) throws(CommandFailure) -> String? {
    guard raw else { return nil }
    guard let first = hook.outputs.first else { throw .usage("--raw: \(hook.id) has no output") }
    guard let output else { return first }
    guard hook.outputs.contains(output) else {
      throw OptionValue.wrong("--output", output, expected: hook.outputs.joined(separator: " or "))
    }
    return output
  }

  private func list(
    _ plugin: PluginCall, _ call: HookCall, _ context: CommandContext
  ) throws(CommandFailure) -> CommandEnd {
    let listed: (hooks: [String: Bool]?, problem: String)
    do throws(ExaminationError) {
      listed = try plugin.list(call)
    } catch {
      throw CommandFailure(error)
    }
    guard Interruption.release() else { return .exit(.infrastructure) }
    guard let set = listed.hooks else { throw CommandFailure(RunError(.pluginRefused, listed.problem)) }
    context.data.appendLine { buffer in
      for hook in plugin.hooks {
        if json {
          buffer.append(json: hook, isSet: set[hook.id] == true)
        } else {
          buffer.append(listing: hook, isSet: set[hook.id] == true)
        }
      }
    }
    return .exit(.ok)
  }

  private func show(
    _ outcome: PluginCall.Outcome, _ hook: CallableHook, _ wanted: String?, _ context: CommandContext
  ) throws(CommandFailure) -> CommandEnd {
    guard Interruption.release() else { return .exit(.infrastructure) }
    let target = raw ? context.text : context.data
    target.appendLine { buffer in
      if json {
        buffer.append(json: outcome, hook)
      } else {
        if case .called(let report) = outcome.result { buffer.append(report, hook) }
        buffer.append(written: outcome.written)
        if let calls = outcome.calls { buffer.append(calls, indent: 2) }
      }
    }
    switch outcome.result {
    case .impossible(let text): throw CommandFailure(RunError(.pluginRefused, text))
    case .died(let text): throw CommandFailure(RunError(.infrastructure, text))
    case .called(let report):
      if let wanted, let output = report.outputs.first(where: { $0.name == wanted }) {
        context.data.appendLine { buffer in
          for bytes in output.bytes.map({ [$0] }) ?? output.items {
            bytes.withUnsafeBufferPointer { buffer.append($0) }
            if output.bytes == nil { buffer.append(0x0A) }
          }
        }
      }
      let failed = hook.result == .status && report.value < 0
      return .exit(failed || !report.problems.isEmpty ? .failed : .ok)
    }
  }
}
