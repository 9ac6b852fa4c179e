import Foundation
import TestSupport
import Testing

/// A kind in C that uses every hook, on one worker, so that the order of all events is given. `Tests/Golden` holds the
/// scripts: what must be seen, event by event.
@Suite struct GoldenKindTests {
  private func expect(
    _ words: [String], toFollow script: String, _ location: SourceLocation = #_sourceLocation
  ) throws -> Taskhost.Finished {
    let run = try Taskhost.run(
      [
        "-j1", "--standby", "0", "--max-frame", "64K", "--set", "greeting=hello", "--plugin",
        TestKind.path("golden.c"),
      ] + words)
    // Output comes through another pipe than frames; warnings depend on who owns the file.
    let found = run.events.filter { $0.name != "output.written" && $0.name != "warning.raised" }.map(
      \.normalised)
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Golden/\(script).events").standardizedFileURL.path
    let expected = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    for (index, (one, other)) in zip(found, expected).enumerated() where one != other {
      Issue.record("event \(index + 1) is\n\(one)\nexpected\n\(other)", sourceLocation: location)
      break
    }
    #expect(
      found == expected, "all events:\n\(found.joined(separator: "\n"))", sourceLocation: location)
    return run
  }

  /// Fresh and Old, competence and match, pins, stale tasks, recycling, feedback both ways, and both size limits.
  @Test func everyHookOfAGoodRun() throws {
    let run = try expect(
      [
        "talks", "recalls", "learn-a", "knows-a", "inject", "stale", "fresh-only", "end", "nobody",
        "interrupts", "large-request", "large-response", "large-enough",
      ], toFollow: "good")
    #expect(run.end == .exited(100))
    #expect(run.errors == "queue freed after 12 responses, 3 gone\n")
    let printed = run.events.named("output.written").compactMap { $0.text("data") }.joined()
    #expect(printed == String(repeating: "worker freed\n", count: 3), "each worker ends in order")
  }

  /// Each way in which a task can go wrong without a crash.
  @Test func everyFailure() throws {
    let run = try expect(
      [
        "no-request", "counts", "counts-bad", "use-fails", "half-item", "fails-own", "fails-replaced",
        "fails-settled", "fails-once", "fails-hook", "fails-silently", "fails-unknown", "fails-input",
        "fails-limit", "odd-status", "retries-twice", "retries-always", "poisons", "nothing", "warns",
      ], toFollow: "bad")
    #expect(run.end == .exited(100))
    #expect(run.errors == "queue freed after 9 responses, 12 gone\n")
  }

  /// The same kind without worker processes gives the same outcomes.
  @Test func theSameInProcess() throws {
    let words = [
      "talks", "recalls", "learn-a", "knows-a", "inject", "stale", "interrupts", "large-response",
      "fails-own",
    ]
    let plugin = try TestKind.path("golden.c")
    let options = ["--max-frame", "64K", "--set", "greeting=hello", "--plugin", plugin]
    let apart = try Taskhost.run(["-j1"] + options + words)
    let inside = try Taskhost.run(["--in-process"] + options + words)
    func course(_ run: Taskhost.Finished) -> [String] {
      run.events.filter { ["task.finished", "trial.finished", "feedback.received"].contains($0.name) }.map(
        \.normalised)
    }
    #expect(course(inside) == course(apart))
    #expect(inside.end == apart.end)
  }
}
