import Foundation
import TestSupport
import Testing

private let ways: [(how: String, signal: Int32)] = [
  ("segv", SIGSEGV), ("ill", SIGILL), ("bus", SIGBUS), ("fpe", SIGFPE), ("abort", SIGABRT),
]

private func ambush(
  _ hook: String, _ how: String, _ words: [String], isForked: Bool = false, workers: Int = 2
) throws -> Aftermath {
  try Aftermath.run(
    [
      "-j\(workers)", "--plugin", TestKind.path("ambush.c", isForked ? ["FORKED"] : []), "--set",
      "where=\(hook)",
      "--set", "how=\(how)",
    ] + words)
}

/// A plugin that crashes somewhere else than in `perform`.
@Suite struct HostilePhaseTests {
  struct Phase: CustomTestStringConvertible, Sendable {
    var hook: String
    var phase: String
    var isForked = false
    var testDescription: String { isForked ? "\(hook), forked" : hook }
  }

  /// The start is what failed, and no task is blamed for it. With a fork server it is the workers that tell.
  @Test(
    arguments: [
      Phase(hook: "constructor", phase: "load"), Phase(hook: "constructor", phase: "load", isForked: true),
      Phase(hook: "worker_new", phase: "init"), Phase(hook: "worker_new", phase: "init", isForked: true),
      Phase(hook: "worker_forked", phase: "init", isForked: true),
    ], ways)
  func aCrashAtTheStart(phase: Phase, way: (how: String, signal: Int32)) throws {
    let after = try ambush(phase.hook, way.how, ["ok", "ok"], isForked: phase.isForked)
    let run = after.run
    #expect(run.end == .exited(101) && run.outcomes() == ["lost": 2])
    #expect(run.summary?.text("failure")?.contains("die before they can work") == true)
    let ended = run.events.named("worker.ended").filter { $0.text("reason") != "shutdown" }
    #expect((5...8).contains(ended.count))
    for end in ended {
      #expect(end.text("reason") == "boot_failed" && end.text("phase") == phase.phase)
      #expect(end.number("signal") == Int(way.signal))
    }
    #expect(run.events.named("trial.finished").isEmpty)
    #expect(run.errors == "" && after.isClean)
  }

  /// Between two tasks: neither the one before nor the one after it is to blame.
  @Test(arguments: ways, [false, true])
  func aCrashInOnFeedback(way: (how: String, signal: Int32), isForked: Bool) throws {
    let after = try ambush(
      "on_feedback", way.how, ["ok", "ping", "ok", "ok"], isForked: isForked, workers: 1)
    #expect(after.run.end == .exited(0) && after.run.outcomes() == ["passed": 4])
    #expect(after.run.events.named("trial.finished").count == 4, "nothing is performed twice")
    let bad = after.run.events.named("worker.ended").filter { $0.text("reason") != "retired" }
    #expect(bad.map { $0.number("signal") } == [Int(way.signal)] && after.isClean)
  }

  /// At the orderly end all outcomes are known: it is told, and changes nothing.
  @Test(arguments: ways, [false, true])
  func aCrashInWorkerFree(way: (how: String, signal: Int32), isForked: Bool) throws {
    let after = try ambush("worker_free", way.how, ["ok", "ok", "ok"], isForked: isForked)
    #expect(after.run.end == .exited(0) && after.run.outcomes() == ["passed": 3])
    let ended = after.run.events.named("worker.ended")
    #expect(!ended.isEmpty && ended.allSatisfy { $0.number("signal") == Int(way.signal) })
    #expect(ended.allSatisfy { $0.text("reason") == "crashed" } && after.isClean)
  }

  /// A worker that ends in order runs neither; one whose `perform` calls exit() does, and dies of it.
  @Test(arguments: ["destructor", "atexit"], ways)
  func aCrashWhenTheProcessIsTakenApart(hook: String, way: (how: String, signal: Int32)) throws {
    let orderly = try ambush(hook, way.how, ["ok", "ok"])
    #expect(orderly.run.end == .exited(0) && orderly.isClean)
    #expect(orderly.run.events.named("worker.ended").allSatisfy { $0.text("reason") == "retired" })
    let after = try ambush(hook, way.how, ["ok", "exit", "ok"])
    #expect(after.run.outcomes() == ["passed": 2, "crashed": 1] && after.isClean)
    let bad = after.run.events.named("worker.ended").filter { $0.text("reason") != "retired" }
    #expect(bad.map { $0.number("signal") } == [Int(way.signal)])
  }
}
