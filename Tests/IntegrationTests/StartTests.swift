import Foundation
import TestSupport
import Testing

private func run(_ mode: String, _ more: [String] = [], words: [String] = ["a", "b"]) throws
  -> Taskhost.Finished
{
  try Taskhost.run(["-j2", "--plugin", TestKind.path("starts.c"), "--set", "mode=\(mode)"] + more + words)
}

@Suite struct StartFailureTests {
  /// The message of the kind comes through, and it is not tried again and again.
  @Test(arguments: [
    ("worker-fails", "could not start (init): the worker has no licence"),
    ("worker-fails-silently", "could not start (init): worker_new returned TH_E_INTERNAL and no message"),
  ])
  func aWorkerThatCannotStartIsNamed(mode: String, text: String) throws {
    let run = try run(mode)
    #expect(run.end == .exited(101))
    #expect(run.summary?.text("failure")?.contains(text) == true)
    #expect(run.outcomes() == ["lost": 2])
    let ended = run.events.named("worker.ended")
    #expect(ended.count <= 2, "one for each place")
    #expect(ended.allSatisfy { $0.text("reason") == "boot_failed" && $0.text("phase") == "init" })
  }

  /// What may differ the next time is tried again, but not for ever. No worker was ever ready, so it is the plugin that can
  /// not start.
  @Test(arguments: ["worker-retries", "worker-crashes", "worker-exits", "load-crashes"])
  func startsThatKeepFailingEnd(mode: String) throws {
    let run = try run(mode)
    #expect(run.end == .exited(101))
    #expect(run.summary?.text("failure")?.contains("die before they can work") == true)
    #expect(run.outcomes() == ["lost": 2])
    let ended = run.events.named("worker.ended")
    #expect(ended.count >= 5 && ended.count <= 8)
    #expect(ended.allSatisfy { $0.text("reason") == "boot_failed" })
    #expect(run.errors == "")
  }

  /// The arguments come from there: without them nothing may look like a run that went well.
  @Test func withoutProcItSaysSo() throws {
    let child = try Child(
      "/usr/bin/env",
      [
        "bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--tmpfs", "/proc", Taskhost.executable,
        "run",
        "--plugin", try TestKind.path("starts.c"), "a",
      ], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(96), "\(child.errorText)")
    #expect(child.errorText.contains("is /proc mounted?") && child.output.isEmpty, "\(child.errorText)")
  }

  /// Where no process can be made at all, nothing of the plugin has run in one: it is not to blame.
  @Test func aMachineWithoutRoomIsNotThePlugin() throws {
    let child = try Child(
      "/bin/sh",
      [
        "-c", "ulimit -n 20; exec \"$0\" run --plugin \"$1\" -j1 --set mode=fine a", Taskhost.executable,
        try TestKind.path("starts.c"),
      ], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(107), "\(child.errorText)")
    #expect(child.errorText.contains("Too many open files"), "\(child.errorText)")
  }

  @Test func aWorkerThatNeverBecomesReadyIsGivenUp() throws {
    let run = try run("worker-hangs", ["--start-timeout", "300ms"])
    #expect(run.end == .exited(101))
    #expect(run.outcomes() == ["lost": 2])
    let ended = run.events.named("worker.ended")
    let message = "it was not ready in time: `worker_new` had not returned 0.30 s after its start"
    #expect(ended.contains { $0.text("message") == message && $0.text("phase") == "init" })
    #expect(ended.allSatisfy { $0.text("reason") == "boot_failed" || $0.text("reason") == "shutdown" })
  }

  struct Late: CustomTestStringConvertible, Sendable {
    var mode: String
    var options: [String]
    var phase: String
    var message: String
    var testDescription: String { "\(mode) \(options)" }
  }

