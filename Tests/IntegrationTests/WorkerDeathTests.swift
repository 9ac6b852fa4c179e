import Foundation
import TestSupport
import Testing

private let idempotent = ["FLAGS=TH_KIND_IDEMPOTENT"]
private let splitting = ["FLAGS=36"]  // IDEMPOTENT and SPLITS

private func run(
  _ words: [String], workers: Int = 2, _ defines: [String] = [], seconds: Double = 120
) throws -> Taskhost.Finished {
  try Taskhost.run(
    ["-j\(workers)", "--plugin", TestKind.path("hostile.c", defines)] + words, seconds: seconds)
}

/// The outcome of each task that is not called `ok`.
private func others(_ run: Taskhost.Finished) -> [String: String] {
  var outcomes: [String: String] = [:]
  for event in run.events.named("task.finished") where event.text("name") != "ok" {
    outcomes[event.text("name") ?? "?"] = event.text("outcome")
  }
  return outcomes
}

struct Deed: CustomTestStringConvertible, Sendable {
  var name: String
  var reason: String
  var signal: Int?
  var exitCode: Int?
  var fault: String?
  var outcome = "crashed"

  var testDescription: String { name }

  static let all = [
    Deed(name: "segv", reason: "crashed", signal: 11), Deed(name: "wild", reason: "crashed", signal: 11),
    Deed(name: "abort", reason: "crashed", signal: 6), Deed(name: "kill", reason: "crashed", signal: 9),
    Deed(name: "exit0", reason: "exited", exitCode: 0), Deed(name: "_exit0", reason: "exited", exitCode: 0),
    Deed(name: "exit3", reason: "exited", exitCode: 3), Deed(name: "stop", reason: "stopped", signal: 9),
    Deed(name: "grandchild", reason: "exited", exitCode: 9),
    Deed(name: "close", reason: "protocol", signal: 9, fault: "eof"),
    Deed(name: "garbage", reason: "protocol", signal: 9, fault: "bad_frame", outcome: "error"),
    Deed(name: "half", reason: "protocol", exitCode: 0, fault: "truncated", outcome: "error"),
  ]
}

@Suite struct WorkerDeathTests {
  /// One bad task costs one worker, is named once, and nothing else is lost.
  @Test(arguments: Deed.all)
  func aDeathCostsOneTask(deed: Deed) throws {
    let run = try run(["ok", "ok", "ok", deed.name, "ok", "ok", "ok"])
    #expect(others(run) == [deed.name: deed.outcome])
    #expect(run.outcomes() == ["passed": 6, deed.outcome: 1])
    let code: Int32 = deed.outcome == "crashed" ? 107 : 100
    #expect(run.end == .exited(code) && run.summary?.number("exit_code") == Int(code))
    let bad = run.events.named("worker.ended").filter { $0.text("reason") != "retired" }
    try #require(bad.count == 1, "\(bad.map(\.normalised))")
    #expect(bad[0].text("reason") == deed.reason)
    #expect(bad[0].number("signal") == deed.signal)
    #expect(bad[0].number("exit_code") == deed.exitCode)
    #expect(bad[0].text("fault") == deed.fault)
    let trials = run.events.named("trial.finished").filter { $0.text("result") == "crashed" }
    #expect(trials.count == 1)
    #expect(run.errors == "", "nothing of the host's own")
  }

  /// The worker performed it, and died before the answer had left: that is a crash of this task, not a bad start.
  @Test func aTaskWhoseAnswerNeverLeftIsNotPerformedAgain() throws {
    let run = try run(["close-return", "ok"], workers: 1)
    #expect(others(run) == ["close-return": "crashed"])
    #expect(run.outcomes() == ["passed": 1, "crashed": 1])
    #expect(run.events.named("trial.finished").count == 2)
  }

