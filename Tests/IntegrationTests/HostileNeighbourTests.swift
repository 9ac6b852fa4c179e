import Foundation
import TestSupport
import Testing

/// What a plugin does to other processes. Without a sandbox it may do much: the host must live, or end properly, and others
/// must lose nothing.
@Suite struct HostileNeighbourTests {
  private static let bystanders = Array(repeating: "sleep:20", count: 12)

  private func plugin(_ isForked: Bool) throws -> [String] {
    try ["--plugin", TestKind.path("intruder.c", isForked ? ["FORKED", "REPEATS"] : ["REPEATS"])]
      + (isForked ? [] : ["--no-fork-server"])
  }

  /// A run of somebody else at the same time, of the same user.
  private func beside<Result>(_ body: () throws -> Result) throws -> Result {
    let other = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j1", "--plugin", try TestKind.path("vandal.c")]
        + Array(repeating: "sleep:10", count: 40))
    let result = try body()
    #expect(try other.finish() == .exited(0))
    #expect(try Taskhost.finished(other).outcomes() == ["passed": 40])
    return result
  }

  /// Workers and the fork server are killed or stopped by one of them: the others take over what can be repeated.
  @Test(arguments: ["kill-siblings", "stop-siblings"], [false, true])
  func siblingsThatAreAttacked(deed: String, isForked: Bool) throws {
    let after = try beside {
      try Aftermath.run(["-j3"] + plugin(isForked) + Self.bystanders + [deed] + Self.bystanders, seconds: 20)
    }
    #expect(after.run.end == .exited(0) && after.run.outcomes() == ["passed": 25])
    #expect(after.isClean, "left: \(after.processes)")
  }

  /// The fork server alone, again and again: it is started anew, and at the third time done without.
  @Test(arguments: ["kill-siblings", "stop-siblings"])
  func aForkServerThatIsAttacked(deed: String) throws {
    let after = try Aftermath.run(
      ["-j1", "--standby", "0"] + plugin(true) + Array(repeating: [deed, "ok"], count: 12).joined() + [
        "origin"
      ], seconds: 20)
    #expect(after.run.end == .exited(0) && after.run.outcomes() == ["passed": 25] && after.isClean)
    let said = after.run.events.named("feedback.received").compactMap { $0.text("data") }
    #expect(said.last == "worker")
    #expect(after.run.events.named("warning.raised").count == 3)
  }

  /// Nothing can protect it, but nothing of it remains either.
  @Test(arguments: [false, true])
  func aHostThatIsKilled(isForked: Bool) throws {
    let after = try beside { try Aftermath.run(["-j3"] + plugin(isForked) + Self.bystanders + ["kill-host"]) }
    #expect(after.run.end == .signaled(SIGKILL))
    #expect(after.isClean, "left: \(after.processes)")
  }

  @Test(arguments: [false, true])
  func manyProcessesAtOnce(isForked: Bool) throws {
    let after = try beside {
      try Aftermath.run(
        ["-j2"] + plugin(isForked) + ["fork-bomb:50", "ok", "fork-bomb:50,wait", "ok"] + ["--timeout", "1s"])
    }
    #expect(after.run.outcomes() == ["passed": 3, "timeout": 1])
    #expect(after.isClean, "left: \(after.processes)")
  }

  /// Without capabilities, as plugins of ordinary users are: no way leads into the host.
  @Test(arguments: [false, true])
  func theHostCanNotBeLookedInto(isForked: Bool) throws {
    let run = try Aftermath.run(["-j1"] + plugin(isForked) + ["look-into-host"]).run
    #expect(run.events.named("feedback.received").map { $0.text("data") } == ["ways 0"])
    #expect(run.end == .exited(0))
  }

  /// A process that has left its group and its parent is killed soon after the end of the worker that started it.
  /// So are those that it had started itself.
  @Test(arguments: ["daemon", "daemons"], [false, true])
  func aDaemonDiesSoonAfterItsWorker(deed: String, isForked: Bool) throws {
    let scene = try Aftermath.Scene()
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j1"] + plugin(isForked) + ["\(deed),_exit", "wait"],
      environment: scene.environment)
    try child.wait(for: "the second task") {
      try Taskhost.events($0).named("feedback.received").contains {
        $0.text("data")?.hasPrefix("waiting") == true
      }
    }
    let said = try Taskhost.events(child).named("feedback.received").compactMap { $0.text("data") }
    let daemons = said.filter { $0.hasPrefix("left ") }.compactMap { Int($0.dropFirst(5)) }
    #expect(daemons.count == (deed == "daemon" ? 3 : 12), "of each trial")
    #expect(ProcessTable.haveEnded(daemons, seconds: 1))
    #expect(child.end == nil, "and the run goes on")
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    #expect(try scene.aftermath(of: child).isClean)
  }

  /// What ends without a parent is reaped, also while its worker lives on.
  @Test func noZombiesWhileTheRunGoesOn() throws {
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j1"] + plugin(false) + ["zombies:20", "wait"])
    try child.wait(for: "the second task") {
      try Taskhost.events($0).named("feedback.received").contains {
        $0.text("data")?.hasPrefix("waiting") == true
      }
    }
    try child.wait(for: "the worker alone", seconds: 5) { ProcessTable.children(of: Int($0.pid)).count == 1 }
    #expect(child.end == nil)
    child.send(SIGINT)
    try child.finish()
  }

  /// Requests fill the pipe of a worker that does not read: the host listens to its user all the same.
  @Test func aWorkerThatReadsNothing() throws {
    let large = "ok," + String(repeating: "x", count: 100_000)
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j1"] + plugin(false) + ["wait,sleep:60000"]
        + Array(repeating: large, count: 10))
    try child.wait(for: "the first task") {
      try Taskhost.events($0).named("feedback.received").contains {
        $0.text("data")?.hasPrefix("waiting") == true
      }
    }
    child.send(SIGINT)
    #expect(try child.finish(seconds: 20) == .signaled(SIGINT))
    #expect(try Taskhost.finished(child).outcomes() == ["cancelled": 11])
  }
}
