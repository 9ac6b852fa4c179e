import Foundation
import TestSupport
import Testing

/// Deaths that are known before they are over.
@Suite struct DyingTests {
  /// A large process ends slowly, so that of some such deaths at least one is seen before it is over, however busy the machine is.
  @Test(arguments: [["--no-fork-server"], []])
  func aDeathIsToldBeforeItIsOver(options: [String]) throws {
    let deaths = 8
    let run = try Taskhost.run(
      ["-j1"] + options + ["--plugin", TestKind.path("greedy.c")]
        + Array(repeating: "fall:128", count: deaths))
    let seen = run.events.named("worker.dying")
    #expect(!seen.isEmpty)
    for event in seen {
      let worker = try #require(event.number("worker"))
      let life = run.events.filter { $0.text("type") == "worker" && $0.number("worker") == worker }
      #expect(life.map(\.name).suffix(2) == ["worker.dying", "worker.ended"])
      #expect(life.last?.text("reason") == "crashed" && life.last?.number("signal") == Int(SIGKILL))
      #expect((life.last?.number("peak_memory") ?? 0) > 128 << 20, "what it used is known when it is reaped")
    }
    #expect(run.outcomes() == ["crashed": deaths])
    #expect(run.end == .exited(107))
  }

  /// The code is its own, whatever was known before.
  @Test(arguments: [[], ["FORKED"]])
  func howItEndedIsNotLost(defines: [String]) throws {
    let run = try Taskhost.run(
      ["-j1", "--plugin", TestKind.path("vandal.c", defines), "sleep:20", "exit3", "sleep:20", "abort", "ok"])
    let ends = run.events.named("worker.ended").filter { $0.text("reason") != "retired" }
    #expect(ends.map { $0.text("reason") } == ["exited", "crashed"])
    #expect(ends.first?.number("exit_code") == 3 && ends.last?.number("signal") == Int(SIGABRT))
    #expect(run.outcomes() == ["passed": 3, "crashed": 2])
  }

  /// The lock lies in a page that the plugin can write to.
  @Test func whoSpoilsThePageIsNotDead() throws {
    let run = try Taskhost.run(
      ["-j1", "--plugin", TestKind.path("forger.c"), "sleep:20", "lie-in-claims", "sleep:20", "ok"])
    #expect(run.events.named("worker.dying").isEmpty)
    #expect(run.outcomes() == ["passed": 4])
  }

  @Test func whoIsToldToEndDoesNotDie() throws {
    let run = try Taskhost.run(["-j2", "--plugin", TestKind.path("vandal.c"), "sleep:20", "sleep:20", "ok"])
    #expect(run.events.named("worker.dying").isEmpty)
    #expect(run.outcomes() == ["passed": 3])
  }

  /// What only makes a death known sooner takes no descriptor that a worker needs.
  @Test(arguments: [40, 44, 48])
  func fewDescriptorsAreForTheWorkers(most: Int) throws {
    let tasks = (0..<10).flatMap { _ in ["sleep:20", "sleep:10", "sleep:20", "exit3"] }
    let child = try Child(
      "/bin/sh",
      [
        "-c", "ulimit -n \(most); exec \"$@\"", "sh", Taskhost.executable, "run", "--message-format", "jsonl",
        "-j2",
        "--plugin", try TestKind.path("vandal.c"),
      ] + tasks, environment: Taskhost.environment)
    try child.finish()
    #expect(try Taskhost.finished(child).outcomes() == ["passed": 30, "crashed": 10])
  }
}
