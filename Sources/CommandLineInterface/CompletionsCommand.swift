internal import ArgumentParser
internal import TaskHost

struct CompletionsCommand: ExecutableCommand {
  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish
  }

  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Prints a completion script for a shell.",
    discussion: "For bash: taskhost completions bash > ~/.local/share/bash-completion/completions/taskhost")

  @Argument(help: "The shell.")
  var shell: Shell

  func execute(_ context: CommandContext) -> CommandEnd {
    let target: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    context.data.write(TaskhostCommand.completionScript(for: target) + "\n")
    return .exit(.ok)
  }
}
