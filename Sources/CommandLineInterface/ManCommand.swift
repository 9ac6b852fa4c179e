internal import ArgumentParser
internal import TaskHost

struct ManCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "man", abstract: "Prints the manual page, for man(1).", shouldDisplay: false)

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    do {
      context.data.write(try ManPage.text(of: TaskhostCommand._dumpHelp()))
    } catch {
      throw CommandFailure(
        RunError(.internalError, "the manual page could not be made", causes: ["\(error)"]))
    }
    return .exit(.ok)
  }
}
