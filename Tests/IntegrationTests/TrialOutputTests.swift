import Foundation
import TestSupport
import Testing

/// What tasks print, and what is kept of it.
@Suite struct TrialOutputTests {
  private func run(_ words: [String], _ options: [String] = []) throws -> Taskhost.Finished {
    try Taskhost.run(["-j1", "--plugin", TestKind.path("greedy.c")] + options + words, seconds: 90)
  }

  @Test func headAndTailOfATrialThatEndsBadlyAreKept() throws {
    let run = try run(["print:500", "says-and-fails:10000", "ok", "says-and-crashes", "wait@hard=100"])
    let trials = run.events.named("trial.finished")
    try #require(trials.count == 5)
    #expect(trials[0].text("output_head") == nil, "only where something went wrong")
    let failed = trials[1]
    #expect(failed.text("result") == "failed")
    let head = try #require(failed.text("output_head"))
    let tail = try #require(failed.text("output_tail"))
    #expect(head.utf8.count == 2048 && tail.utf8.count == 2048)
    #expect((head + tail).contains("the end\n"))
    #expect(failed.number("output_omitted") == 10008 - 4096)
    let crashed = trials[3]
    #expect(crashed.text("result") == "crashed" && crashed.text("signal_name") == "SIGSEGV")
    #expect(crashed.text("output_head") == "about to crash\n", "nothing of the trials before")
    #expect(crashed.number("output_omitted") == nil && crashed.text("output_tail") == nil)
    #expect(crashed.flag("dumped_core") == false && crashed.number("peak_memory") ?? 0 > 0)
    #expect(trials[4].text("output_head") == nil, "it printed nothing")
  }

  /// A flood is read, so that it does not block, and not kept.
  @Test func aFloodIsDroppedAndTold() throws {
    let run = try run(["print:20000000", "ok"])
    #expect(run.outcomes() == ["passed": 2])
    let shown = run.events.named("output.written").compactMap { $0.text("data")?.utf8.count }.reduce(0, +)
    let warnings = run.events.named("warning.raised").compactMap { $0.text("message") }.filter {
      $0.contains("bytes of output were dropped")
    }
    try #require(warnings.count == 1, "\(warnings)")
    let dropped = try #require(warnings[0].split(separator: " ").compactMap { Int($0) }.last)
    #expect(shown + dropped == 20_000_000)
    #expect(shown >= 1 << 20)
  }

  @Test func aFrameThatDoesNotGoOnIsAFault() throws {
    let run = try run(["ok", "half", "ok"])
    #expect(run.outcomes() == ["passed": 2, "error": 1])
    let end = try #require(run.events.named("worker.ended").first { $0.text("reason") == "protocol" })
    #expect(end.text("fault") == "truncated")
    #expect(run.events.named("worker.ended").count == 2)
  }
}
