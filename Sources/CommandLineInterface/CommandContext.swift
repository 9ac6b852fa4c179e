package import TaskHost

/// What commands work with: the two streams, the surroundings, and the way to run tasks.
package struct CommandContext {
  package typealias RunTasks = (
    RunRequest, any RunReporter, (any RunTracer)?
  ) throws(RunError) -> RunSummary

  package typealias ListTasks = (
    RunRequest, any RunReporter, () throws(RunError) -> Void,
    (UnsafeRawBufferPointer) throws(RunError) -> Void
  ) throws(RunError) -> ExitCode

  /// Standard output: data.
  package var data: DataOutput
  /// Standard error: text for people.
  package var text: DataOutput
  package var terminal: TerminalFacts
  package var clock: Clock
  /// The bytes of all arguments, where one of them is not UTF-8; else empty.
  package var rawArguments: [[UInt8]] = []
  package var run: RunTasks
  /// Gives the lines of what would be run.
  package var list: ListTasks
  /// The kinds that can be found.
  package var catalog: (Host.Options) -> PluginCatalog
  /// From where the file of a project is looked for; nil: there is none.
  package var workingDirectory: String?
  /// Of all variables.
  package var variableNames: () -> [String]
  /// Starts one worker, to hear what it has.
  package var inspect: (RunRequest) throws(RunError) -> InspectionEnd

  package init(
    data: DataOutput, text: DataOutput, terminal: TerminalFacts, clock: Clock = .system,
    workingDirectory: String? = nil, variableNames: @escaping () -> [String] = { [] },
    catalog: @escaping (Host.Options) -> PluginCatalog = { PluginCatalog($0) },
    inspect: @escaping (RunRequest) throws(RunError) -> InspectionEnd = { (_) throws(RunError) in
      throw RunError(.internalError, "workers can not be inspected here")
    },
    list: @escaping ListTasks = { (_, _, _, _) throws(RunError) in
      throw RunError(.internalError, "tasks can not be listed here")
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
    self.list = list
  }

  /// The one that has asked for the end of a run, if there was one.
  package var endingSignal: () -> Int32? = { nil }

  /// Why output is lost, if it is.
  var writeFailure: RunError? { data.failure ?? text.failure }
}

/// What a command wants run: a kind, where it is looked for, and what it is to do.
package struct RunRequest {
  package var kind: String?
  package var places = Host.Options()
  /// For the kind, in order; a later one of the same key counts.
  package var settings: [(key: String, value: String)] = []
  package var options: RunOptions
}

extension Run {
  convenience init(_ request: RunRequest) throws(RunError) {
    let host: Host
    do throws(HostError) { host = try Host(request.places) } catch {
      throw RunError(.internalError, "\(error)")
    }
    var options = request.options
    options.ownsProcess = true
    try self.init(host, kind: request.kind, settings: request.settings, options)
  }
}

/// How the process is to end.
package enum CommandEnd: Equatable {
  case exit(ExitCode)
  /// By this signal, so that the parent sees why.
  case signal(Int32)
}
