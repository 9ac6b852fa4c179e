import Foundation
import TestSupport
import Testing

/// Commands that are ended: by limits, by the user, with their worker, with their host.
@Suite struct EndingTests {
  private func aftermath(_ arguments: [String]) throws -> Aftermath {
    try Aftermath.run(["--kind", "exec"] + arguments)
  }

  @Test func aSoftLimitReachesTheCommandAndWhatItHasStarted() throws {
    let after = try aftermath(
      ["-j1", "--soft-timeout", "300ms", "--", "sh", "-c", "{}", ":::", "sleep 300 & sleep 300", "exit 0"])
    #expect(after.run.outcomes() == ["timeout": 1, "passed": 1])
    #expect(after.run.events.named("worker.spawned").count == 1, "the worker is as good as before")
    let ended = after.run.events.named("task.finished").first { $0.text("outcome") == "timeout" }
    #expect(ended?.text("message") == "over its time limit")
    #expect(after.processes.isEmpty)
  }

  @Test func aCommandMayTidyUpWithinTheGrace() throws {
    let workshop = try Workshop()
    let script = "trap 'sleep 0.3; : > \"$0\"; exit 0' TERM; sleep 300 & wait"
    let after = try aftermath(
      ["--soft-timeout", "300ms", "--grace", "20s", "--", "sh", "-c", script, ":::", workshop.path("tidied")])
    #expect(after.run.outcomes() == ["timeout": 1])
    #expect(FileManager.default.fileExists(atPath: workshop.path("tidied")))
    #expect(after.processes.isEmpty)
  }

  @Test func oneThatIgnoresSIGTERMIsKilledAfterTheGrace() throws {
    let after = try aftermath(
      [
        "-j1", "--soft-timeout", "200ms", "--grace", "300ms", "--", "sh", "-c", "{}", ":::",
        "trap '' TERM; while :; do sleep 1; done", "exit 0",
      ])
    #expect(after.run.outcomes() == ["timeout": 1, "passed": 1])
    #expect(after.processes.isEmpty)
  }

  @Test func aHardLimitKills() throws {
    let after = try aftermath(["--timeout", "300ms", "--", "sh", "-c", "sleep 300 & sleep 300", ":::", "a"])
    #expect(after.run.outcomes() == ["timeout": 1])
    #expect(after.processes.isEmpty)
  }

  @Test func ctrlCReachesCommands() throws {
    let workshop = try Workshop()
    let scene = try Aftermath.Scene()
    let script = "trap ': > \"$0.end\"; exit 0' TERM; : > \"$0.begun\"; sleep 300 & wait"
    let child = try Taskhost.start(
      ["run", "--kind", "exec", "--", "sh", "-c", script, ":::", workshop.path("it")],
      environment: scene.environment)
    try child.wait(for: "the start") { _ in FileManager.default.fileExists(atPath: workshop.path("it.begun"))
    }
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    #expect(FileManager.default.fileExists(atPath: workshop.path("it.end")))
    #expect(scene.processes().filter { !ProcessTable.haveEnded([$0], seconds: 2) }.isEmpty)
  }

  @Test func aCommandEndsWithItsHost() throws {
    let workshop = try Workshop()
    let scene = try Aftermath.Scene()
    let child = try Taskhost.start(
      [
        "run", "--kind", "exec", "--set", "shell=yes", "--", ": > {}; exec sleep 300", ":::",
        workshop.path("begun"),
      ],
      environment: scene.environment)
    try child.wait(for: "the start") { _ in FileManager.default.fileExists(atPath: workshop.path("begun")) }
    child.send(SIGKILL)
    #expect(try child.finish() == .signaled(SIGKILL))
    #expect(scene.processes().filter { !ProcessTable.haveEnded([$0], seconds: 5) }.isEmpty)
  }

  /// Nobody knows how far it had come.
  @Test func aCommandWhoseWorkerDiedIsRunAgainOnlyIfAllowed() throws {
    let workshop = try Workshop()
    let script = "[ -e \"$0\" ] || { : > \"$0\"; kill -KILL $PPID; sleep 300; }"
    func outcomes(_ options: [String], _ name: String) throws -> [String: Int] {
      let after = try aftermath(options + ["--", "sh", "-c", script, ":::", workshop.path(name)])
      #expect(after.processes.isEmpty)
      return after.run.outcomes()
    }
    #expect(try outcomes([], "once") == ["crashed": 1])
    #expect(try outcomes(["--set", "idempotent=yes"], "twice") == ["passed": 1])
  }

  /// A failure is a verdict, and final, unless the user says otherwise.
  @Test func aCommandThatFailsIsTriedAgainIfWanted() throws {
    let workshop = try Workshop()
    let script = "echo x >> \"$0\"; [ $(wc -l < \"$0\") -ge 3 ]"
    func run(_ options: [String], _ name: String) throws -> (outcomes: [String: Int], trials: Int) {
      let run = try Exec.events(
        ["--retries", "5"] + options + ["--", "sh", "-c", script, ":::", workshop.path(name)])
      return (run.outcomes(), try workshop.read(workshop.path(name)).count / 2)
    }
    let verdict = try run([], "verdict")
    #expect(verdict.outcomes == ["failed": 1] && verdict.trials == 1)
    let error = try run(["--set", "retry=yes"], "error")
    #expect(error.outcomes == ["passed": 1] && error.trials == 3)
  }

  @Test func withinTheHostTheyRunToo() throws {
    let run = try Exec.run(["--in-process", "--", "echo", ":::", "a", "b"])
    #expect(run.end == .exited(0) && run.lines == ["a", "b"])
  }
}
