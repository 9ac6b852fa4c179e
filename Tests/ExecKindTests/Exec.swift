import Foundation
import TestSupport
import Testing

/// Runs of the kind as a user makes them.
enum Exec {
  struct Run {
    var end: Child.End
    /// What the commands printed.
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  /// `taskhost run --kind exec` with these arguments, to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], seconds: Double = 120
  ) throws -> Run {
    let run = try Taskhost.plain(
      ["run", "--kind", "exec"] + arguments, environment: environment, seconds: seconds)
    return Run(end: run.end, output: run.output, errors: run.errors)
  }

  /// The same as events.
  static func events(_ arguments: [String], seconds: Double = 120) throws -> Taskhost.Finished {
    try Taskhost.run(["--kind", "exec"] + arguments, seconds: seconds)
  }
}
