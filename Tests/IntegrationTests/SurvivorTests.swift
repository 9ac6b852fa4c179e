import Foundation
import TestSupport
import Testing

/// A host that is killed can do nothing more: what it has started ends by itself.
@Suite struct SurvivorTests {
  private func start(_ arguments: [String], in scene: Aftermath.Scene) throws -> Child {
    try Taskhost.start(
      ["run", "--message-format", "jsonl"] + arguments, environment: scene.environment)
  }

  private func hasSaid(_ child: Child, _ text: String) throws -> Bool {
    try Taskhost.events(child).named("feedback.received").contains {
      $0.text("data")?.hasPrefix(text) == true
    }
  }

  /// With one worker at work and the others idle, and with a fork server.
  @Test(arguments: [false, true])
  func idleWorkersAndTheForkServer(isForked: Bool) throws {
    let scene = try Aftermath.Scene()
    let child = try start(
      [
        "-j3", "--plugin", try TestKind.path("vandal.c", isForked ? ["FORKED"] : []), "ok", "sleep:50", "ok",
        "wait",
      ],
      in: scene)
    try child.wait(for: "the last task") { try hasSaid($0, "waiting") }
    child.send(SIGKILL)
    try child.finish()
    #expect(try scene.aftermath(of: child).isClean)
  }

  /// At any moment of the start: before workers are there, while they load, and before they are ready.
  @Test(arguments: [false, true])
  func atAnyMomentOfTheStart(isForked: Bool) throws {
    let plugin = try TestKind.path("vandal.c", isForked ? ["FORKED"] : [])
    var hits = 0
    for moment in 0..<40 {
      let scene = try Aftermath.Scene()
      let child = try start(["-j3", "--plugin", plugin, "wait", "wait", "wait"], in: scene)
      if moment < 36 {
        usleep(UInt32(moment) * 400)
      } else {
        // However slow the machine is.
        try child.wait(for: "workers") { !ProcessTable.children(of: Int($0.pid)).isEmpty }
      }
      if scene.processes().count > 1 { hits += 1 }
      child.send(SIGKILL)
      try child.finish()
      #expect(try scene.aftermath(of: child).isClean, "killed at moment \(moment) of its start")
    }
    #expect(hits > 0, "some had workers")
  }

  /// While code of the plugin holds up the start, in workers and in the fork server.
  @Test(arguments: [["starts.c", "mode=worker-hangs"], ["liar.c", "lie=hangs-at-load"]])
  func whileTheStartHangs(kind: [String]) throws {
    let scene = try Aftermath.Scene()
    let plugin = try TestKind.path(kind[0], kind[0] == "liar.c" ? ["FORKED"] : [])
    let child = try start(["-j2", "--plugin", plugin, "--set", kind[1], "a", "b"], in: scene)
    try child.wait(for: "workers") { !ProcessTable.children(of: Int($0.pid)).isEmpty }
    child.send(SIGKILL)
    try child.finish()
    #expect(try scene.aftermath(of: child).isClean)
  }

  /// The other way round: one that has freed itself of all does survive a host that is killed, and these tests would see it.
  @Test(arguments: ["daemon,wait", "new-parent-death,wait"])
  func aSurvivorIsSeen(deed: String) throws {
    let scene = try Aftermath.Scene()
    let child = try start(["-j1", "--plugin", try TestKind.path("intruder.c"), deed], in: scene)
    try child.wait(for: "the deed") { try hasSaid($0, "waiting") }
    child.send(SIGKILL)
    try child.finish()
    try endSurvivor(scene.aftermath(of: child))
  }

  /// Where it is taken for a child of a hook, no host that lives ends it either.
  @Test func aProcessInTheGroupOfTheHostIsLeftAlone() throws {
    let after = try Aftermath.run(
      ["-j1", "--plugin", TestKind.path("intruder.c"), "daemon-in-our-group,_exit", "ok"])
    #expect(after.run.outcomes() == ["crashed": 1, "passed": 1])
    try endSurvivor(after)
  }

  private func endSurvivor(_ after: Aftermath) throws {
    #expect(after.processes.count == 1)
    for pid in after.processes { kill(pid_t(pid), SIGKILL) }
    #expect(ProcessTable.haveEnded(after.processes, seconds: 2))
  }
}
