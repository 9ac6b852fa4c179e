/// What `taskhost` exits with, and so what a ``Run`` comes to. When several hold, the one that is listed first in ``precedence`` counts.
public enum ExitCode: Int32, CaseIterable, Sendable {
  /// All tasks passed.
  case ok = 0
  /// Something that can not be has happened.
  case internalError = 1
  /// What was asked for can not be: of the command, its words and options.
  case usage = 2
  /// The kind has made no tasks.
  case nothingToRun = 4
  /// The configuration or set-up is wrong.
  case configuration = 96
  /// One or more tasks failed.
  case failed = 100
  /// A plugin was not found, was refused or could not start.
  case pluginRefused = 101
  /// Nothing failed, but some results are incomplete.
  case incomplete = 102
  /// The input could not be read, or no verdict on it was possible.
  case badInput = 104
  /// Results are missing because the machinery failed.
  case infrastructure = 107
  /// Output could not be written.
  case cannotWrite = 110

  /// From the gravest to none.
  public static let precedence: [ExitCode] = [
    .internalError, .usage, .configuration, .cannotWrite, .infrastructure, .pluginRefused, .badInput, .failed,
    .incomplete, .nothingToRun, .ok,
  ]

  /// The graver of the two.
  public func worse(_ other: ExitCode) -> ExitCode {
    let order = ExitCode.precedence
    let mine = order.firstIndex(of: self) ?? 0
    let theirs = order.firstIndex(of: other) ?? 0
    return mine <= theirs ? self : other
  }

  /// In words.
  public var meaning: String {
    switch self {
    case .ok: "all tasks passed"
    case .internalError: "unexpected internal error"
    case .usage: "the command line is wrong"
    case .nothingToRun: "there was nothing to run"
    case .configuration: "the configuration or set-up is wrong"
    case .failed: "one or more tasks failed"
    case .pluginRefused: "a plugin was not found, was refused or could not start"
    case .incomplete: "nothing failed, but some results are incomplete"
    case .badInput: "the input could not be read, or no verdict on it was possible"
    case .infrastructure: "results are missing because the machinery failed"
    case .cannotWrite: "output could not be written"
    }
  }
}
