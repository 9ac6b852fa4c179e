internal import ArgumentParser
internal import TaskHost

struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Works with plugins.",
    subcommands: [
      PluginNewCommand.self, PluginCheckCommand.self, PluginCallCommand.self, PluginDevCommand.self,
      PluginInspectCommand.self, PluginListCommand.self, PluginInstallCommand.self, PluginRemoveCommand.self,
      PluginLockCommand.self, PluginUpdateHeaderCommand.self,
    ])
}
