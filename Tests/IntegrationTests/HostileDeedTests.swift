import Foundation
import TestSupport
import Testing

/// What a plugin does in `perform`, and what must become of it.
struct HostileDeed: CustomTestStringConvertible, Sendable {
  var kind = "vandal.c"
  var name: String
  var reason: String?
  var signal: Int?
  /// An allocation that failed, or the look of the host at its memory: whichever was first.
  var isSignalOpen = false
  var exitCode: Int?
  var fault: String?
  var limit: String?
  var outcome = "crashed"
  var options: [String] = []

  var testDescription: String { name }

  /// A lack of an answer is graver than a bad one.
  var code: Int32 { outcome == "passed" ? 0 : outcome == "crashed" ? 107 : 100 }

  static let all = crashes + departures + hangs + forgeries + pages + surroundings

  private static func crash(_ name: String, _ signal: Int32, in kind: String = "vandal.c") -> HostileDeed {
    HostileDeed(kind: kind, name: name, reason: "crashed", signal: Int(signal))
  }

  static let crashes = [
    crash("segv", SIGSEGV), crash("ill", SIGILL), crash("bus", SIGBUS), crash("fpe", SIGFPE),
    crash("abort", SIGABRT), crash("stack-overflow", SIGSEGV), crash("stack-smash", SIGSEGV),
    crash("longjmp", SIGSEGV), crash("bad-pointer", SIGSEGV), crash("thread-raises", SIGSEGV),
    crash("unmap", SIGSEGV), crash("die", SIGKILL),
    HostileDeed(name: "stop", reason: "stopped", signal: Int(SIGKILL)),
  ]

  private static func departure(_ name: String, _ code: Int) -> HostileDeed {
    HostileDeed(name: name, reason: "exited", exitCode: code)
  }

  static let departures = [
    departure("exit", 0), departure("exit3", 3), departure("_exit", 0), departure("quick_exit", 0),
    departure("pthread_exit", 0), departure("exec-short", 0),
    HostileDeed(name: "exec", reason: "protocol", signal: Int(SIGKILL), fault: "eof"),
  ]

  static let hangs =
    ["spin", "sleep-on", "deadlock", "deaf", "burners", "main-leaves"].map {
      HostileDeed(
        name: $0, reason: "timeout", signal: Int(SIGKILL), outcome: "timeout",
        options: ["--timeout", "300ms"])
    } + [
      HostileDeed(
        name: "burners", reason: "limit", signal: Int(SIGKILL), limit: "cpu", outcome: "limit",
        options: ["--cpu-limit", "200ms"]),
      HostileDeed(
        kind: "greedy.c", name: "bomb", reason: "limit", isSignalOpen: true, limit: "memory",
        outcome: "limit",
        options: ["--memory-limit", "64M"]),
    ]

  private static func fault(
    _ name: String, _ fault: String, signal: Int? = Int(SIGKILL), exitCode: Int? = nil,
    outcome: String = "error"
  ) -> HostileDeed {
    HostileDeed(
      kind: "forger.c", name: name, reason: "protocol", signal: signal, exitCode: exitCode, fault: fault,
      outcome: outcome)
  }

  private static func harmless(_ name: String, in kind: String, _ options: [String] = []) -> HostileDeed {
    HostileDeed(kind: kind, name: name, outcome: "passed", options: options)
  }

  static let forgeries = [
    fault("close", "eof", outcome: "crashed"), fault("close-all", "eof", outcome: "crashed"),
    HostileDeed(kind: "forger.c", name: "close-all-return", reason: "exited", exitCode: 107),
    fault("garbage", "bad_frame"), fault("half-exit", "truncated", signal: nil, exitCode: 0),
    fault("half-hang", "truncated"), fault("body-exit", "truncated", signal: nil, exitCode: 0),
    fault("huge-length", "too_large"), fault("ready-again", "bad_frame"), fault("hello-again", "bad_frame"),
    fault("commands", "bad_frame"), fault("bad-failure", "bad_frame"), fault("foreign-many", "bad_frame"),
    harmless("twice", in: "forger.c"), harmless("foreign", in: "forger.c"), harmless("old", in: "forger.c"),
    harmless("ahead", in: "forger.c"), harmless("late", in: "forger.c", ["--soft-timeout", "100ms"]),
    harmless("late-twice", in: "forger.c", ["--soft-timeout", "100ms"]),
  ]

