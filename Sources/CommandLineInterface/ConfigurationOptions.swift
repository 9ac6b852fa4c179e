internal import ArgumentParser
internal import Settings
internal import TaskHost

/// Which files say what is not said otherwise.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read settings from this file, in place of that of the project.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  @Flag(name: .customLong("no-config"), help: "Read settings from no file.")
  var noConfig = false

  private var choice: ConfigurationFiles.Choice { noConfig ? .none : config.map { .file($0) } ?? .standard }

  /// The lock of the project; nil: no files are to be read.
  func lock(_ context: CommandContext) throws(CommandFailure) -> ConfigurationFiles.Lock? {
    do throws(SettingError) {
      return try ConfigurationFiles.lock(choice, directory: context.workingDirectory)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// The settings where these options were given.
  func resolve(
    _ context: CommandContext, flags: [(setting: Setting, text: String)] = []
  ) throws(CommandFailure) -> Resolution {
    if config != nil, noConfig {
      throw .usage("--config and --no-config: one of them only")
    }
    let variable = context.terminal.environment
    do throws(SettingError) {
      let files = try ConfigurationFiles(
        choice, directory: context.workingDirectory,
        variable: variable)
      var settings = try Resolution([.flags(flags), .environment(variable)], files: files)
      settings.warnings += ConfigurationFiles.warnings(ofVariables: context.variableNames())
      return settings
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension CommandFailure {
  init(_ error: SettingError) {
    self =
      error.isUsage
      ? .usage(error.message) : CommandFailure(RunError(.configuration, error.message))
  }
}
