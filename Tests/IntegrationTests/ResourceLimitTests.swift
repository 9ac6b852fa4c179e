import Foundation
import TestSupport
import Testing

private func run(_ options: [String], _ words: [String], flags: String = "0") throws -> Taskhost.Finished {
  try Taskhost.run(
    ["-j1", "--plugin", TestKind.path("greedy.c", ["FLAGS=\(flags)"])] + options + words, seconds: 90)
}

/// What a worker may use up. Going over it costs one task, which ends as `limit`, and never the run.
@Suite struct ResourceLimitTests {
  struct Excess: CustomTestStringConvertible, Sendable {
    var options: [String]
    var word: String
    var limit: String
    var message: String
    var flags = "0"

    var testDescription: String { word + (flags == "0" ? "" : ", forked") }
  }

  @Test(arguments: [
    Excess(
      options: ["--memory-limit", "64M"], word: "bomb", limit: "memory", message: "the limit is 64M",
      flags: "TH_KIND_FORK_SAFE"),
    Excess(
      options: ["--cpu-limit", "200ms"], word: "burn:60000", limit: "cpu", message: "the limit is 0.20 s",
      flags: "TH_KIND_FORK_SAFE"),
    Excess(options: ["--memory-limit", "64M"], word: "bomb", limit: "memory", message: "the limit is 64M"),
    Excess(
      options: ["--memory-limit", "64M"], word: "shared:400", limit: "memory", message: "the limit is 64M"),
    Excess(
      options: ["--cpu-limit", "200ms"], word: "burn:60000", limit: "cpu", message: "the limit is 0.20 s"),
    Excess(options: ["--file-size", "1M"], word: "file:64", limit: "file_size", message: "above 1M"),
    Excess(options: ["--output-limit", "64K"], word: "flood", limit: "output", message: "the limit is 64K"),
  ])
  func goingOverALimitCostsOneTask(excess: Excess) throws {
    let run = try run(excess.options, ["ok", excess.word, "ok"], flags: excess.flags)
    #expect(run.outcomes() == ["passed": 2, "limit": 1])
    #expect(run.end == .exited(100))
    let ended = run.events.named("worker.ended").filter { $0.text("reason") != "retired" }
    try #require(ended.count == 1, "one report of one end: \(ended.map(\.normalised))")
    #expect(ended[0].text("reason") == "limit" && ended[0].text("limit") == excess.limit)
    let trial = try #require(run.events.named("trial.finished").first { $0.text("result") == "limit" })
    #expect(trial.text("limit") == excess.limit)
    #expect(trial.number("signal") != nil && trial.number("peak_memory") != nil)
    let task = try #require(run.events.named("task.finished").first { $0.text("outcome") == "limit" })
    #expect(task.text("message")?.contains(excess.message) == true, "\(task.text("message") ?? "")")
    #expect(task.number("tries") == 1)
  }

  /// The allocation fails, and a kind that checks goes on with its worker.
  @Test func aKindThatHasNoMemoryHasMetItsLimit() throws {
    let run = try run(["--memory-limit", "64M"], ["ok", "touch:300", "ok"])
    #expect(run.outcomes() == ["passed": 2, "limit": 1])
    #expect(run.events.named("worker.fresh").count == 1)
    let trial = try #require(run.events.named("trial.finished").first { $0.text("result") == "limit" })
    #expect(trial.text("limit") == "memory")
  }

  /// A limit that was not met explains nothing.
  @Test func aCrashIsStillACrash() throws {
    let run = try run(
      ["--memory-limit", "512M", "--cpu-limit", "60s", "--file-size", "1G"], ["ok", "says-and-crashes", "ok"])
    #expect(run.outcomes() == ["passed": 2, "crashed": 1])
    #expect(run.events.named("worker.ended").contains { $0.text("reason") == "crashed" })
    #expect(run.end == .exited(107))
  }

  /// The processor time of one task counts, not that of its worker.
  @Test func manySmallTasksAreNotOneLargeOne() throws {
    let run = try run(["--cpu-limit", "400ms"], Array(repeating: "burn:150", count: 6))
    #expect(run.outcomes() == ["passed": 6])
    let printed = try Taskhost.run(
      ["-j1", "--plugin", TestKind.path("greedy.c"), "--output-limit", "100K"]
        + Array(repeating: "print:90000", count: 6))
    #expect(printed.outcomes() == ["passed": 6])
  }