  /// The whole start may take for ever: it is the part that ran out that is named. Behind a launcher that copies three streams
  /// as behind none.
  @Test(arguments: [
    Late(
      mode: "well", options: ["--launcher", "sh -c 'exec sleep 1000' --", "--handshake-timeout", "300ms"],
      phase: "handshake", message: "nothing had been heard of it 0.30 s after its start"),
    Late(
      mode: "well",
      options: [
        "--launcher", "sh -c 'exec sleep 1000' --", "--launcher-io", "stdio", "--handshake-timeout", "300ms",
      ],
      phase: "handshake", message: "nothing had been heard of it 0.30 s after its start"),
    Late(
      mode: "load-hangs", options: ["--load-timeout", "300ms"], phase: "load",
      message: "its plugin was not loaded 0.30 s after its first word"),
    Late(
      mode: "worker-hangs", options: ["--load-timeout", "300ms"], phase: "init",
      message: "`worker_new` had not returned 0.30 s after its first word"),
    Late(
      mode: "worker-hangs",
      options: ["--load-timeout", "300ms", "--launcher", "env", "--launcher-io", "stdio"], phase: "init",
      message: "`worker_new` had not returned 0.30 s after its first word"),
  ])
  func aPartThatTakesTooLongIsNamed(late: Late) throws {
    let run = try run(late.mode, ["--start-timeout", "1h"] + late.options)
    #expect(run.outcomes() == ["lost": 2])
    let ended = run.events.named("worker.ended").filter { $0.text("reason") != "shutdown" }
    #expect(!ended.isEmpty && ended.allSatisfy { $0.text("reason") == "boot_failed" })
    for end in ended {
      #expect(end.text("phase") == late.phase)
      #expect(end.text("message")?.hasSuffix("it was not ready in time: " + late.message) == true)
    }
  }

  /// A fork server has the same limits, and so have the workers that are executed in its place.
  @Test func theStartOfAForkServerHasParts() throws {
    let plugin = try TestKind.path("starts.c", ["FLAGS=TH_KIND_FORK_SAFE"])
    let run = try Taskhost.run([
      "-j2", "--plugin", plugin, "--set", "mode=worker-hangs", "--start-timeout", "1h", "--load-timeout",
      "300ms", "a", "b",
    ])
    #expect(run.outcomes() == ["lost": 2])
    let log = run.events.named("log.written").compactMap { $0.text("message") }
    let message = "it was not ready in time: `worker_new` had not returned 0.30 s after its first word"
    #expect(log == ["workers of kind starts are executed one by one, without a fork server: " + message])
    let ended = run.events.named("worker.ended").filter { $0.text("reason") != "shutdown" }
    #expect(!ended.isEmpty && ended.allSatisfy { $0.text("message") == message })
  }

  /// Limits of parts that are kept change nothing, whichever way workers come into being.
  @Test(arguments: [[], ["FLAGS=TH_KIND_FORK_SAFE"]])
  func partsThatKeepTheirLimitsAreNotSeen(defines: [String]) throws {
    let run = try Taskhost.run([
      "-j2", "--plugin", TestKind.path("starts.c", defines), "--start-timeout", "1h", "--handshake-timeout",
      "1m", "--load-timeout", "1m", "a", "b", "c",
    ])
    #expect(run.end == .exited(0) && run.outcomes() == ["passed": 3])
  }

  /// A limit that no worker can keep is no fault of a task.
  @Test func aMemoryLimitBelowABareWorkerIsNamed() throws {
    let run = try run("well", ["--memory-limit", "1M"])
    #expect(run.end == .exited(101) && run.outcomes() == ["lost": 2])
    #expect(run.summary?.text("failure")?.contains("in use before any task, the limit is 1M") == true)
    #expect(run.events.named("trial.finished").isEmpty)
  }

