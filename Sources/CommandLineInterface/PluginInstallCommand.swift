internal import ArgumentParser
internal import Settings
internal import TaskHost

struct PluginInstallCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Copies a plugin to where it is found by its kind.",
    discussion: """
      The file is checked by the load rules, without running any of its code, and appears in its place as a whole or not at \
      all. A file of the same kind is replaced, unless that is newer; runs that have loaded it are not disturbed.

      Exits with 101 if the plugin is refused or something else is in its place, 104 if the file could not be read, and 110 \
      if the directory can not be written.
      """)

  @Flag(help: "Replace a newer version, another kind, or a file that is no plugin.")
  var force = false

  @Flag(help: "For all users: in /usr/local/lib/taskhost/plugins.")
  var system = false

  @Argument(help: ArgumentHelp("The plugin.", valueName: "file"), completion: .file(extensions: ["so"]))
  var file: String

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    let interruption = try Interruption()
    do throws(RunError) {
      let done = try PluginInstallation(forSystem: system)
        .install(file, isForced: force, isInterrupted: Interruption.hasCome)
      for warning in done.warnings { context.warn(warning) }
      context.data.appendLine {
        $0.append(done.wasThere ? "Is there already: " : "Installed ")
        $0.append(escaped: "\(done.name) \(done.version) (\(done.id))")
        if let old = done.replaced, !done.wasThere {
          $0.append(escaped: old == done.version ? " in place of another build" : " in place of \(old)")
        }
        $0.append(escaped: ": \(done.path)")
        $0.append("\nRun it: taskhost run --kind ")
        $0.append(escaped: done.name)
        $0.append(" WORD...\n")
      }
    } catch {
      if Interruption.hasCome() { return interruption.end(or: .exit(error.exitCode)) }
      throw CommandFailure(error)
    }
    return interruption.end(or: .exit(.ok))
  }
}

struct PluginRemoveCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Deletes a plugin that was installed.",
    discussion: "Runs that have loaded it are not disturbed. Exits with 101 if no such kind is installed.")

  @Flag(help: "That of all users: in /usr/local/lib/taskhost/plugins.")
  var system = false

  @Argument(
    help: ArgumentHelp("The kind, by its short name or its id, or the name of the file.", valueName: "name"))
  var name: String

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    do throws(RunError) {
      let (path, kind) = try PluginInstallation(forSystem: system).remove(name)
      context.data.appendLine {
        $0.append(escaped: "Removed \(kind): \(path)")
        $0.append(0x0A)
      }
    } catch {
      throw CommandFailure(error)
    }
    return .exit(.ok)
  }
}

struct PluginLockCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: "Writes which files the kinds of this project are: taskhost.lock.",
    discussion: """
      Each kind is pinned to the SHA-256 of the file that a run would load now. Without a kind, all that are found are pinned and \
      those that are gone are dropped; with some, the others stay as they are. `taskhost run` warns of a file that differs, and \
      refuses it with --locked.

      The file lies beside that of the project, `.config/taskhost.toml`, or where that would be.
      """)

  @Option(
    name: .customLong("plugin"),
    help: ArgumentHelp(
      "A plugin to look at, ahead of all that are installed.", discussion: "May be given more than once.",
      valueName: "file"),
    completion: .file(extensions: ["so"]))
  var plugins: [String] = []

  @OptionGroup var configuration: ConfigurationOptions

  @Argument(help: ArgumentHelp("The kinds, by their short names or ids.", valueName: "kind"))
  var kinds: [String] = []

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    var places = try PluginPlaces.of(configuration, context)
    places.pluginFiles = plugins
    guard let known = try configuration.lock(context) else {
      throw .usage("with --no-config there is no lock", hint: "taskhost plugin lock --help")
    }
    if let warning = known.warning { throw CommandFailure(RunError(.configuration, warning)) }
    let interruption = try Interruption()
    do throws(RunError) {
      var lock =
        try known.text.map { (text) throws(RunError) in try ProjectLock(path: known.path, text: text) }
        ?? ProjectLock(path: known.path)
      let pinned = try lock.pin(kinds, places)
      try lock.write()
      context.data.appendLine {
        for pin in pinned {
          $0.append(
            escaped: "Locked \(pin.name) \(pin.version) (\(pin.id)): \(pin.file), SHA-256 \(pin.digest)")
          $0.append(0x0A)
        }
        $0.append(escaped: "Written: \(lock.path)")
        $0.append(0x0A)
      }
    } catch {
      throw CommandFailure(error)
    }
    return interruption.end(or: .exit(.ok))
  }
}

extension CommandContext {
  /// A line on standard error.
  func warn(_ warning: String) {
    text.appendLine {
      $0.append(label: "warning", .warning, warning, color: terminal.usesColor(settled: .auto))
      $0.append(0x0A)
    }
  }
}