  /// Also where a worker is forked by a process that has loaded the plugin.
  @Test(arguments: ["0", "TH_KIND_FORK_SAFE"])
  func theKernelKnowsTheLimits(flags: String) throws {
    let run = try run(
      ["--open-files", "32", "--processes", "5000", "--file-size", "1M", "--memory-limit", "64M"],
      ["limits", "files"], flags: flags)
    let said = run.events.named("feedback.received").compactMap { $0.text("data") }
    try #require(said.count == 6)
    #expect(Array(said[..<4]) == ["core 0", "files 32", "processes 5000", "file size 1048576"])
    let data = try #require(Int(said[4].split(separator: " ")[1]))
    #expect((64 << 20...96 << 20).contains(data), "64M, and what there was before: \(data)")
    #expect(said[5] == "files 31")
  }

  /// Without options nothing but core dumps is limited.
  @Test(arguments: [[], ["--core-dumps"]])
  func whatIsNotAskedForIsAsItWas(options: [String]) throws {
    let said = try run(options, ["limits"]).events.named("feedback.received").compactMap { $0.text("data") }
    let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
    func own(_ what: String, _ line: String) throws -> String {
      let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max \(line) ") })
      let soft = line.dropFirst(26).split(separator: " ")[0]
      return "\(what) \(soft == "unlimited" ? "-1" : soft)"
    }
    #expect(
      said == [
        options.isEmpty ? "core 0" : try own("core", "core file size"), try own("files", "open files"),
        try own("processes", "processes"), try own("file size", "file size"), try own("data", "data size"),
      ])
  }
}

@Suite struct RecyclingTests {
  private func reasons(_ run: Taskhost.Finished) -> [String] {
    run.events.named("worker.ended").compactMap { $0.text("reason") }
  }

  /// Kinds that are pipelined, too: what a worker holds is answered before it goes.
  @Test(arguments: ["0", "(TH_KIND_STATELESS|TH_KIND_IDEMPOTENT)"])
  func aWorkerGivesWayAfterSoManyTasks(flags: String) throws {
    let run = try run(
      ["--recycle-tasks", "5", "--standby", "0"], Array(repeating: "ok", count: 50), flags: flags)
    #expect(run.outcomes() == ["passed": 50])
    #expect(run.events.named("trial.finished").count == 50, "nothing is performed twice")
    let reasons = reasons(run)
    #expect(reasons.allSatisfy { $0 == "recycled" || $0 == "retired" }, "\(reasons)")
    if flags == "0" {
      #expect(reasons.count == 10)
    } else {
      #expect(reasons.contains("recycled"))
    }
  }

  /// A tenth more or less, so that not all of them go at the same time.
  @Test func theNumberDiffersFromWorkerToWorker() throws {
    let run = try run(["--recycle-tasks", "100", "--standby", "0"], Array(repeating: "ok", count: 2000))
    #expect(run.outcomes() == ["passed": 2000])
    var jobs: [Int: Int] = [:]
    for trial in run.events.named("trial.finished") { jobs[trial.number("worker") ?? 0, default: 0] += 1 }
    let last = try #require(jobs.keys.max())
    let whole = jobs.filter { $0.key != last }.values
    #expect(whole.allSatisfy { (90...110).contains($0) }, "\(whole)")
    #expect(Set(whole).count > 1)
  }

  @Test func aWorkerGivesWayWhenItIsOldOrLarge() throws {
    let old = try run(
      ["--recycle-after", "100ms", "--standby", "0"], ["sleep:150", "ok", "sleep:150", "ok"])
    #expect(old.outcomes() == ["passed": 4])
    // A slow machine may find another one old as well.
    #expect(reasons(old).count { $0 == "recycled" } >= 2)
    #expect(reasons(old).allSatisfy { $0 == "recycled" || $0 == "retired" })
    // It is looked at ten times a second at most.
    let large = try run(
      ["--recycle-memory", "48M", "--standby", "0"], ["ok", "sleep:150", "hold:64", "sleep:150", "ok"])
    #expect(large.outcomes() == ["passed": 5])
    #expect(reasons(large) == ["recycled", "retired"])
  }
}
