internal import FoundationEssentials
internal import Settings
internal import TaskHost

/// The manual page, made of the same declarations as `--help`.
enum ManPage {
  /// `description` is the JSON of `--experimental-dump-help`.
  static func text(of description: String) throws -> String {
    let tool = try JSONDecoder().decode(Tool.self, from: Data(description.utf8))
    var page = Roff()
    page.request("TH", "TASKHOST", "1", "", "taskhost \(ProductVersion.current)", "User Commands")
    page.request("SH", "NAME")
    page.line("taskhost \\- " + Roff.escaped(tool.command.abstract ?? ""))
    page.request("SH", "SYNOPSIS")
    for command in tool.command.visibleSubcommands where command.visibleSubcommands.isEmpty {
      page.synopsis(command)
    }
    for group in tool.command.visibleSubcommands {
      for command in group.visibleSubcommands { page.synopsis(command) }
    }
    page.request("SH", "DESCRIPTION")
    page.paragraphs(tool.command.discussion ?? "")
    page.options(tool.command)
    page.request("SH", "COMMANDS")
    for command in tool.command.visibleSubcommands { page.command(command) }
    page.request("SH", "ENVIRONMENT")
    for (name, meaning) in environment {
      page.request("TP")
      page.line("\\fB\(Roff.escaped(name))\\fR")
      page.line(Roff.escaped(meaning))
    }
    page.request("SH", "FILES")
    for (name, meaning) in files {
      page.request("TP")
      page.line("\\fI\(Roff.escaped(name))\\fR")
      page.line(Roff.escaped(meaning))
    }
    page.request("SH", "EXIT STATUS")
    page.verbatim(ExitCodeTable.text)
    return page.text
  }

  private static let environment = [
    (
      "TASKHOST_*",
      "Most options of run have a variable, which is named with the option; the option goes before it."
    ),
    (
      Setting.pluginPath.variable,
      "Directories in which plugins are looked for before the usual places, separated by colons."
    ),
    ("TASKHOST_PLUGIN_PATH_ONLY", "If 1, plugins are looked for there and in --plugin only."),
    ("NO_COLOR", "If not empty, no colours, unless one of the above asks for them."),
    (
      "CLICOLOR_FORCE, FORCE_COLOR",
      "If neither empty nor 0, colours also where standard error is no terminal."
    ),
    ("CI", "If not empty, progress is shown as lines."),
    ("TERM", "If dumb, neither colours nor a bar."),
  ]

  private static let files = [
    (
      ConfigurationFiles.projectName,
      "Settings of a project, looked for in the working directory and above, up to the top of the repository."
    ),
    (
      "$XDG_CONFIG_HOME/taskhost/config.toml",
      "Settings of the user, for how things look; by default below ~/.config."
    ),
    (
      ".config/\(ProjectLock.fileName)",
      "Which files the kinds of a project are, as plugin lock writes it; it lies beside the settings of the project."
    ),
    (
      "$XDG_DATA_HOME/taskhost/plugins",
      "Plugins of the user, by default below ~/.local/share; plugin install puts them there."
    ),
    (
      "/usr/local/lib/taskhost/plugins, /usr/lib/TRIPLET/taskhost/plugins, /usr/lib/taskhost/plugins",
      "Plugins for all users; plugin install --system uses the first one. The directory of the executable comes last."
    ),
    (
      "$XDG_CACHE_HOME/taskhost/plugins.cache",
      "What plugin files said when they were read last, by default below ~/.cache; deleting it costs time and nothing else."
    ),
  ]

  struct Tool: Decodable {
    var command: Command
  }

  struct Command: Decodable {
    var superCommands: [String]?
    var shouldDisplay: Bool?
    var commandName: String
    var abstract: String?
    var discussion: String?
    var subcommands: [Command]?
    var arguments: [Argument]?

    var visibleSubcommands: [Command] {
      (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
    }
    var visibleArguments: [Argument] { (arguments ?? []).filter { $0.shouldDisplay != false } }
    var path: String { ((superCommands ?? []) + [commandName]).joined(separator: " ") }
  }

  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String

      var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }
    var kind: String
    var shouldDisplay: Bool?
    var isOptional: Bool?
    var isRepeating: Bool?
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var allValues: [String]?
    var abstract: String?
    var discussion: String?
  }
}

/// Text in the language of man pages.
private struct Roff {
  private(set) var text = ""

  /// A dash as it is typed, and no line that begins with a request by chance.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "`": result += "\\(ga"
      default: result.append(character)
      }
    }
    return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
  }

  mutating func line(_ line: String) { text += line + "\n" }

  mutating func request(_ name: String, _ arguments: String...) {
    line(
      "."
        + ([name] + arguments.map { $0.contains(" ") || $0.isEmpty ? "\"\($0)\"" : $0 }).joined(
          separator: " "))
  }

  mutating func paragraphs(_ body: String) {
    for (index, paragraph) in body.split(separator: "\n\n").enumerated() {
      if index > 0 { request("PP") }
      line(Roff.escaped(paragraph.split(separator: "\n").joined(separator: " ")))
    }
  }

  mutating func verbatim(_ body: String) {
    request("nf")
    for part in body.split(separator: "\n", omittingEmptySubsequences: false) {
      line(Roff.escaped(String(part)))
    }
    request("fi")
  }

  mutating func synopsis(_ command: ManPage.Command) {
    var words = ["\\fB\(Roff.escaped(command.path))\\fR"]
    if command.visibleArguments.contains(where: { $0.kind != "positional" }) {
      words.append("[\\fIoption\\fR...]")
    }
    for argument in command.visibleArguments where argument.kind == "positional" {
      let name =
        "\\fI\(Roff.escaped(argument.valueName ?? ""))\\fR\(argument.isRepeating == true ? "..." : "")"
      words.append(argument.isOptional == true ? "[\(name)]" : name)
    }
    line(words.joined(separator: " "))
    request("br")
  }

  mutating func command(_ command: ManPage.Command) {
    guard command.visibleSubcommands.isEmpty else {
      for child in command.visibleSubcommands { self.command(child) }
      return
    }
    request("SS", Roff.escaped(command.path))
    line(Roff.escaped(command.abstract ?? ""))
    // What exit codes there are stands in a section of its own.
    if let discussion = command.discussion, discussion != ExitCodeTable.text {
      request("PP")
      paragraphs(discussion)
    }
    options(command)
  }

  mutating func options(_ command: ManPage.Command) {
    for argument in command.visibleArguments where argument.kind != "positional" {
      request("TP")
      let value = argument.kind == "option" ? " \\fI\(Roff.escaped(argument.valueName ?? "value"))\\fR" : ""
      line((argument.names ?? []).map { "\\fB\(Roff.escaped($0.text))\\fR\(value)" }.joined(separator: ", "))
      var sentences = [argument.abstract ?? "", argument.discussion ?? ""].filter { !$0.isEmpty }
      if let values = argument.allValues, !values.isEmpty {
        sentences.append("One of \(values.joined(separator: ", ")).")
      }
      if let value = argument.defaultValue { sentences.append("Default: \(value).") }
      line(Roff.escaped(sentences.joined(separator: " ")))
    }
  }
}
