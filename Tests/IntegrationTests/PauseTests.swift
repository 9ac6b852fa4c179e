import Foundation
import TestSupport
import Testing

/// Ctrl-Z, as a shell sends it, and `fg`.
@Suite struct PauseTests {
  private func start(_ options: [String], _ words: [String], flags: String = "0") throws -> Child {
    try Taskhost.start(
      ["run", "--message-format", "jsonl", "--plugin", try TestKind.path("greedy.c", ["FLAGS=\(flags)"])]
        + options + words)
  }

  private func workers(_ child: Child) throws -> [Int] {
    try Taskhost.events(child).named("worker.fresh").compactMap { $0.number("pid") }
  }

  private func states(_ pids: [Int]) -> Set<String> { Set(pids.compactMap { ProcessTable.state($0) }) }

  /// The limit of the task would strike while the run is stopped.
  @Test(arguments: ["0", "TH_KIND_FORK_SAFE"])
  func aPauseStopsAllAndTakesNoTime(flags: String) throws {
    let child = try start(["-j2", "--timeout", "3s"], ["announce:300", "announce:300"], flags: flags)
    try child.wait(for: "both tasks") { try Taskhost.events($0).named("feedback.received").count == 2 }
    let pids = try workers(child)
    try #require(pids.count == 2)
    child.send(SIGTSTP)
    // The fork server, where there is one, is a child, too.
    try child.wait(for: "the stop of all") { _ in
      self.states(ProcessTable.children(of: Int(child.pid)) + [Int(child.pid)]) == ["T"]
    }
    try child.wait(for: "what it says") { try !Taskhost.events($0).named("run.paused").isEmpty }
    #expect(try Taskhost.events(child).named("run.paused").first?.number("running") == 2)
    let end = Date().addingTimeInterval(4)
    try child.wait(for: "four seconds") { _ in Date() > end }
    #expect(states(pids + [Int(child.pid)]) == ["T"])
    child.send(SIGCONT)
    #expect(try child.finish() == .exited(0))
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["passed": 2])
    let resumed = try #require(run.events.named("run.resumed").first)
    #expect(try #require(resumed.members["paused"] as? Double) >= 4)
    #expect(run.events.named("worker.ended").allSatisfy { $0.text("reason") == "retired" })
    // The time of the pause counts nowhere.
    #expect(try #require(run.summary?.members["elapsed"] as? Double) < 4)
    for trial in run.events.named("trial.finished") {
      #expect(try #require(trial.members["exec_time"] as? Double) < 3)
    }
  }

  /// Time limits go on after a pause where they stood before.
  @Test func aLimitStrikesAfterAPause() throws {
    let child = try start(["-j1", "--timeout", "1s"], ["wait", "ok"])
    try child.wait(for: "the task") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    child.send(SIGTSTP)
    try child.wait(for: "the stop") { _ in self.states([Int(child.pid)]) == ["T"] }
    child.send(SIGCONT)
    #expect(try child.finish() == .exited(100))
    #expect(try Taskhost.finished(child).outcomes() == ["timeout": 1, "passed": 1])
  }

  /// A second one is as good as the first.
  @Test func aRunIsPausedAsOftenAsItIsAsked() throws {
    let child = try start(["-j1"], ["announce:300"])
    try child.wait(for: "the task") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    for time in 1...3 {
      child.send(SIGTSTP)
      try child.wait(for: "the stop") { _ in self.states([Int(child.pid)]) == ["T"] }
      child.send(SIGCONT)
      try child.wait(for: "going on") { try Taskhost.events($0).named("run.resumed").count == time }
    }
    #expect(try child.finish() == .exited(0))
    #expect(try Taskhost.finished(child).events.named("run.resumed").count == 3)
  }

  /// What was ignored when the host started stays so.
  @Test func anIgnoredStopStaysIgnored() throws {
    let plugin = try TestKind.path("greedy.c")
    let child = try Child(
      "/bin/sh",
      [
        "-c", "trap '' TSTP; exec \"$@\"", "sh", Taskhost.executable, "run", "--message-format", "jsonl",
        "-j1",
        "--plugin", plugin, "announce:200",
      ], environment: Taskhost.environment)
    try child.wait(for: "the task") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    child.send(SIGTSTP)
    #expect(try child.finish() == .exited(0))
    #expect(try Taskhost.finished(child).events.named("run.paused").isEmpty)
  }
}
