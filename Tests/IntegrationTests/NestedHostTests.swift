import Foundation
import TestSupport
import Testing

/// A worker may start a taskhost of its own, and that one workers that do the same: all of them end with the root.
@Suite struct NestedHostTests {
  private let workshop: Workshop
  private let line: Line
  private let scene: Aftermath.Scene

  init() throws {
    workshop = try Workshop()
    line = try Line(workshop.path("line"))
    scene = try Aftermath.Scene()
  }

  /// Returns when all levels are at work.
  private func start(_ task: String, levels: Int, _ options: [String] = []) throws -> Child {
    let plugin = try TestKind.path("nester.c")
    let settings = ["taskhost=\(Taskhost.executable)", "plugin=\(plugin)", "line=\(line.path)"]
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j1", "--plugin", plugin] + options
        + settings.flatMap { ["--set", $0] } + [task],
      environment: scene.environment)
    try line.wait(for: "\(levels) levels") { $0.split(separator: "\n").count == levels }
    return child
  }

  /// "level 2 worker 17 host 16"
  private func number(_ what: String, level: Int) throws -> Int {
    let row = try #require(line.text.split(separator: "\n").first { $0.hasPrefix("level \(level) ") })
    let words = row.split(separator: " ").map(String.init)
    let index = try #require(words.firstIndex(of: what))
    return try #require(Int(words[index + 1]))
  }

  /// Started directly, through a shell in a session of its own, and by a worker that was forked or launched.
  @Test(arguments: [
    ("2 direct", []), ("2 session", []), ("2 session", ["--launcher", "env"]),
    ("2 session", ["--launcher", "env", "--launcher-io", "stdio"]),
  ])
  func killingTheRootEndsAll(task: String, options: [String]) throws {
    let child = try start(task, levels: 3, options)
    // Hosts do not let others look at them, but for root.
    let seen = geteuid() == 0 ? 6 : 3
    #expect(scene.processes().count >= seen, "a host and a worker on each level")
    child.send(SIGKILL)
    #expect(try child.finish() == .signaled(SIGKILL))
    try line.waitForEnd()
    #expect(try scene.aftermath(of: child).isClean)
  }

  /// The same in the middle: what is above goes on.
  @Test func killingOneEndsWhatIsBelowIt() throws {
    let child = try start("2 session", levels: 3)
    let middle = try number("host", level: 1)
    let below = [
      try number("worker", level: 1), try number("host", level: 0), try number("worker", level: 0),
    ]
    let first = try number("worker", level: 2)
    try #require(kill(pid_t(middle), SIGKILL) == 0)
    #expect(ProcessTable.haveEnded(below, seconds: 60))
    #expect(ProcessTable.isAlive(Int(child.pid)) && ProcessTable.isAlive(first))
    #expect(!line.hasEnded)
    child.send(SIGKILL)
    try child.finish()
    try line.waitForEnd()
    #expect(try scene.aftermath(of: child).isClean)
  }

  /// The other way round: one that was not told who is above it survives, and the tests above would see that.
  @Test func oneThatIsNotToldSurvives() throws {
    let child = try start("1 forgets", levels: 2)
    child.send(SIGKILL)
    try child.finish()
    let (above, lowest) = (try number("worker", level: 1), try number("worker", level: 0))
    #expect(ProcessTable.haveEnded([above], seconds: 60))
    let survivors = [try number("host", level: 0), lowest]
    #expect(survivors.allSatisfy { ProcessTable.isAlive($0) } && !line.hasEnded)
    for pid in survivors { kill(pid_t(pid), SIGKILL) }
    try line.waitForEnd()
    #expect(ProcessTable.haveEnded(survivors, seconds: 60))
  }

  // MARK: Whom it believes

  private static let variable = "TASKHOST_HOST_PROCESS"
  private func sleeper() throws -> Child {
    try Child("/bin/sleep", ["100000"], environment: Taskhost.environment)
  }

  private func run(below name: String, _ more: [String] = ["quick"]) throws -> Taskhost.Finished {
    try Taskhost.run(
      ["-j1", "--plugin", TestKind.path("toolbox.c")] + more, environment: [Self.variable: name])
  }

  @Test func aRunEndsWithTheHostAboveIt() throws {
    let above = try sleeper()
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j2", "--plugin", TestKind.path("toolbox.c"), "quick", "deaf"],
      environment: scene.environment.merging([Self.variable: try ProcessTable.name(Int(above.pid))]) { $1 })
    try child.wait(for: "a worker that does not listen") {
      try Taskhost.events($0).named("task.finished").count == 1
    }
    above.send(SIGKILL)
    #expect(try child.finish() == .exited(107))
    #expect(child.errorText.contains("error: the taskhost whose worker has started this one is gone"))
    #expect(try Taskhost.events(child).named("run.finished").isEmpty)
    #expect(try scene.aftermath(of: child).isClean)
  }

  /// A hook that never returns keeps nothing alive.
  @Test func alsoWhileAHookHangs() throws {
    let above = try sleeper()
    let child = try Taskhost.start(
      [
        "run", "--message-format", "jsonl", "-j1", "--plugin", TestKind.path("starts.c"), "--set",
        "mode=use-hangs", "x",
      ],
      environment: scene.environment.merging([Self.variable: try ProcessTable.name(Int(above.pid))]) { $1 })
    try child.wait(for: "the watchdog") { $0.errorText.contains("has held up the host") }
    above.send(SIGKILL)
    #expect(try child.finish() == .exited(107))
    #expect(try scene.aftermath(of: child).isClean)
  }

  /// One that lives and is not meant: the number was given to another process since.
  @Test func aNumberThatWasGivenAgainIsNotBelieved() throws {
    let above = try sleeper()
    let name = try ProcessTable.name(Int(above.pid))
    #expect(try run(below: name).end == .exited(0))
    var parts = name.split(separator: ":").map(String.init)
    parts[1] = "\(try #require(UInt64(parts[1])) - 1)"
    let refused = try run(below: parts.joined(separator: ":"))
    #expect(refused.end == .exited(107) && refused.errors.contains("is gone"))
    above.send(SIGKILL)
    try above.finish()
    #expect(try run(below: name).end == .exited(107))
  }

  /// Elsewhere the same number is another process, and nothing can be known of it.
  @Test func whatIsOfAnotherMachineIsNotLookedAt() throws {
    let above = try sleeper()
    let name = try ProcessTable.name(Int(above.pid))
    above.send(SIGKILL)
    try above.finish()
    for other in [name + "0", "x" + name, "1:2", "", "0:0:0", "-1:5:x"] {
      let run = try run(below: other)
      #expect(run.end == .exited(0), "\(other)")
      #expect(run.events.named("warning.raised").isEmpty)
    }
  }
}
