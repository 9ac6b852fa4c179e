internal import ArgumentParser
internal import Scaffolding
internal import TaskHost

struct PluginNewCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Makes a folder with a new kind that works.",
    discussion: """
      The folder has a source with three marked places, the SDK, a Makefile, and examples of which one fails on purpose. It needs \
      neither a network nor anything else of taskhost but this command. It is made whole or not at all.

      With --force, files of a folder that is there are replaced, all or none: where one can not be, or the command is interrupted, \
      those before it are put back. Each file is old or new as a whole at any moment; only a sudden end (SIGKILL, a loss of power) can \
      leave some of them new and some old. Symbolic links to directories are not followed: one that is in the way is an error.
      """)

  @Option(
    name: .customLong("lang"),
    help: ArgumentHelp(
      "The language: \(Language.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "language"))
  var language: String

  @Option(
    name: .customLong("in"), help: ArgumentHelp("Where the folder is made.", valueName: "directory"),
    completion: .directory)
  var parent = "."

  @Flag(help: "Into a folder that is not empty: its other files stay, those of the same names are replaced.")
  var force = false

  @Argument(help: "The name of the kind and of its folder: small letters, digits and '-'.")
  var name: String

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    guard let language = Language(rawValue: language) else {
      throw OptionValue.wrong(
        "--lang", language, expected: Language.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if parent.isEmpty { throw OptionValue.wrong("--in", parent, expected: "a directory") }
    let made: Scaffold.Made
    let interruption = try Interruption()
    do throws(ScaffoldingError) {
      let name = try KindName(name)
      let project = Project(language, name, version: ProductVersion.current)
      made = try Scaffold.make(
        project, named: name, in: parent, force: force, isInterrupted: Interruption.hasCome)
    } catch {
      if error.kind == .interrupted { return interruption.end(or: .exit(.infrastructure)) }
      throw CommandFailure(error)
    }
    let place = parent == "." ? name : "\(parent)/\(name)"
    context.text.appendLine {
      for draft in made.removed {
        $0.append(escaped: "     Removed \(draft), left by a run that was interrupted")
        $0.append(0x0A)
      }
      $0.append("     Created ")
      $0.append(escaped: "\(place)/ (\(made.files) files, \(language.needs), no other dependencies)")
      $0.append("\n        Next cd ")
      $0.append(escaped: place)
      $0.append(" && make && make check\n")
    }
    return interruption.end(or: .exit(.ok))
  }
}

struct PluginUpdateHeaderCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update-header",
    abstract: "Brings the SDK in the folder of a kind to the version of this command.")

  @Argument(help: "The folder of the kind.", completion: .directory)
  var directory = "."

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    let changed: [String]
    let interruption = try Interruption()
    do throws(ScaffoldingError) {
      changed = try Scaffold.updateSDK(
        in: directory, version: ProductVersion.current, isInterrupted: Interruption.hasCome)
    } catch {
      if error.kind == .interrupted { return interruption.end(or: .exit(.infrastructure)) }
      throw CommandFailure(error)
    }
    context.text.appendLine {
      for path in changed {
        $0.append("     Updated ")
        $0.append(escaped: path)
        $0.append(0x0A)
      }
      if changed.isEmpty {
        $0.append("     Nothing to do: the SDK is that of taskhost \(ProductVersion.current)\n")
      }
    }
    return interruption.end(or: .exit(.ok))
  }
}

extension CommandFailure {
  init(_ error: ScaffoldingError) {
    let (code, hint): (TaskHost.ExitCode, String?) =
      switch error.kind {
      case .badName: (.usage, "taskhost plugin new --help")
      case .occupied: (.usage, "--force replaces files of the same names, and leaves the others")
      case .noCopy: (.usage, "taskhost plugin update-header FOLDER")
      case .obstructed: (.usage, "nothing was changed; move it away, or choose another folder")
      case .cannotWrite: (.cannotWrite, nil)
      case .interrupted: (.infrastructure, nil)
      }
    self.init(RunError(code, error.message, causes: error.cause.map { [$0] } ?? [], hint: hint))
  }
}
