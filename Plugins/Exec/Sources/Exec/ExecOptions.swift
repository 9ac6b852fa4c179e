internal import Commands
internal import TaskHostSDK

/// The options of a run.
struct ExecOptions {
  /// The template, if it is not among the words.
  var command: String?
  /// Nil: commands run without a shell.
  var shell: String?
  var columnPattern: String?
  var trim: Columns.Trim = []
  var maxArguments = 1
  var directory: Template?
  /// A command that fails is no verdict but an error, so that the host may try it again.
  var mayFailTrial = false

  var mode: Template.Mode { shell == nil ? .words : .shell }

  init(_ host: Host) throws(KindError) {
    command = host.option("command")
    switch host.option("shell") ?? "no" {
    case "no": shell = nil
    case "yes": shell = "/bin/sh"
    case let path where path.hasPrefix("/"): shell = path
    case let other:
      throw .badInput("option shell: found '\(other)', expected yes, no or the absolute path of a shell")
    }
    if let pattern = host.option("colsep"), !pattern.isEmpty {
      columnPattern = pattern
      trim = [.left, .right]
    }
    if let name = host.option("trim") {
      guard let trim = Columns.Trim(named: name) else {
        throw .badInput("option trim: found '\(name)', expected n, l, r, lr or rl")
      }
      self.trim = trim
    }
    maxArguments = try host.option("max-args", in: 1...1_000_000) ?? maxArguments
    if let text = host.option("directory"), !text.isEmpty {
      guard !text.utf8.contains(0) else { throw .badInput("option directory: it holds a NUL byte") }
      guard !text.contains("{%}") else {
        throw .badInput("option directory: {%} is not known before a command runs")
      }
      directory = Template([text.utf8], mode: .words, appendsArguments: false)
    }
    mayFailTrial = try Self.isYes(host, "retry")
    // It is one of the kind's flags; here only its form is looked at.
    _ = try Self.isYes(host, "idempotent")
  }

  private static func isYes(_ host: Host, _ key: String) throws(KindError) -> Bool {
    switch host.option(key) ?? "no" {
    case "no": false
    case "yes": true
    case let other: throw .badInput("option \(key): found '\(other)', expected yes or no")
    }
  }
}
