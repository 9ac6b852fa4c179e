import Foundation
import TestSupport
import Testing

/// A fork server runs code of the plugin. What it says is checked, and what it does is no worse than a worker that dies.
@Suite struct ForkServerLieTests {
  private func run(_ lie: String, _ options: [String] = []) throws -> Aftermath {
    try Aftermath.run(
      ["-j2", "--plugin", TestKind.path("liar.c", ["FORKED"]), "--set", "lie=\(lie)"] + options
        + words)
  }

  /// Enough for more starts than a fork server may spoil.
  private let words = ["origin"] + Array(repeating: "ok", count: 12) + ["origin"]

  /// A process that is no worker of its own is not believed, not killed, and not waited for: the kind ends, and is named.
  @Test(arguments: ["init", "host", "itself", "negative", "own-child", "twice", "floods"])
  func aProcessThatItHasNotForked(lie: String) throws {
    let after = try run(lie)
    #expect(after.run.end == .exited(101) && after.run.outcomes() == ["lost": 14])
    let failure = after.run.summary?.text("failure") ?? ""
    #expect(failure.hasPrefix("the fork server of kind liar said that it had forked process "))
    #expect(failure.hasSuffix(", which is no worker of its own"))
    #expect(after.isClean, "left: \(after.processes)")
  }

  /// A child of the host that is none of its workers is killed when it does not speak as one.
  @Test func aProcessThatIsNoWorker() throws {
    let after = try run("sleeper", ["--start-timeout", "300ms"])
    #expect(after.run.end == .exited(101) && after.run.outcomes() == ["lost": 14])
    let ended = after.run.events.named("worker.ended").filter { $0.text("reason") != "shutdown" }
    #expect(
      ended.allSatisfy { $0.text("message")?.hasPrefix("it was not ready in time: ") == true })
    #expect(after.isClean, "left: \(after.processes)")
  }

  struct Failing: CustomTestStringConvertible, Sendable {
    var lie: String
    var cause: String
    var testDescription: String { lie }
  }

  /// Nothing is lost by it: workers are executed in place of being forked, and the log says why.
  @Test(arguments: [
    Failing(lie: "garbage", cause: "it has ended 3 times within a minute"),
    Failing(lie: "odd-word", cause: "it has ended 3 times within a minute"),
    Failing(lie: "wrong-order", cause: "it has ended 3 times within a minute"),
    Failing(lie: "closes", cause: "it has ended 3 times within a minute"),
    Failing(lie: "dies", cause: "it has ended 3 times within a minute"),
    Failing(lie: "crashes", cause: "it has ended 3 times within a minute"),
    Failing(lie: "stops", cause: "it has ended 3 times within a minute"),
    Failing(lie: "never", cause: "it did not answer in time"),
    Failing(lie: "has-threads", cause: "the plugin has started threads (5 in all)"),
    Failing(lie: "starts-a-thread", cause: "the plugin has started threads (2 in all)"),
    Failing(lie: "dies-at-load", cause: "before it was ready"),
    Failing(lie: "crashes-at-load", cause: "before it was ready"),
    Failing(lie: "stops-at-load", cause: "it was stopped before it was ready"),
    Failing(
      lie: "hangs-at-load",
      cause: "it was not ready in time: its plugin was not loaded 2.00 s after its start"),
  ])
  func workersAreExecutedInPlaceOfIt(failing: Failing) throws {
    let after = try run(failing.lie, ["--start-timeout", "2s"])
    #expect(after.run.end == .exited(0) && after.run.outcomes() == ["passed": 14])
    #expect(origins(after.run) == ["worker", "worker"])
    let log = after.run.events.named("log.written").compactMap { $0.text("message") }
    try #require(log.count == 1)
    #expect(log[0].hasPrefix("workers of kind liar are executed one by one, without a fork server: "))
    #expect(log[0].hasSuffix(failing.cause), "\(log[0])")
    #expect(after.run.events.named("worker.ended").allSatisfy { $0.text("reason") == "retired" })
    #expect(after.isClean, "left: \(after.processes)")
  }

  /// An order that it can not carry out is told, and carried out in the other way.
  @Test(arguments: ["fails", "passes-files"])
  func aForkThatFailsIsMadeUpFor(lie: String) throws {
    let after = try run(lie)
    #expect(after.run.end == .exited(0) && after.run.outcomes() == ["passed": 14])
    #expect(origins(after.run) == ["worker", "worker"] && after.isClean)
    let warnings = after.run.events.named("warning.raised").compactMap { $0.text("message") }
    #expect(warnings.contains { $0.hasPrefix("a worker could not be forked: clone: ") })
  }

  private func origins(_ run: Taskhost.Finished) -> [String] {
    run.events.named("feedback.received").compactMap { $0.text("data") }
  }
}
