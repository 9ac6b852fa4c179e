internal import ArgumentParser
internal import TaskHost

struct ExitCodesCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exit-codes", abstract: "Lists what taskhost exits with.",
    discussion: ExitCodeTable.text)

  @Flag(help: "As a table of Markdown.")
  var markdown = false

  func execute(_ context: CommandContext) -> CommandEnd {
    context.data.write(markdown ? ExitCodeTable.markdown : ExitCodeTable.text + "\n")
    return .exit(.ok)
  }
}

package enum ExitCodeTable {
  private static let bySignal = (
    code: "128+N", meaning: "ended by signal N (the shell's number for it: 130 for SIGINT)"
  )

  private static var rows: [(code: String, meaning: String)] {
    TaskHost.ExitCode.allCases.map { (String($0.rawValue), $0.meaning) } + [bySignal]
  }

  package static var text: String {
    rows.map { String(repeating: " ", count: 5 - $0.code.count) + "\($0.code)  \($0.meaning)" }.joined(
      separator: "\n")
      + "\n\nWhen several hold, a signal counts first, then: " + order + "."
  }

  package static var markdown: String {
    "| code | meaning |\n|-:|-|\n" + rows.map { "| \($0.code) | \($0.meaning) |\n" }.joined()
      + "\nWhen several hold, a signal counts first, then: " + order + ".\n"
  }

  private static var order: String {
    TaskHost.ExitCode.precedence.map { String($0.rawValue) }.joined(separator: ", ")
  }
}