  /// It is told who did not end, and the grace bounds it.
  @Test func aWorkerThatIsNotFreedIsKilledAndNamed() throws {
    let run = try run("free-hangs", ["--grace", "200ms"])
    #expect(run.end == .exited(0) && run.outcomes() == ["passed": 2])
    let warnings = run.events.named("warning.raised").compactMap { $0.text("message") }
    #expect(!warnings.isEmpty)
    #expect(
      warnings.allSatisfy {
        $0.contains(
          "was killed: `worker_free` of kind starts had not returned 0.20 s after it was told to end")
      })
    #expect(run.events.named("worker.ended").allSatisfy { $0.text("reason") == "shutdown" })
  }

  @Test(arguments: [
    ("env-loader", "extra_env failed: LD_PRELOAD is refused: a kind may not set LD_* variables"),
    ("env-host", "extra_env failed: TASKHOST_X is refused: a kind may not set TASKHOST_* variables"),
    ("env-nothing", "extra_env failed: \"NO_EQUALS\" is not NAME=value"),
    ("env-fails", "extra_env failed: no environment today"),
  ])
  func aBadEnvironmentIsNamed(mode: String, failure: String) throws {
    let run = try run(mode)
    #expect(run.end == .exited(101))
    #expect(run.summary?.text("failure") == failure)
    #expect(run.outcomes() == ["lost": 2])
    #expect(run.summary?.number("workers_started") == 0)
  }

  @Test func aKindThatCannotStartInTheHost() throws {
    for (mode, text) in [
      ("queue-fails", "the queue has no licence"), ("entry-fails", "I do not like this host"),
    ] {
      let run = try run(mode)
      #expect(run.end == .exited(101))
      #expect(run.events.count == 1 && run.events[0].name == "run.error")
      #expect(run.events[0].text("message")?.contains(text) == true)
      #expect(run.errors.contains(text))
    }
  }

  @Test func whatAFailingPlanHasLoggedIsShown() throws {
    let run = try run("plan-fails")
    #expect(run.end == .exited(104))
    #expect(run.events.map(\.name).filter { $0 != "warning.raised" } == ["log.written", "run.error"])
    #expect(run.events.last?.text("message") == "the words make no sense")
  }

  /// It is for tasks, not for what is shared or said.
  @Test func aSmallFrameLimitDoesNotKeepWorkersFromStarting() throws {
    let large = try run("large-shared", ["--max-frame", "16"])
    #expect(large.end == .exited(0) && large.outcomes() == ["passed": 2])
    let long = try run("long-message", ["--max-frame", "16"])
    #expect(long.outcomes() == ["error": 2])
    #expect(long.events.named("trial.finished").allSatisfy { $0.text("message")?.utf8.count == 2999 })
    let feedback = try run("large-feedback", ["--max-frame", "16"])
    #expect(feedback.outcomes() == ["passed": 2])
    #expect(feedback.events.named("feedback.received").allSatisfy { $0.text("data")?.utf8.count == 1 << 20 })
  }

  /// A worker must run the very code that its host runs.
  @Test func aPluginThatIsReplacedIsRefusedByNewWorkers() throws {
    let workshop = try Workshop()
    let plugin = try workshop.copy(TestKind.path("hostile.c"), as: "kind.so")
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j1", "--plugin", plugin, "patient", "ok"])
    try child.wait(for: "the first task") {
      try Taskhost.events($0).named("feedback.received").contains { $0.text("data") == "patient" }
    }
    let other = try workshop.copy(TestKind.path("hostile.c", ["FLAGS=TH_KIND_IDEMPOTENT"]), as: "other.so")
    try #require(rename(other, plugin) == 0)
    let worker = try #require(try Taskhost.events(child).named("worker.fresh").first?.number("pid"))
    try #require(kill(pid_t(worker), SIGKILL) == 0)
    #expect(try child.finish() == .exited(107) || child.end == .exited(101))
    let run = try Taskhost.finished(child)
    let refusal = try #require(run.events.named("worker.ended").first { $0.text("reason") == "boot_failed" })
    #expect(refusal.text("phase") == "load")
    let message = try #require(refusal.text("message"))
    #expect(message.contains("L26") && message.contains(plugin))
    #expect(run.events.named("task.finished").allSatisfy { $0.text("outcome") != "passed" })
  }
}

@Suite struct SurroundingsTests {
  private func tell(
    _ environment: [String: String] = [:], executable: String = Taskhost.executable
  ) throws -> [String] {
    let child = try Child(
      executable,
      ["run", "--message-format", "jsonl", "-j1", "--plugin", try TestKind.path("surroundings.c"), "x"],
      environment: Taskhost.environment.merging(environment) { _, new in new })
    #expect(try child.finish() == .exited(0))
    return try Taskhost.events(child).named("feedback.received").compactMap { $0.text("data") }
  }