  static let pages = [
    crash("write-cancel", SIGSEGV, in: "forger.c"), crash("unmap-cancel", SIGSEGV, in: "forger.c"),
    crash("lie-and-crash", SIGSEGV, in: "forger.c"), harmless("protect-cancel", in: "forger.c"),
    harmless("attack-pages", in: "forger.c"), harmless("lie-in-claims", in: "forger.c"),
  ]

  static let surroundings = [
    harmless("upset", in: "vandal.c"), harmless("print", in: "vandal.c"),
    harmless("leak-memory", in: "vandal.c"), harmless("leak-file", in: "vandal.c"),
    harmless("leak-thread", in: "vandal.c"), harmless("setsid", in: "intruder.c"),
    harmless("join-group", in: "intruder.c"), harmless("unshare", in: "intruder.c"),
    harmless("look-into-sibling", in: "intruder.c"),
    harmless("stop-host-briefly", in: "intruder.c"), harmless("daemon", in: "intruder.c"),
    harmless("daemons", in: "intruder.c"),
    harmless("fork-bomb:50", in: "intruder.c"), harmless("zombies:20", in: "intruder.c"),
  ]
}

@Suite struct HostileDeedTests {
  /// What a worker says of its progress counts for a task that it can be at.
  @Test func progressThatIsALieIsNotShown() throws {
    let run = try Taskhost.run(["-j1", "--plugin", TestKind.path("forger.c"), "lie-and-crash"])
    #expect(
      run.events.named("task.finished").map { $0.text("message") } == [
        "worker 1 was ended by signal 11 (SIGSEGV)"
      ])
  }

  /// The deed costs its own task and its own worker, or nothing at all. It is named as what it was, and nothing of it is left.
  @Test(arguments: HostileDeed.all, [false, true])
  func aDeedCostsItsOwnTaskOnly(deed: HostileDeed, isForked: Bool) throws {
    // That kind is a kind for limits: it has no forks, and knows no origin.
    let isOurs = deed.kind != "greedy.c"
    if isForked, !isOurs { return }
    let how =
      isForked
      ? ["--plugin", try TestKind.path(deed.kind, ["FORKED"])]
      : ["--plugin", try TestKind.path(deed.kind), "--no-fork-server"]
    let witness = isOurs ? "origin" : "ok"
    let after = try Aftermath.run(
      ["-j2"] + how + deed.options + ["ok", witness, "ok", deed.name, "ok", witness, "ok"])
    let run = after.run

    #expect(run.outcomes() == (deed.outcome == "passed" ? ["passed": 7] : ["passed": 6, deed.outcome: 1]))
    let ends = run.events.named("task.finished").filter { $0.text("name") == deed.name }
    #expect(ends.map { $0.text("outcome") } == [deed.outcome])
    #expect(run.end == .exited(deed.code) && run.summary?.number("exit_code") == Int(deed.code))
    let bad = run.events.named("worker.ended").filter { $0.text("reason") != "retired" }
    let expected = deed.reason.map { [$0] } ?? []
    #expect(bad.compactMap { $0.text("reason") } == expected, "\(bad.map(\.normalised))")
    if let end = bad.first {
      let isExpected = deed.isSignalOpen ? end.number("signal") != nil : end.number("signal") == deed.signal
      #expect(isExpected && end.number("exit_code") == deed.exitCode)
      #expect(end.text("fault") == deed.fault && end.text("limit") == deed.limit)
    }
    if isOurs {
      let origins = run.events.named("feedback.received").compactMap { $0.text("data") }.filter {
        $0 == "worker" || $0 == "fork-server"
      }
      #expect(origins == Array(repeating: isForked ? "fork-server" : "worker", count: 2))
    }
    #expect(run.errors == "", "nothing of the host's own")
    #expect(after.isClean, "left: \(after.processes) \(after.files)")
  }

  /// Each worker that is made by exec needs the file; a fork server has it.
  @Test(arguments: [false, true])
  func aPluginThatDeletesItsFile(isForked: Bool) throws {
    let workshop = try Workshop()
    let plugin = try workshop.copy(
      TestKind.path("vandal.c", isForked ? ["FORKED"] : []), as: "vandal.so")
    // With one worker, which is not replaced where nothing is forked.
    let after = try Aftermath.run(["-j1", "--plugin", plugin, "unlink-self", "ok", "ok"])
    #expect(after.run.outcomes() == ["passed": 3])
    #expect(after.run.end == .exited(0) && after.isClean)
    guard !isForked else { return }
    let second = try workshop.copy(TestKind.path("vandal.c"), as: "second.so")
    let crashed = try Aftermath.run(["-j1", "--plugin", second, "unlink-self,segv", "ok", "ok"])
    #expect(crashed.run.outcomes() == ["crashed": 1, "lost": 2])
    #expect(crashed.run.summary?.text("failure")?.contains("L01") == true)
    #expect(crashed.run.end == .exited(107) && crashed.isClean)
  }

  /// The task at which spoilt memory is met is named; the one that spoilt it has passed, and stays so.
  @Test func memoryThatWasSpoiltEarlier() throws {
    let after = try Aftermath.run(
      ["-j1", "--plugin", TestKind.path("vandal.c"), "ok", "heap-spoil", "ok", "heap-meet", "ok"])
    let ends = after.run.events.named("task.finished").filter { $0.text("outcome") != "passed" }
    #expect(ends.map { $0.text("name") } == ["heap-meet"])
    #expect(after.run.outcomes() == ["passed": 4, "crashed": 1] && after.isClean)
    let end = after.run.events.named("worker.ended").first { $0.text("reason") == "crashed" }
    #expect(end?.text("signal_name") == "SIGABRT")
  }

  /// What a task changes in its process is gone with that process, and never was the host's.
  @Test func aFreshWorkerFindsWhatTheFirstOneFound() throws {
    let run = try Aftermath.run(
      ["-j1", "--plugin", TestKind.path("vandal.c", ["FORKED"]), "look", "upset", "look", "upset,look"]
    ).run
    #expect(run.outcomes() == ["passed": 4])
    let looks = run.events.named("feedback.received").compactMap { $0.text("data") }
    try #require(looks.count == 3)
    #expect(looks[0] == looks[1] && looks[0].contains("path=set usr1=0 round=0"))
    #expect(looks[2].hasPrefix("cwd=/ umask=777 files=64") && looks[2].contains("path=none usr1=1"))
  }

  /// Nothing detects them, and nothing suffers but the worker: limits on its life are there for that.
  @Test(arguments: ["leak-memory", "leak-file", "leak-thread"])
  func whatLeaksEndsWithItsWorker(deed: String) throws {
    let after = try Aftermath.run(
      ["-j2", "--plugin", TestKind.path("vandal.c"), "--recycle-tasks", "20"]
        + Array(repeating: deed, count: 100))
    #expect(after.run.outcomes() == ["passed": 100] && after.isClean)
    let ended = after.run.events.named("worker.ended")
    // After 18 to 22 tasks each; the two that are left at the end may have had as many.
    #expect(ended.count { $0.text("reason") == "recycled" } >= 3)
    #expect(ended.allSatisfy { $0.number("peak_memory") ?? 0 < 128 << 20 })
  }

  @Test func differentAnswersToTheSameRequestAreNoFault() throws {
    let run = try Aftermath.run(
      ["-j2", "--plugin", TestKind.path("vandal.c"), "random:1", "random:1", "random:1"]
    ).run
    #expect(run.outcomes() == ["passed": 3])
  }

  /// Control characters of a plugin never reach the terminal.
  @Test func whatIsPrintedIsEscapedForPeople() throws {
    let (end, output, errors) = try Taskhost.plain(
      ["run", "-j1", "--plugin", TestKind.path("vandal.c"), "print"])
    #expect(end == .exited(0))
    #expect(!(output + errors).utf8.contains(0x1b) && errors.contains("]0;title"))
  }
}
