package import PluginLoading
package import TaskHost

/// What commands work with: the two streams, the surroundings, and the way to run tasks.
package struct CommandContext {
  package typealias RunTasks = (RunOptions, any Reporter) throws(RunError) -> RunSummary

  /// Standard output: data.
  package var data: DataOutput
  /// Standard error: text for people.
  package var text: DataOutput
  package var terminal: TerminalFacts
  package var clock: Clock
  package var run: RunTasks
  /// The kinds that can be found when these files are named.
  package var catalog: ([String]) -> Catalog

  package init(
    data: DataOutput, text: DataOutput, terminal: TerminalFacts, clock: Clock = .system,
    catalog: @escaping ([String]) -> Catalog = { .discover(.standard(files: $0)) }, run: @escaping RunTasks
  ) {
    self.data = data
    self.text = text
    self.terminal = terminal
    self.clock = clock
    self.catalog = catalog
    self.run = run
  }

  /// Why output is lost, if it is.
  var writeFailure: RunError? { data.failure ?? text.failure }
}

/// How the process is to end.
package enum CommandEnd: Equatable {
  case exit(ExitCode)
  /// By this signal, so that the parent sees why.
  case signal(Int32)
}