  @Test func anIdempotentTaskIsTriedThreeTimes() throws {
    let run = try run(["ok", "ok", "segv", "ok", "ok"], idempotent)
    #expect(run.outcomes() == ["passed": 4, "crashed": 1])
    let end = try #require(run.events.named("task.finished").first { $0.text("name") == "segv" })
    #expect(end.text("outcome") == "crashed" && end.number("tries") == 3)
    #expect(end.text("message")?.contains("SIGSEGV") == true)
    let ended = run.events.named("worker.ended")
    #expect(ended.count { $0.text("reason") == "crashed" } == 3)
    #expect(run.end == .exited(107))
  }

  @Test func anIdempotentTaskThatCrashesOncePasses() throws {
    let workshop = try Workshop()
    let run = try run(["ok", "once:" + workshop.path("been-there"), "ok"], idempotent)
    #expect(run.outcomes() == ["passed": 3])
    #expect(run.end == .exited(0))
  }

  /// The batch is halved until the culprit is alone; everything else in it passes.
  @Test func aBatchIsSplitDownToItsCulprit() throws {
    let batch = "ok,ok,ok,ok,ok,segv,ok,ok"
    let run = try run([batch, "ok,ok,ok"], splitting)
    let crashed = run.events.named("task.finished").filter { $0.text("outcome") == "crashed" }
    #expect(crashed.map { $0.text("name") } == ["segv"])
    let passed = run.events.named("task.finished").filter { $0.text("outcome") == "passed" }
    let deeds = passed.flatMap { ($0.text("name") ?? "").split(separator: ",") }
    #expect(deeds.count == 10 && deeds.allSatisfy { $0 == "ok" })
    #expect(run.events.named("task.finished").allSatisfy { $0.text("outcome") != "lost" })
  }

  @Test func theLastWordsAreReported() throws {
    let run = try run(["stderr"], workers: 1)
    let end = try #require(run.events.named("worker.ended").first { $0.text("reason") == "crashed" })
    #expect(end.text("output_tail") == "last words\n")
  }

  /// What a dead worker leaves in its group goes with it, and its pipes do not keep the run.
  @Test func aGrandchildDoesNotSurvive() throws {
    let run = try run(["grandchild", "ok"])
    let said = try #require(run.events.named("feedback.received").first?.text("data"))
    let pid = try #require(Int(said.split(separator: " ")[1]))
    #expect(ProcessTable.haveEnded([pid], seconds: 10))
  }

  @Test func anExceptionOfCPlusPlusIsACrash() throws {
    let run = try Taskhost.run(["-j1", "--plugin", TestKind.path("throws.cpp"), "good", "throw", "good"])
    #expect(run.outcomes() == ["passed": 2, "crashed": 1])
    let end = try #require(run.events.named("worker.ended").first { $0.text("reason") == "crashed" })
    #expect(end.text("signal_name") == "SIGABRT")
    #expect(end.text("output_tail")?.contains("what():  thrown by perform") == true)
  }

  /// A hundred deaths in one run: each is accounted for, and at the end nothing is left over.
  @Test func manyDeathsLeaveNothingBehind() throws {
    let words = (0..<60).flatMap { _ in ["ok", "segv", "ok", "exit3", "ok"] } + ["patient"]
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j2", "--plugin", try TestKind.path("hostile.c")] + words)
    // The last task runs until it is cancelled: everything before it has ended when the books are looked at.
    try child.wait(for: "the end of the others", seconds: 120) {
      try Taskhost.events($0).named("task.finished").count == 300
    }
    try child.wait(for: "the last worker alone", seconds: 60) { _ in
      ProcessTable.children(of: Int(child.pid)).allSatisfy { ProcessTable.state($0) != "Z" }
    }
    let workers = ProcessTable.children(of: Int(child.pid)).count
    // An ordinary user may not look into a host.
    if geteuid() == 0 {
      let descriptors = try ProcessTable.descriptors(of: Int(child.pid))
      // Of each live worker or fork server: four pipes, the other ends of two, a pidfd, a socket. Of the host: all numbers
      // below 16, data, epoll, eventfd; the library may stay open.
      #expect(descriptors.count <= 20 + 8 * workers, "\(descriptors)")
    }
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["passed": 180, "crashed": 120, "cancelled": 1])
  }
}
