internal import Glibc

/// What the surroundings say about how to show text on one stream.
package struct TerminalFacts {
  package var isTerminal: Bool
  package var environment: (String) -> String?

  package init(isTerminal: Bool, environment: @escaping (String) -> String?) {
    self.isTerminal = isTerminal
    self.environment = environment
  }

  package static func of(descriptor: Int32) -> TerminalFacts {
    TerminalFacts(
      isTerminal: isatty(descriptor) == 1,
      environment: { name in getenv(name).map { String(cString: $0) } })
  }

  private func isSet(_ name: String) -> Bool { !(environment(name) ?? "").isEmpty }

  var isDumb: Bool { environment("TERM") == "dumb" }

  /// Whether the cursor may be moved: a terminal, and not one that a build server pretends to be.
  package var allowsBar: Bool { isTerminal && !isDumb && !isSet("CI") }

  /// Whether the locale can show more than ASCII.
  package var isUTF8: Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty }
    let name = (locale ?? "").lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }

  /// The first that says something: `--color`, TASKHOST_COLOR, NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR, the
  /// terminal.
  package func usesColor(_ flag: ColorChoice) -> Bool {
    usesColor(
      settled: flag != .auto ? flag : environment("TASKHOST_COLOR").flatMap(ColorChoice.init) ?? .auto)
  }

  /// The same where option, variable and files have been asked.
  func usesColor(settled choice: ColorChoice) -> Bool {
    switch choice {
    case .always: return true
    case .never: return false
    case .auto: break
    }
    if isSet("NO_COLOR") { return false }
    for name in ["CLICOLOR_FORCE", "FORCE_COLOR"] where isSet(name) && environment(name) != "0" {
      return true
    }
    return isTerminal && !isDumb
  }
}

package enum ColorChoice: String, CaseIterable, Sendable {
  case auto, always, never

  /// What `--color` says in a command line that may be wrong elsewhere.
  package static func asked(by arguments: [String]) -> ColorChoice {
    let options = arguments.prefix { $0 != "--" }
    var choice = ColorChoice.auto
    for (option, value) in zip(options, options.dropFirst() + [""]) {
      if option == "--color" { choice = ColorChoice(rawValue: value) ?? choice }
      if option.hasPrefix("--color=") {
        choice = ColorChoice(rawValue: String(option.dropFirst(8))) ?? choice
      }
    }
    return choice
  }
}

package enum ProgressChoice: String, CaseIterable, Sendable {
  case auto, bar, counter, only, none
}
