internal import ArgumentParser
internal import Settings
internal import TaskHost

struct PluginListCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the kinds that can be run, and why others cannot.",
    discussion: "Plugins are found without running any of their code. The first file of a kind wins.")

  @OptionGroup var options: KindListOptions

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    try options.list(context)
  }
}

/// The same under the name that comes to mind first.
struct KindsCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kinds", abstract: "Lists the kinds that can be run: `plugin list`.")

  @OptionGroup var options: KindListOptions

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    try options.list(context)
  }
}

struct KindListOptions: ParsableArguments {
  @Option(
    name: .customLong("plugin"),
    help: ArgumentHelp(
      "A plugin to look at, ahead of all that are installed.", discussion: "May be given more than once.",
      valueName: "file"),
    completion: .file(extensions: ["so"]))
  var plugins: [String] = []

  @Flag(help: "As one JSON object, with the options of each kind.")
  var json = false

  @OptionGroup var configuration: ConfigurationOptions

  func list(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    let settings = try configuration.resolve(context)
    var places = Host.Options()
    places.pluginFiles = plugins
    places.configuredDirectories = settings.words(.pluginPath)
    places.usesCacheOfUser(context.terminal.environment)
    let catalog = context.catalog(places)
    context.data.appendLine {
      if json { $0.append(json: catalog) } else { $0.append(table: catalog) }
    }
    if !json {
      let color = settings.usesColor(context.terminal)
      context.text.appendLine {
        for warning in settings.warnings + catalog.warnings.map(\.description) {
          $0.append(label: "warning", .warning, warning, color: color)
          $0.append(0x0A)
        }
      }
    }
    return .exit(.ok)
  }
}
