internal import ArgumentParser
internal import TaskHost

struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Works with plugins.",
    subcommands: [PluginListCommand.self, PluginCheckCommand.self, PluginCallCommand.self])
}
