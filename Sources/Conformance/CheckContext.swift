internal import Glibc
package import PluginLoading

/// What one check has to work with.
package struct CheckContext {
  /// Absolute.
  package let file: String
  /// What the kind works on: of the command line, else of the manifest, else a few that mean nothing.
  package let words: [String]
  /// Nobody has said what the kind works on.
  package let wordsAreGeneric: Bool
  /// Options of the kind, as `--set` gives them.
  package let settings: [(key: String, value: String)]
  package let seed: UInt64
  /// How often a random check tries.
  package let executions: Int
  package let notebook: Notebook
  package var dice: Dice
  /// Where calls of hooks are noted; nil: they are not.
  let log: CallLog?
  private var loadedSubject: Subject?

  init(_ job: CheckJob, notebook: Notebook, log: CallLog? = nil) {
    self.log = log
    file = job.file
    words = job.words
    wordsAreGeneric = job.wordsAreGeneric
    settings = job.settings
    seed = job.seed
    executions = job.executions
    self.notebook = notebook
    dice = Dice(seed: job.seed, for: job.check)
  }

  /// Says what is tried next: shown if the process dies of it.
  package func step(_ text: String) { notebook.step(text) }

  /// What the load rules say about the file.
  package func inspection() -> Inspection { Inspection(file, origin: .commandLine) }

  /// The kind, loaded into this process with the services of the checker. A check of something else is skipped where the loader
  /// refuses the file.
  package mutating func subject(_ host: CheckHost.Shape = .init()) throws(CheckEnd) -> Subject {
    if let loadedSubject { return loadedSubject }
    do throws(Refusal) {
      let subject = try Subject(self, host)
      loadedSubject = subject
      return subject
    } catch {
      throw .skipped("the loader refuses the file: rule \(error.rule.id), found \(error.found)")
    }
  }
}

/// What the process of a check is asked to do.
package struct CheckJob: Sendable {
  package var check: String
  package var file: String
  package var words: [String]
  package var wordsAreGeneric: Bool
  package var settings: [(key: String, value: String)]
  package var seed: UInt64
  package var executions: Int
  /// How long it may take.
  package var seconds: Double
  /// Calls of hooks are noted.
  package var traces = false

  var json: JSONValue {
    .object([
      .init("check", .string(check)), .init("file", .string(file)),
      .init("words", .array(words.map(JSONValue.string))), .init("generic", .bool(wordsAreGeneric)),
      .init("settings", .array(settings.flatMap { [.string($0.key), .string($0.value)] })),
      .init("seed", .string(String(seed))), .init("executions", .integer(Int64(executions))),
      .init("traces", .bool(traces)),
      .init("milliseconds", .integer(Int64(seconds * 1000))),
    ])
  }

  init(
    check: String, file: String, words: [String], wordsAreGeneric: Bool,
    settings: [(key: String, value: String)], seed: UInt64, executions: Int, seconds: Double,
    traces: Bool = false
  ) {
    self.check = check
    self.file = file
    self.words = words
    self.wordsAreGeneric = wordsAreGeneric
    self.settings = settings
    self.seed = seed
    self.executions = executions
    self.seconds = seconds
    self.traces = traces
  }

  init?(_ json: JSONValue) {
    func texts(_ name: String) -> [String]? {
      guard case .array(let values)? = json[name] else { return nil }
      return values.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
    guard case .string(let check)? = json["check"], case .string(let file)? = json["file"],
      let words = texts("words"), case .bool(let isGeneric)? = json["generic"],
      let settings = texts("settings"), case .string(let seed)? = json["seed"], let seed = UInt64(seed),
      case .integer(let executions)? = json["executions"],
      case .integer(let milliseconds)? = json["milliseconds"], case .bool(let traces)? = json["traces"]
    else { return nil }
    self.init(
      check: check, file: file, words: words, wordsAreGeneric: isGeneric,
      settings: stride(from: 0, to: settings.count - 1, by: 2).map { (settings[$0], settings[$0 + 1]) },
      seed: seed, executions: Int(executions), seconds: Double(milliseconds) / 1000, traces: traces)
  }
}