  @Test func aWorkerFindsWhatIsPromised() throws {
    let found = try tell([
      "TASKHOST_PLUGIN_PATH": "/nowhere", "SWIFT_BACKTRACE": "enable=yes", "MINE": "kept",
    ])
    #expect(found.contains("fd 0=/dev/null"))
    #expect(found.contains { $0.hasPrefix("fd 1=pipe:") } && found.contains { $0.hasPrefix("fd 2=pipe:") })
    // Its two ends of the protocol, out of the way, and nothing of the host.
    let others = found.filter { $0.hasPrefix("fd ") && !["fd 0=", "fd 1=", "fd 2="].contains($0.prefix(5)) }
    #expect(
      others.count == 2 && others.allSatisfy { $0.contains("=pipe:") && $0.hasPrefix("fd 2") }, "\(others)")
    #expect(found.contains("cwd=" + FileManager.default.currentDirectoryPath))
    #expect(found.contains("env=SWIFT_BACKTRACE=enable=no"))
    #expect(found.count { $0.hasPrefix("env=SWIFT_BACKTRACE") } == 1)
    #expect(found.contains("env=MINE=kept"))
    let own = found.filter { $0.hasPrefix("env=TASKHOST_") }
    #expect(own.count == 1 && own[0].hasPrefix("env=TASKHOST_HOST_PROCESS="), "\(own)")
    #expect(found.contains("SIGTERM blocked=no"))
    #expect(found.contains("leads its group=1"))
    #expect(found.contains("comm=taskhost:surrou"))
  }

  /// Workers come from the running image, not from its path.
  @Test func theExecutableMayGoAway() throws {
    let workshop = try Workshop()
    let copy = try workshop.copy(Taskhost.executable, as: "taskhost")
    let plugin = try TestKind.path("hostile.c")
    let child = try Child(
      copy, ["run", "--message-format", "jsonl", "-j1", "--plugin", plugin, "patient", "ok"],
      environment: Taskhost.environment)
    try child.wait(for: "the first task") {
      try Taskhost.events($0).named("feedback.received").contains { $0.text("data") == "patient" }
    }
    try FileManager.default.removeItem(atPath: copy)
    let worker = try #require(try Taskhost.events(child).named("worker.fresh").first?.number("pid"))
    try #require(kill(pid_t(worker), SIGKILL) == 0)
    #expect(try child.finish() == .exited(107))
    #expect(try Taskhost.finished(child).outcomes() == ["crashed": 1, "passed": 1])
  }
}

@Suite struct PrintingTests {
  /// Whatever is printed where, standard output holds events and nothing else.
  @Test(arguments: [[], ["--in-process"]])
  func printsNeverGetBetweenEvents(more: [String]) throws {
    let run = try Taskhost.run(["-j2", "--plugin", TestKind.path("chatty.c")] + more + ["a", "b", "c"])
    #expect(run.end == .exited(0))
    #expect(!run.events.contains { $0.text("type") == "forged" })
    for hook in ["constructor", "entry", "queue_new", "request_of_task", "task_match", "use_response"] {
      #expect(run.errors.contains("{\"type\":\"forged\",\"by\":\"\(hook)\"}"))
      #expect(run.errors.contains("\(hook) speaks"))
    }
    guard more.isEmpty else { return }
    let printed = run.events.named("output.written")
    for stream in ["stdout", "stderr"] {
      let text = printed.filter { $0.text("stream") == stream }.map {
        $0.text("data")
          ?? String(decoding: Data(base64Encoded: $0.text("data_base64") ?? "") ?? Data(), as: UTF8.self)
      }.joined()
      for hook in ["worker_new", "perform", "on_feedback", "worker_free"] {
        #expect(text.contains(stream == "stdout" ? "\"by\":\"\(hook)\"" : "\(hook) speaks"))
      }
    }
  }
}
