internal import ArgumentParser
internal import TaskHost

/// `taskhost` itself.
struct TaskhostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "taskhost",
    abstract: "Runs tasks of kinds that plugins bring, on worker processes that may crash.",
    discussion: """
      A kind is a shared library. `taskhost run` loads it, splits the input into tasks and performs them on \
      worker processes: a crash, a hang or a leak of a kind costs one worker, never the run.
      """,
    version: "taskhost \(ProductVersion.current) (plugin ABI \(Host.abiVersion))",
    subcommands: [
      RunCommand.self, PluginCommand.self, KindsCommand.self, ConfigCommand.self, ForeignCommand.self,
      ExitCodesCommand.self,
      CompletionsCommand.self, ManCommand.self,
    ])

  /// The words by which a command is called, with "taskhost" before them.
  static func path(of command: any ParsableCommand.Type) -> [String] {
    func find(_ candidate: any ParsableCommand.Type) -> [String]? {
      if candidate == command { return [candidate._commandName] }
      for child in candidate.configuration.subcommands {
        if let path = find(child) { return [candidate._commandName] + path }
      }
      return nil
    }
    return find(Self.self) ?? [_commandName]
  }
}

/// A command that ends the process the way we say, not the way ArgumentParser does.
protocol ExecutableCommand: ParsableCommand {
  /// Some of its arguments may be any bytes; it looks at `CommandContext.rawArguments`.
  static var takesBytes: Bool { get }
  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd
}

extension ExecutableCommand {
  static var takesBytes: Bool { false }
}

enum ProductVersion {
  static let current = Host.version
}
