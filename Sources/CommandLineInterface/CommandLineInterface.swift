internal import ArgumentParser
internal import CPosix
internal import CProcessEnd
internal import Conformance
internal import Glibc
internal import Settings
internal import TaskHost

/// The command line: from arguments to the end of the process.
package enum CommandLineInterface {
  /// Does what the process was started for.
  package static func main() -> Never {
    // With its descriptors as they are.
    if CheckProcess.isAsked { CheckProcess.run() }
    if CallProcess.isAsked { CallProcess.run() }
    ProcessEnd.guardAgainstOthers()
    let (data, text) = StandardStreams.takeOver()
    if CommandLine.argc == 0 { ProcessEnd.take(refuseToGuess(text)) }
    var context = CommandContext(
      data: data, text: text, terminal: .of(descriptor: 2), workingDirectory: SystemFacts.workingDirectory(),
      variableNames: SystemFacts.variableNames,
      inspect: { (request) throws(RunError) in try Run(request).inspectWorker() },
      list: { (request, reporter, beforeWaiting, body) throws(RunError) in
        try Run(request).list(reporter, beforeWaiting: beforeWaiting, body)
      },
      run: { (request, reporter, tracer) throws(RunError) in
        try Run(request).execute(reporter, tracer: tracer)
      })
    context.rawArguments = RawWords.arguments()
    context.endingSignal = { cpx_signal_count() > 0 ? cpx_first_signal() : nil }
    let end = execute(Array(CommandLine.arguments.dropFirst()), context)
    ProcessEnd.take(end)
  }

  /// The arguments of a process come from /proc. Without it a command line would look like one without any, whose answer is the help.
  private static func refuseToGuess(_ text: DataOutput) -> CommandEnd {
    let error = RunError(
      .configuration, "the arguments of this process can not be read",
      causes: ["/proc/self/cmdline: is /proc mounted?"])
    text.write(ErrorText.of(error, color: false))
    text.drain()
    return .exit(error.exitCode)
  }

  /// Does what `arguments` say; all output has been written when it returns.
  package static func execute(_ arguments: [String], _ context: CommandContext) -> CommandEnd {
    var end: CommandEnd
    let color = context.terminal.usesColor(ColorChoice.asked(by: arguments))
    do throws(CommandFailure) {
      end = try dispatch(arguments, context)
    } catch {
      context.text.write(ErrorText.of(error.error, color: color))
      end = .exit(error.error.exitCode)
    }
    for output in [context.data, context.text] {
      do throws(RunError) {
        try output.flush()
      } catch {
        // The run may have told it.
        if output === context.data, end != .exit(.cannotWrite) {
          context.text.write(ErrorText.of(error, color: color))
        }
        if case .exit(let code) = end { end = .exit(code.worse(error.exitCode)) }
      }
      guard output === context.data, let loss = output.abandonment else { continue }
      context.text.write(ErrorText.of(loss, color: color))
      if case .exit(let code) = end { end = .exit(code.worse(loss.exitCode)) }
    }
    return end
  }

  private static func dispatch(
    _ arguments: [String], _ context: CommandContext
  ) throws(CommandFailure) -> CommandEnd {
    if let choice = context.terminal.environment("TASKHOST_COLOR"), ColorChoice(rawValue: choice) == nil {
      throw CommandFailure(
        RunError(.configuration, "TASKHOST_COLOR is '\(choice)'; expected auto, always or never"))
    }
    try refuseUnknownCommand(arguments.first)
    let command: (any ExecutableCommand)?
    do {
      command = try parse(arguments)
    } catch {
      guard let options = try KindOptions(arguments, context) else { return try end(of: error, context) }
      if TaskhostCommand.exitCode(for: error) == .success {
        return try end(of: error, context, more: "\n" + options.help)
      }
      let translated = try options.translated(arguments)
      do { command = try parse(translated) } catch { return try end(of: error, context) }
    }
    guard let command else { return .exit(.ok) }
    do throws(CommandFailure) {
      if !type(of: command).takesBytes { try RawWords.requireText(context.rawArguments) }
      return try command.execute(context)
    } catch {
      throw error.of(type(of: command))
    }
  }

  /// Nil: it has shown its help.
  private static func parse(_ arguments: [String]) throws -> (any ExecutableCommand)? {
    let trailing = TrailingWords(arguments)
    // The parser would take the next word for the value.
    if let option = trailing.arguments.prefix(while: { $0 != "--" }).first(where: {
      $0.hasPrefix("--") && $0.last == "="
    }) {
      throw ValidationError(
        "there is no value in '\(option)'; an empty one is a word of its own: \(option.dropLast()) ''")
    }
    var parsed = try TaskhostCommand.parseAsRoot(trailing.arguments)
    if var run = parsed as? RunCommand {
      run.words += trailing.words
      return run
    }
    if var inspect = parsed as? PluginInspectCommand {
      inspect.files += trailing.words
      return inspect
    }
    if var check = parsed as? PluginCheckCommand {
      check.words += trailing.words
      return check
    }
    if var call = parsed as? PluginCallCommand {
      call.arguments += trailing.words
      return call
    }
    if let executable = parsed as? any ExecutableCommand { return executable }
    // `help`, or a command that only has sub-commands: both show their help.
    try parsed.run()
    return nil
  }

  /// Shows help and versions; anything else that the parser throws is an error of usage.
  private static func end(
    of error: any Error, _ context: CommandContext, more: String = ""
  ) throws(CommandFailure) -> CommandEnd {
    if TaskhostCommand.exitCode(for: error) == .success {
      context.data.write(TaskhostCommand.fullMessage(for: error) + "\n" + more)
      return .exit(.ok)
    }
    let full = TaskhostCommand.fullMessage(for: error)
    let hint = full.split(separator: "'").first { $0.hasPrefix("taskhost") && $0.hasSuffix("--help") }
    throw .usage(TaskhostCommand.message(for: error), hint: hint.map(String.init) ?? "taskhost --help")
  }

  private static func refuseUnknownCommand(_ word: String?) throws(CommandFailure) {
    guard let word, !word.hasPrefix("-") else { return }
    let names = TaskhostCommand.configuration.subcommands.map { $0._commandName } + ["help"]
    guard !names.contains(word) else { return }
    if word == "worker" || word == "fork-server" {
      throw .usage("workers and fork servers are started by taskhost itself", hint: "taskhost --help")
    }
    var message = "there is no command '\(word)'"
    if let nearest = NearestWord.to(word, among: names) { message += "; did you mean '\(nearest)'?" }
    throw .usage(message, hint: "taskhost --help")
  }
}

package enum ProcessEnd {
  /// Code of a plugin that runs in this process may call `exit` and its like: that is no end of the command, whatever code it has.
  static func guardAgainstOthers() {
    cpe_guard(
      message.utf8Start.withMemoryRebound(to: CChar.self, capacity: message.utf8CodeUnitCount) { $0 },
      ExitCode.infrastructure.rawValue)
  }

  // It ends with a NUL, and lives as long as the process.
  private static let message: StaticString =
    "error: the process was ended by exit(), _exit() or quick_exit(), which the plugin must have called\n"

  package static func take(_ end: CommandEnd) -> Never {
    cpe_release()
    switch end {
    case .exit(let code): exit(code.rawValue)
    case .signal(let signal): die(by: signal)
    }
  }

  /// Ends the process by `signal` whatever was done with it before.
  private static func die(by signal: Int32) -> Never {
    cpx_die_by(signal)
    // A signal whose default is not to end the process.
    exit(128 + signal)
  }
}
