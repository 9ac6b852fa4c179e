import TestSupport
import Testing

/// A task that hangs on one worker is given to another one as well.
@Suite struct SpeculationTests {
  private func run(
    _ deed: String, _ options: [String] = ["--speculate"], defines: [String] = [], quick: Int = 20
  ) throws -> Taskhost.Finished {
    let workshop = try Workshop()
    return try Taskhost.run(
      ["-j2", "--plugin", TestKind.path("laggard.c", defines)] + options + ["\(deed):\(workshop.path("a"))"]
        + Array(repeating: "ok", count: quick), seconds: 60)
  }

  private func results(_ run: Taskhost.Finished) -> [String] {
    run.events.named("trial.finished").filter { $0.number("task") == 1 }.compactMap { $0.text("result") }
  }

  private func said(_ run: Taskhost.Finished) -> [String] {
    run.events.named("feedback.received").compactMap {
      $0.text("data")?.split(separator: " ").first.map(String.init)
    }
  }

  private func found(_ run: Taskhost.Finished) -> [String] {
    run.events.named("diagnostic.reported").compactMap { $0.text("message") }
  }

  /// One outcome for each task, one trial that counts, and one that does not.
  private func expectOneCopy(_ run: Taskhost.Finished, results expected: [String]) {
    #expect(run.end == .exited(0), "\(run.errors)")
    #expect(run.outcomes() == ["passed": 21])
    #expect(results(run) == expected)
    let task = run.events.named("task.finished").filter { $0.number("task") == 1 }
    #expect(task.count == 1 && task.first?.number("tries") == 1)
    #expect(run.summary?.number("superseded") == 1)
    #expect(
      Set(
        run.events.named("trial.finished").filter { $0.number("task") == 1 }.compactMap {
          $0.number("worker")
        }
      ).count == 2)
  }

  @Test func theCopyWinsAndTheOriginalGivesUp() throws {
    let run = try run("polite")
    expectOneCopy(run, results: ["answered", "superseded"])
    #expect(run.events.named("worker.ended").allSatisfy { $0.text("reason") == "retired" })
  }

  @Test func aWorkerThatDoesNotListenIsEndedByTheLadder() throws {
    let run = try run("hangs", ["--speculate", "--grace", "100ms"])
    expectOneCopy(run, results: ["answered", "superseded"])
    let signals = run.events.named("worker.ended").compactMap { $0.text("signal_name") }
    #expect(signals == ["SIGTERM"])
    let deaf = try self.run("deaf", ["--speculate", "--grace", "100ms"])
    expectOneCopy(deaf, results: ["answered", "superseded"])
    #expect(deaf.events.named("worker.ended").compactMap { $0.text("signal_name") } == ["SIGKILL"])
    #expect(deaf.summary?.number("workers_started") == 2, "none is started in its place")
  }

  /// Its response is dropped, and its worker, of which the kind knows nothing, is used no more.
  @Test func aLateResponseIsDropped() throws {
    let run = try run("late")
    expectOneCopy(run, results: ["answered", "superseded"])
  }

  @Test func theOriginalWins() throws {
    let run = try run("wins")
    expectOneCopy(run, results: ["answered", "superseded"])
    #expect(said(run) == ["first"])
    #expect(found(run) == ["found by the first"])
  }

  @Test func onlyFindingsOfTheWinnerAreTold() throws {
    let run = try run("polite")
    #expect(found(run) == ["found by the second"])
    #expect(said(run) == ["first"], "feedback is that of the original")
  }

  @Test func aDeathOfOneIsNoCrashOfTheTask() throws {
    let run = try run("dies")
    expectOneCopy(run, results: ["superseded", "answered"])
    let lost = try #require(
      run.events.named("trial.finished").first { $0.text("result") == "superseded" })
    #expect(lost.text("signal_name") == "SIGSEGV")
  }

  @Test func theKindMayHaveNone() throws {
    let run = try run("alone")
    #expect(run.outcomes() == ["passed": 21] && run.end == .exited(0))
    #expect(results(run) == ["answered"])
    #expect(run.summary?.number("superseded") == nil)
  }

  /// The limit of the trial ends it, as there is no copy.
  @Test(arguments: [
    ([], ["FLAGS=TH_KIND_IDEMPOTENT"], 20), (["--speculate"], ["FLAGS=0"], 20),
    (["--speculate"], ["FLAGS=TH_KIND_IDEMPOTENT"], 5),
  ])
  func thereIsNoneUnlessAllIsRight(options: [String], defines: [String], quick: Int) throws {
    let run = try run("hangs", options + ["--timeout", "1s"], defines: defines, quick: quick)
    #expect(run.outcomes() == ["passed": quick, "timeout": 1])
    #expect(results(run) == ["timed_out"])
    let warnings = run.events.named("warning.raised").compactMap { $0.text("message") }
    let isWarned = warnings.contains { $0.hasPrefix("--speculate has no effect: kind laggard") }
    #expect(isWarned == (defines == ["FLAGS=0"]))
  }

  @Test func peopleAreTold() throws {
    let workshop = try Workshop()
    let words = ["polite:\(workshop.path("a"))"] + Array(repeating: "ok", count: 20)
    let run = try Taskhost.plain(
      [
        "run", "-v", "-j2", "--plugin", TestKind.path("laggard.c"), "--speculate", "--speculate-factor",
        "1.5",
      ]
        + words)
    #expect(run.end == .exited(0))
    #expect(run.errors.contains("21 tasks: 21 passed (1 trial superseded)"))
  }

  @Test func badOptionsAreNamed() throws {
    let kind = try TestKind.path("laggard.c")
    for (options, text) in [
      (["--speculate-factor", "3"], "--speculate-factor is for --speculate, which was not given"),
      (
        ["--speculate", "--speculate-factor", "0.5"],
        "--speculate-factor is '0.5'; expected a number from 1 to 1000, such as 1.5"
      ),
    ] {
      let run = try Taskhost.plain(["run", "--plugin", kind] + options + ["ok"])
      #expect(run.end == .exited(2) && run.errors.contains(text), "\(run.errors)")
    }
  }
}
