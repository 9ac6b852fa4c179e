import TestSupport
import Testing

/// What is told of the life of each worker, whatever becomes of it.
@Suite struct LifecycleTests {
  private static let reasons: Set = [
    "retired", "boot_failed", "crashed", "exited", "protocol", "timeout", "cancelled", "stopped", "shutdown",
    "limit",
    "recycled", "unkillable",
  ]

  /// Spawned, perhaps fresh, perhaps old, ended: each once, in this order, with a reason of the list.
  @Test(arguments: ["0", "TH_KIND_IDEMPOTENT", "TH_KIND_STATELESS|TH_KIND_IDEMPOTENT", "TH_KIND_FORK_SAFE"])
  func eachWorkerEndsOnce(flags: String) throws {
    let deeds = [
      "ok", "segv", "ok", "exit0", "exit3", "abort", "kill", "stop", "close", "garbage", "half", "_exit0",
      "ok",
      "stderr", "grandchild", "ok",
    ]
    let run = try Taskhost.run(
      ["-j2", "--plugin", TestKind.path("hostile.c", ["FLAGS=\(flags)"])] + deeds)
    #expect(run.outcomes()["passed"] == 4)
    expectOneLife(in: run.events)
    let reasons = Set(run.events.named("worker.ended").compactMap { $0.text("reason") })
    #expect(reasons.isSuperset(of: ["crashed", "exited", "protocol", "stopped"]))
  }

  @Test(arguments: ["worker-fails", "worker-crashes", "load-crashes", "worker-exits"])
  func soDoesOneThatNeverStarts(mode: String) throws {
    let run = try Taskhost.run(
      ["-j2", "--plugin", TestKind.path("starts.c"), "--set", "mode=\(mode)", "a", "b"])
    expectOneLife(in: run.events)
    #expect(run.events.named("worker.fresh").isEmpty)
    #expect(!run.events.named("worker.ended").isEmpty)
  }

  /// It has no process, so no number of one.
  @Test func soDoesOneInTheHost() throws {
    let run = try Taskhost.run(["--in-process", "--plugin", TestKind.path("hostile.c"), "ok"])
    expectOneLife(in: run.events)
    #expect(run.events.named("worker.ended").count == 1)
    #expect(run.events.allSatisfy { $0.members["pid"] == nil })
  }

  private func expectOneLife(in events: [Event]) {
    let lives = Dictionary(
      grouping: events.filter { $0.text("type") == "worker" }, by: { $0.number("worker") ?? -1 })
    for (worker, life) in lives {
      let names = life.map(\.name)
      #expect(names.first == "worker.spawned" && names.last == "worker.ended", "worker \(worker): \(names)")
      #expect(names.count { $0 == "worker.spawned" } == 1 && names.count { $0 == "worker.ended" } == 1)
      #expect(names.count { $0 == "worker.fresh" } <= 1)
      #expect(names.count { $0 == "worker.dying" } <= 1)
      if names.contains("worker.old") { #expect(names.dropFirst().first == "worker.fresh") }
      #expect(Self.reasons.contains(life.last?.text("reason") ?? "none"))
      #expect(Set(life.map { $0.number("pid") }).count == 1)
    }
  }
}
