internal import Foundation
internal import Glibc

/// The built executable, run as a user runs it.
package enum Taskhost {
  /// Where the products lie: beside the test bundle.
  package static let directory: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let executable = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return URL(fileURLWithPath: executable).deletingLastPathComponent().path
  }()

  package static var executable: String { directory + "/taskhost" }

  /// Of the test's own environment, what does not change what taskhost does.
  package static var environment: [String: String] {
    ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("TASKHOST_") && !$0.key.hasPrefix("SWIFT_")
    }
  }

  package struct Finished {
    package var end: Child.End
    package var events: [Event]
    package var output: String
    package var errors: String

    /// The last event of a run that came to its end.
    package var summary: Event? { events.last.flatMap { $0.name == "run.finished" ? $0 : nil } }

    package func outcomes() -> [String: Int] { summary?.object("outcomes") as? [String: Int] ?? [:] }
  }

  package static func start(
    _ arguments: [String], environment extra: [String: String] = [:], input: Bool = false
  ) throws -> Child {
    try Child(
      executable, arguments, environment: environment.merging(extra) { _, new in new }, input: input)
  }

  /// `taskhost run --message-format jsonl` with these arguments, to its end.
  package static func run(
    _ arguments: [String], environment: [String: String] = [:], seconds: Double = 120
  ) throws -> Finished {
    let child = try start(["run", "--message-format", "jsonl"] + arguments, environment: environment)
    try child.finish(seconds: seconds)
    return try finished(child)
  }

  /// Any command, to its end.
  package static func plain(
    _ arguments: [String], environment: [String: String] = [:], seconds: Double = 120
  ) throws -> (end: Child.End, output: String, errors: String) {
    let child = try start(arguments, environment: environment)
    let end = try child.finish(seconds: seconds)
    return (end, child.outputText, child.errorText)
  }

  package static func finished(_ child: Child) throws -> Finished {
    guard let end = child.end else { throw Child.Failure(description: "it has not ended") }
    return Finished(
      end: end, events: try events(child), output: child.outputText, errors: child.errorText)
  }

  /// The whole lines that it has written so far. Every one must be an event, and none may be missing.
  package static func events(_ child: Child) throws -> [Event] {
    var events: [Event] = []
    for line in child.output.split(separator: 10) {
      let isWhole = line.endIndex < child.output.endIndex
      if !isWhole, child.end == nil { break }
      do {
        events.append(try Event(line))
      } catch {
        throw Child.Failure(
          description: "not an event: \(String(decoding: line, as: UTF8.self)): \(error)")
      }
      guard events.last?.number("seq") == events.count else {
        throw Child.Failure(
          description: "line \(events.count) has seq \(String(describing: events.last?.number("seq")))")
      }
    }
    return events
  }
}
