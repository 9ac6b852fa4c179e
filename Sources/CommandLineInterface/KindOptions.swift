internal import ArgumentParser
internal import FoundationEssentials
internal import Settings
internal import TaskHost

/// Options of a kind among those of `run`: `--KEY VALUE`, `--KEY=VALUE`, and `--KEY` alone for what is yes or no.
///
/// They are only looked at where the parser has not understood a command line. So what the host knows is always the host's, and a
/// command line without them takes no longer.
struct KindOptions {
  /// What the host has, by `--name`; and whether a value follows.
  private let known: [String: Bool]
  private let manifest: PluginManifest

  /// Nil where no kind is named, or it can not be found, or says nothing of its options.
  init?(_ arguments: [String], _ context: CommandContext) throws(CommandFailure) {
    guard arguments.first == "run" else { return nil }
    let known = try Self.hostOptions()
    self.known = known
    // Which of them take a value is not known yet, and here it does not matter which words there are; what nobody knows is told of later.
    let plain = Self.walk(arguments, known) { _, next in
      _ = next()
      return []
    }
    .filter { !$0.hasPrefix("-") || $0.hasPrefix("--") || $0 == "-" || known[String($0.prefix(2))] != nil }
    guard let manifest = Self.manifest(plain, context), !manifest.options.isEmpty else { return nil }
    self.manifest = manifest
  }

  /// The same command line with `--set` in place of each of them.
  func translated(_ arguments: [String]) throws(CommandFailure) -> [String] {
    var failure: CommandFailure?
    let result = Self.walk(arguments, known) { name, next in
      let parts = name.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let option = option(String(parts[0])) else {
        failure = failure ?? unknown(String(parts[0]))
        return []
      }
      if parts.count == 2 { return ["--set", "\(option.key)=\(parts[1])"] }
      if option.type == "bool" { return ["--set", "\(option.key)=yes"] }
      guard let value = next() else {
        failure =
          failure
          ?? .usage(
            "--\(Self.spelled(option.key)) needs a value", hint: "taskhost run --kind \(manifest.name) --help"
          )
        return []
      }
      return ["--set", "\(option.key)=\(value)"]
    }
    if let failure { throw failure }
    return result
  }

  /// What `--help` says of them.
  var help: String {
    var text = "OPTIONS OF THE KIND \(manifest.name):\n"
    for option in manifest.options {
      let isHidden = known["--" + Self.spelled(option.key)] != nil
      let value = option.type == "bool" ? "" : " <\(option.type)>"
      let name = isHidden ? "--set \(option.key)=<\(option.type)>" : "--\(Self.spelled(option.key))\(value)"
      var about = option.help
      if let standard = option.standard, standard != "\"\"", option.type != "bool" {
        about += " (default: \(standard))"
      }
      text += "  \(name)\(String(repeating: " ", count: max(2, 24 - name.count)))\(about)\n"
    }
    return text
  }

  /// Underscores are dashes, as nobody remembers which.
  private static func spelled(_ key: String) -> String { key.replacing("_", with: "-") }

  private func option(_ name: String) -> PluginManifest.Option? {
    manifest.options.first { Self.spelled($0.key) == Self.spelled(name) }
  }

  private func unknown(_ name: String) -> CommandFailure {
    let names =
      manifest.options.map { "--" + Self.spelled($0.key) } + known.keys.filter { $0.hasPrefix("--") }
    let near = NearestWord.to("--" + name, among: names.sorted()).map { "; did you mean '\($0)'?" } ?? ""
    return .usage(
      "neither taskhost run nor the kind \(manifest.name) has an option '--\(name)'\(near)",
      hint: "taskhost run --kind \(manifest.name) --help")
  }

  // MARK: The command line

  /// Copies a command line up to `--`, but for long options that the host has not: those become what `body` says. It may take the
  /// argument that comes next, if that can be a value.
  private static func walk(
    _ arguments: [String], _ known: [String: Bool], _ body: (String, _ next: () -> String?) -> [String]
  ) -> [String] {
    var result: [String] = []
    var at = 0
    while at < arguments.count {
      let word = arguments[at]
      at += 1
      if word == "--" { return result + [word] + arguments[at...] }
      let isLong = word.hasPrefix("--")
      let name = isLong ? String(word.prefix { $0 != "=" }) : word
      if isLong, known[name] == nil {
        result += body(word) {
          guard at < arguments.count, canBeValue(arguments[at], known) else { return nil }
          at += 1
          return arguments[at - 1]
        }
        continue
      }
      result.append(word)
      if known[name] == true, name == word, at < arguments.count {
        result.append(arguments[at])
        at += 1
      }
    }
    return result
  }

  /// A number may have a sign, unless that makes an option of the host of it.
  private static func canBeValue(_ word: String, _ known: [String: Bool]) -> Bool {
    guard word.hasPrefix("-"), let second = word.dropFirst().utf8.first else { return true }
    return (0x30...0x39).contains(second) && known[String(word.prefix(2))] == nil
  }

  private static func hostOptions() throws(CommandFailure) -> [String: Bool] {
    let tool: ManPage.Tool
    do {
      tool = try JSONDecoder().decode(ManPage.Tool.self, from: Data(TaskhostCommand._dumpHelp().utf8))
    } catch {
      throw CommandFailure(
        RunError(.internalError, "the options of run could not be listed", causes: ["\(error)"]))
    }
    let run = tool.command.subcommands?.first { $0.commandName == "run" }
    var options = ["--help": false, "--version": false, "-h": false]
    for argument in run?.arguments ?? [] {
      for name in argument.names ?? [] { options[name.text] = argument.kind == "option" }
    }
    return options
  }

  private static func manifest(_ arguments: [String], _ context: CommandContext) -> PluginManifest? {
    do {
      let trailing = TrailingWords(arguments.filter { $0 != "--help" && $0 != "-h" })
      guard let run = try TaskhostCommand.parseAsRoot(trailing.arguments) as? RunCommand else { return nil }
      return try run.manifest(context)
    } catch {
      // Something else is wrong as well: the parser says what.
      return nil
    }
  }
}
