/// What `taskhost` exits with. When several hold, the one that is listed first in `precedence` counts.
package enum ExitCode: Int32, CaseIterable, Sendable {
  case ok = 0
  case internalError = 1
  case usage = 2
  case nothingToRun = 4
  case configuration = 96
  case failed = 100
  case pluginRefused = 101
  case incomplete = 102
  case badInput = 104
  case infrastructure = 107
  case cannotWrite = 110

  package static let precedence: [ExitCode] = [
    .internalError, .usage, .configuration, .cannotWrite, .infrastructure, .pluginRefused, .badInput, .failed,
    .incomplete, .nothingToRun, .ok,
  ]

  /// The graver of the two.
  package func worse(_ other: ExitCode) -> ExitCode {
    let order = ExitCode.precedence
    let mine = order.firstIndex(of: self) ?? 0
    let theirs = order.firstIndex(of: other) ?? 0
    return mine <= theirs ? self : other
  }

  package var meaning: String {
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
