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
  /// The kinds that can be found when these files are named, and the configuration names these directories.
  package var catalog: (_ files: [String], _ directories: [String]) -> Catalog
  /// From where the file of a project is looked for; nil: there is none.
  package var workingDirectory: String?
  /// Of all variables.
  package var variableNames: () -> [String]
  /// Starts one worker, to hear what it has.
  package var inspect: (RunOptions) throws(RunError) -> InspectionEnd

  package init(
    data: DataOutput, text: DataOutput, terminal: TerminalFacts, clock: Clock = .system,
    workingDirectory: String? = nil, variableNames: @escaping () -> [String] = { [] },
    catalog: @escaping ([String], [String]) -> Catalog = {
      .discover(.standard(files: $0, directories: $1))
    },
    inspect: @escaping (RunOptions) throws(RunError) -> InspectionEnd = { (_) throws(RunError) in
      throw RunError(.internalError, "workers can not be inspected here")
    },
    run: @escaping RunTasks
  ) {
    self.data = data
    self.text = text
    self.terminal = terminal
    self.clock = clock
    self.workingDirectory = workingDirectory
    self.variableNames = variableNames
    self.catalog = catalog
    self.inspect = inspect
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
