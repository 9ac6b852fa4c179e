import Foundation
import TestSupport
import Testing

/// Time limits of the user, and those that a kind gives to its tasks.
@Suite struct TimeLimitTests {
  private func run(_ options: [String], _ words: [String], seconds: Double = 60) throws -> Taskhost.Finished {
    try Taskhost.run(
      ["-j1", "--plugin", TestKind.path("greedy.c")] + options + words, seconds: seconds)
  }

  private func reasons(_ run: Taskhost.Finished) -> [String] {
    run.events.named("worker.ended").compactMap { $0.text("reason") }
  }

  @Test func aTaskThatListensGivesUpAtTheSoftLimit() throws {
    let run = try run(["--soft-timeout", "200ms"], ["polite", "ok"])
    #expect(run.outcomes() == ["timeout": 1, "passed": 1])
    #expect(reasons(run) == ["retired"], "the worker lives on")
    #expect(run.end == .exited(100))
  }

  @Test func oneThatDoesNotListenGetsSIGTERMAfterTheGrace() throws {
    let run = try run(["--soft-timeout", "200ms", "--grace", "200ms"], ["wait", "ok"])
    #expect(run.outcomes() == ["timeout": 1, "passed": 1])
    let end = try #require(run.events.named("worker.ended").first)
    #expect(end.text("reason") == "timeout" && end.text("signal_name") == "SIGTERM")
  }

  @Test func oneThatIgnoresThatIsKilledAfterTheGrace() throws {
    let run = try run(["--soft-timeout", "200ms", "--grace", "200ms"], ["deaf", "ok"])
    #expect(run.outcomes() == ["timeout": 1, "passed": 1])
    let end = try #require(run.events.named("worker.ended").first)
    #expect(end.text("reason") == "timeout" && end.text("signal_name") == "SIGKILL")
    let task = try #require(run.events.named("task.finished").first { $0.text("outcome") == "timeout" })
    let time = try #require(task.members["exec_time"] as? Double)
    #expect(time >= 0.6 && time < 20, "the limit and two graces")
  }

  @Test func theHardLimitKillsAtOnce() throws {
    let run = try run(["--timeout", "200ms"], ["polite", "ok"])
    #expect(run.outcomes() == ["timeout": 1, "passed": 1])
    let trial = try #require(run.events.named("trial.finished").first)
    #expect(trial.text("result") == "timed_out" && trial.text("signal_name") == "SIGKILL")
    let task = try #require(run.events.named("task.finished").first { $0.text("outcome") == "timeout" })
    #expect(task.text("message") == "over its time limit: worker 1 was ended by SIGKILL")
  }

  /// What the kind says of a task goes before what the user says of all.
  @Test func theKindsOwnLimitsCount() throws {
    let run = try run(
      ["--timeout", "300ms"], ["sleep:900@none", "sleep:900@hard=60000", "wait@hard=100", "sleep:900"])
    #expect(run.outcomes() == ["passed": 2, "timeout": 2])
  }

  /// What is left, in nanoseconds, when the task begins: until the soft limit if there is one, else until the hard one.
  @Test(arguments: [
    ([], "deadline", 0...0), (["--timeout", "40s"], "deadline", 35_000_000_000...40_000_000_000),
    (["--timeout", "40s", "--soft-timeout", "20s"], "deadline", 15_000_000_000...20_000_000_000),
    ([], "deadline@hard=30000", 25_000_000_000...30_000_000_000),
    (["--timeout", "40s"], "deadline@none", 0...0),
  ])
  func aTaskKnowsItsDeadline(options: [String], word: String, expected: ClosedRange<Int>) throws {
    // The one before has a deadline of its own, which must not stay.
    let run = try run(options, ["deadline@soft=9000", word])
    let left = run.events.named("feedback.received").compactMap { $0.text("data").flatMap { Int($0) } }
    try #require(left.count == 2)
    #expect((5_000_000_000...9_000_000_000).contains(left[0]))
    #expect(expected.contains(left[1]), "\(left[1])")
  }

  /// As the first signal does, but the process does not die by one.
  @Test func theTimeOfTheRunEndsIt() throws {
    let run = try run(["--run-timeout", "300ms"], ["polite", "ok", "ok"])
    #expect(run.outcomes() == ["cancelled": 3])
    #expect(run.end == .exited(100))
    let cancelling = try #require(run.events.named("run.cancelling").first)
    #expect(cancelling.text("cause") == "timeout" && cancelling.number("running") == 1)
    #expect(run.summary?.flag("timed_out") == true)
  }

  @Test func aRunThatIsInTimeIsNotConcerned() throws {
    let run = try run(
      ["--run-timeout", "60s", "--timeout", "50s", "--soft-timeout", "40s"], ["ok", "sleep:20"])
    #expect(run.outcomes() == ["passed": 2])
    #expect(run.end == .exited(0) && run.summary?.flag("timed_out") == nil)
  }
}

/// What a kind says about how long its tasks take.
@Suite struct EstimatedTaskTests {
  /// Those of unknown length first, as one of them may be the longest of all; then the longest.
  @Test func theLongestComesFirst() throws {
    let run = try Taskhost.run(
      [
        "-j1", "--plugin", TestKind.path("greedy.c"), "sleep:1@takes=10", "sleep:2@takes=5000", "sleep:3",
        "sleep:4@takes=300",
      ])
    let names = run.events.named("task.finished").compactMap { $0.text("name") }
    #expect(names == ["sleep:3", "sleep:2", "sleep:4", "sleep:1"])
  }
}
