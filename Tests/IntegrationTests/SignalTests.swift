import Foundation
import TestSupport
import Testing

/// A run of `words`, once a worker has sent each of `awaited` as feedback.
private func start(_ words: [String], awaiting awaited: [String], workers: Int = 2) throws -> Child {
  let child = try Taskhost.start(
    ["run", "--message-format", "jsonl", "-j\(workers)", "--plugin", try TestKind.path("hostile.c")] + words)
  try child.wait(for: "\(awaited)") {
    let heard = try Taskhost.events($0).named("feedback.received").compactMap { $0.text("data") }
    return awaited.allSatisfy { wanted in heard.count { $0 == wanted } >= awaited.count { $0 == wanted } }
  }
  try #require(child.end == nil, "\(child.errorText)")
  return child
}

private func workers(of child: Child) throws -> [Int] {
  try Taskhost.events(child).named("worker.fresh").compactMap { $0.number("pid") }
}

@Suite struct HostDeathTests {
  /// Also while plugin code computes and ignores every signal that can be ignored.
  @Test(arguments: ["spin", "deaf", "patient"])
  func workersDieWithTheirHost(deed: String) throws {
    let child = try start(
      [deed, deed], awaiting: [deed == "spin" ? "spinning" : deed, deed == "spin" ? "spinning" : deed])
    let pids = try workers(of: child)
    try #require(pids.count == 2 && pids.allSatisfy { ProcessTable.isAlive($0) })
    child.send(SIGKILL)
    #expect(try child.finish() == .signaled(SIGKILL))
    #expect(ProcessTable.haveEnded(pids, seconds: 2))
  }
}

@Suite struct InterruptTests {
  /// The first signal ends the run in order, and the process dies by it.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func theFirstSignalEndsTheRunInOrder(signal: Int32) throws {
    let child = try start(["patient", "patient", "ok", "ok"], awaiting: ["patient", "patient"])
    child.send(signal)
    #expect(try child.finish() == .signaled(signal))
    let run = try Taskhost.finished(child)
    #expect(run.events.named("run.cancelling").map { $0.number("running") } == [2])
    #expect(run.summary?.number("signal") == Int(signal))
    #expect(run.outcomes() == ["cancelled": 4])
    #expect(run.events.named("task.finished").count == 4)
    #expect(run.events.named("worker.ended").count == 2)
  }

  /// A worker that hears nothing is killed when the grace is over.
  @Test func aDeafWorkerDelaysTheEndForTheGraceOnly() throws {
    let child = try start(["deaf", "ok"], awaiting: ["deaf"], workers: 1)
    child.send(SIGINT)
    #expect(try child.finish(seconds: 60) == .signaled(SIGINT))
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["cancelled": 2])
    #expect(run.events.named("worker.ended").last?.text("reason") == "shutdown")
  }

  @Test func theSecondSignalEndsEverythingAtOnce() throws {
    let child = try start(["deaf", "deaf"], awaiting: ["deaf", "deaf"])
    let pids = try workers(of: child)
    child.send(SIGINT)
    try child.wait(for: "cancelling") { try !Taskhost.events($0).named("run.cancelling").isEmpty }
    let before = Date()
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    #expect(Date().timeIntervalSince(before) < 5, "not after the grace of 10 s")
    #expect(ProcessTable.haveEnded(pids, seconds: 2))
  }

  /// Even when a hook never returns to the host.
  @Test func theSecondSignalReachesAHostThatIsStuck() throws {
    let child = try Taskhost.start(
      ["run", "--plugin", try TestKind.path("starts.c"), "--set", "mode=use-hangs", "-j2", "a", "b"])
    try child.wait(for: "the watchdog") { $0.errorText.contains("`use_response`") }
    #expect(
      child.errorText.contains("warning: hook `use_response` of kind `starts` has held up the host"))
    let pids = ProcessTable.children(of: Int(child.pid))
    #expect(!pids.isEmpty)
    child.send(SIGINT)
    child.send(SIGINT)
    // Two that come at once are one: more until it has ended.
    try child.wait(for: "its end") {
      $0.send(SIGINT)
      return false
    }
    #expect(child.end == .signaled(SIGINT))
    #expect(ProcessTable.haveEnded(pids, seconds: 2))
  }

  /// Who holds up the end is told though the host can do nothing, and the second signal ends it.
  @Test(arguments: [
    ("worker-hangs", ["--in-process"], "worker_new"), ("use-hangs", ["--in-process"], "use_response"),
    ("use-hangs", [], "use_response"), ("free-hangs", ["--in-process"], "worker_free"),
  ])
  func aHostThatIsStuckAnswersTheFirstSignal(mode: String, more: [String], hook: String) throws {
    let child = try Taskhost.start(
      ["run", "--plugin", try TestKind.path("starts.c"), "--set", "mode=\(mode)", "-j1"] + more + ["a"])
    try child.wait(for: "the watchdog") { $0.errorText.contains("has held up the host") }
    child.send(SIGTERM)
    let text =
      "warning: SIGTERM: the run ends as soon as hook `\(hook)` of kind `starts` returns (again to kill)"
    try child.wait(for: "the answer") { $0.errorText.contains(text) }
    child.send(SIGTERM)
    #expect(try child.finish() == .signaled(SIGTERM))
  }

  /// A task that is performed in the host and hears nothing.
  @Test func aTaskInTheHostThatIsStuckIsNamedAtTheFirstSignal() throws {
    let workshop = try Workshop()
    let begun = workshop.path("begun")
    let child = try Taskhost.start([
      "run", "--in-process", "--plugin", try TestKind.path("toolbox.c"), "sh:echo > \(begun); exec sleep 20",
    ])
    try child.wait(for: "its start") { _ in access(begun, F_OK) == 0 }
    child.send(SIGTERM)
    try child.wait(for: "the answer") {
      $0.errorText.contains("SIGTERM: the run ends as soon as the task at work has ended (again to kill)")
    }
    child.send(SIGTERM)
    #expect(try child.finish() == .signaled(SIGTERM))
  }

  /// It holds no task, so nothing is waited for: neither its start nor a grace.
  @Test func workersThatStartAreEndedAtOnce() throws {
    let child = try Taskhost.start([
      "run", "--message-format", "jsonl", "--plugin", try TestKind.path("starts.c"), "--set",
      "mode=worker-hangs", "--start-timeout", "1h", "--grace", "1h", "-j2", "a", "b",
    ])
    try child.wait(for: "two workers") { try Taskhost.events($0).named("worker.spawned").count == 2 }
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["cancelled": 2])
    #expect(run.events.named("worker.ended").map { $0.text("reason") } == ["shutdown", "shutdown"])
  }

  /// The first hooks of a run are watched, too.
  @Test func aHookThatBlocksIsNamed() throws {
    let run = try Taskhost.run(
      ["-j1", "--plugin", TestKind.path("starts.c"), "--set", "mode=env-blocks", "a"])
    #expect(run.end == .exited(0))
    #expect(run.errors.contains("warning: hook `extra_env` of kind `starts` has held up the host"))
  }
}
