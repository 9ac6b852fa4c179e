import Foundation
import TestSupport
import Testing

/// What a kind says carelessly costs the task at hand, never the host, another task or the verdict.
@Suite struct CarelessKindTests {
  private func run(
    _ words: [String], _ options: [String] = [], flags: String = "0"
  ) throws -> Taskhost.Finished {
    try Taskhost.run(["-j1", "--plugin", TestKind.path("careless.c", ["FLAGS=\(flags)"])] + options + words)
  }

  @Test func numbersAtTheirEndsAreNumbers() throws {
    let run = try run(["never", "counts", "counts", "ok"])
    #expect(run.outcomes() == ["passed": 4])
    #expect(run.end == .exited(0))
  }

  @Test(arguments: ["short-request", "short-item", "short-response"])
  func aLengthBelowZeroIsAnErrorOfItsTask(word: String) throws {
    let run = try run(["ok", word, "ok"])
    #expect(run.outcomes() == ["passed": 2, "error": 1])
    // A worker that may have written where it must not is spoilt.
    #expect(run.events.named("worker.fresh").count == (word == "short-response" ? 2 : 1))
  }

  @Test func feedbackThatNoFrameCanHoldIsWarnedAbout() throws {
    let run = try run(["large-feedback", "ok"], ["--max-frame", "64K"])
    #expect(run.outcomes() == ["passed": 2])
    let warnings = run.events.named("warning.raised").compactMap { $0.text("message") }
    #expect(warnings.contains { $0.contains("2097152 bytes") }, "\(warnings)")
    #expect(run.events.named("worker.fresh").count == 1, "the worker goes on")
  }

  /// The others read what they are sent; one that does not is given up before its backlog fills the memory of the host.
  @Test func aWorkerThatTakesNoFeedbackIsGivenUp() throws {
    let run = try run(["deaf"] + Array(repeating: "flood", count: 80), ["-j2"])
    #expect(run.outcomes() == ["passed": 80, "crashed": 1])
    let ended = run.events.named("worker.ended").first { $0.text("reason") == "protocol" }
    #expect(ended?.text("fault") == "backlog")
  }

  @Test func aNewTrialForgetsTheFindingsOfTheLastOne() throws {
    let flag = FileManager.default.temporaryDirectory.appendingPathComponent("careless-\(UUID().uuidString)")
    try Data().write(to: flag)
    let run = try run(["once:" + flag.path], flags: "TH_KIND_IDEMPOTENT")
    #expect(run.outcomes() == ["passed": 1])
    #expect(run.events.named("diagnostic.reported").isEmpty)
    #expect(run.events.named("trial.finished").compactMap { $0.text("result") } == ["crashed", "answered"])
    #expect(run.end == .exited(0))
  }

  /// An answer that waits in the worker for company is not late by the time of the request after it.
  @Test func aQuickTaskIsNotBlamedForTheSlowOneBehindIt() throws {
    let words = Array(repeating: "quick", count: 300) + ["slow"] + Array(repeating: "quick", count: 20)
    let run = try run(words, flags: "(TH_KIND_IDEMPOTENT|TH_KIND_STATELESS)")
    #expect(run.outcomes() == ["passed": 321])
  }

  @Test func aWorkerThatIsKilledWithinAFrameHasCrashed() throws {
    let run = try run(["ok", "cut-off", "ok"])
    #expect(run.outcomes() == ["passed": 2, "crashed": 1])
    #expect(run.end == .exited(107))
  }

  /// Its replacements share its switch: they would be gone at once, and replaced again.
  @Test func aCancelledTaskIsNotReplaced() throws {
    let child = try Taskhost.start([
      "run", "--message-format", "jsonl", "-j1", "--plugin", try TestKind.path("careless.c", ["FLAGS=0"]),
      "waits", "waits",
    ])
    try child.wait(for: "waits") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    #expect(try Taskhost.finished(child).outcomes() == ["cancelled": 2])
  }

  /// A task that is performed in the host holds up everything in it but the signal handler.
  @Test func aTaskInTheHostHearsTheFirstSignal() throws {
    let child = try Taskhost.start([
      "run", "--message-format", "jsonl", "--in-process", "--plugin",
      try TestKind.path("careless.c", ["FLAGS=0"]), "waits", "waits",
    ])
    try child.wait(for: "the tasks") { try !Taskhost.events($0).named("task.queued").isEmpty }
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    #expect(try Taskhost.finished(child).outcomes() == ["cancelled": 2])
  }
}
