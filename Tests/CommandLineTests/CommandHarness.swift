import CommandLineInterface
import TaskHost

/// Runs the command line in this process, with a run that is a script.
final class CommandHarness {
  let data: Capture
  let text: Capture
  var variables: [String: String] = [:]
  /// What the run was asked for, if there was one.
  private(set) var request: RunRequest?
  var options: RunOptions? { request?.options }
  var events: [RunEvent] = []
  var workingDirectory: String?
  var result: Result<RunSummary, RunError> = .success(Script.summary(.ok))

  init() throws {
    data = try Capture(name: "standard output")
    text = try Capture(name: "standard error")
  }

  func context(data: DataOutput? = nil) -> CommandContext {
    CommandContext(
      data: data ?? self.data.output, text: text.output,
      terminal: TerminalFacts(isTerminal: false, environment: { self.variables[$0] }),
      workingDirectory: workingDirectory, variableNames: { Array(self.variables.keys) },
      // What is installed where the tests run must not matter.
      catalog: {
        var places = $0
        places.searchesNothingElse = true
        return PluginCatalog(places)
      },
      run: { (request, reporter, _) throws(RunError) in
        self.request = request
        report(self.events, to: reporter)
        return try self.result.get()
      })
  }

  func execute(_ arguments: String...) -> CommandEnd {
    CommandLineInterface.execute(arguments, context())
  }
}
