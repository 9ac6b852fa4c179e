import Foundation
import TestSupport
import Testing

/// Workers in control groups of their own, in the hierarchy of this machine. The controllers are tried by `make test-cgroups`; here it is what needs
/// none of them.
@Suite(.enabled(if: DelegatedGroup.canBeMade, "this user may make no control groups"))
struct ControlGroupTests {
  private let group: DelegatedGroup

  init() throws { group = try #require(DelegatedGroup()) }

  private func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Child {
    try group.start(
      Taskhost.executable, ["run", "--message-format", "jsonl", "-j1", "--cgroup", "require"] + arguments,
      environment: environment)
  }

  private func run(_ arguments: [String]) throws -> Taskhost.Finished {
    let child = try start(arguments)
    try child.finish()
    return try Taskhost.finished(child)
  }

  private func said(_ run: Taskhost.Finished) -> [String] {
    run.events.named("feedback.received").compactMap { $0.text("data") }
  }

  private func hasSaid(_ child: Child, _ text: String) throws -> Bool {
    try Taskhost.events(child).named("feedback.received").contains { $0.text("data") == text }
  }

  /// The first is executed, the others are forked, or all are launched.
  @Test(arguments: [
    ["FLAGS=0"], ["FLAGS=TH_KIND_FORK_SAFE"], ["FLAGS=0", "--launcher", "nice"],
    ["FLAGS=0", "--launcher", "nice", "--launcher-io", "stdio"], ["FLAGS=0", "--no-fork-server"],
  ])
  func workersAreInGroupsFromTheirBirth(options: [String]) throws {
    let run = try run(
      options.dropFirst() + ["--recycle-tasks", "1", "--plugin", try TestKind.path("greedy.c", [options[0]])]
        + Array(repeating: "group", count: 6))
    #expect(run.end == .exited(0), "\(run.errors)")
    let groups = said(run)
    #expect(groups.count == 6)
    for text in groups {
      #expect(text.contains(#/^0::.*/test-of-[^/]*/taskhost-\d+/workers/\d+$/#), "\(text)")
    }
    let log = run.events.named("log.written").compactMap { $0.text("message") }
    #expect(log.contains { $0.contains("workers are below \(group.directory)/taskhost-") }, "\(log)")
    #expect(try group.hosts() == [])
  }

  /// A process in the group of the host's own processes could be one of a hook, and is not found as an orphan.
  @Test func whatLeavesItsWorkerIsEnded() throws {
    let scene = try Aftermath.Scene()
    let child = try start(
      ["--plugin", try TestKind.path("intruder.c"), "daemon-in-our-group,_exit", "ok"],
      environment: scene.environment)
    try child.finish()
    let after = try scene.aftermath(of: child)
    #expect(after.run.outcomes() == ["crashed": 1, "passed": 1])
    #expect(after.isClean, "\(after.processes)")
    let warnings = after.run.events.named("warning.raised").compactMap { $0.text("message") }
    #expect(warnings.contains { $0.contains("left behind, is killed") }, "\(warnings)")
    #expect(try group.hosts() == [])
  }

  /// At once, and with what is in no group of processes of a worker any more.
  @Test func theSecondSignalEndsWhatWorkersHaveLeft() throws {
    let child = try start(["--plugin", try TestKind.path("greedy.c"), "stray", "deaf"])
    try child.wait(for: "the second task") { try hasSaid($0, "deaf") }
    let stray = try #require(
      try Taskhost.events(child).named("feedback.received").compactMap { $0.text("data") }
        .first { $0.hasPrefix("stray ") }.flatMap { Int($0.dropFirst(6)) })
    #expect(ProcessTable.isAlive(stray))
    child.send(SIGINT)
    try child.wait(for: "the first signal") { $0.outputText.contains("\"cancelling\"") }
    child.send(SIGINT)
    try child.finish()
    #expect(child.end == .signaled(SIGINT))
    #expect(ProcessTable.haveEnded([stray], seconds: 2))
    #expect(try !group.hosts().isEmpty, "it had no time to tidy up")
    #expect(try run(["--plugin", TestKind.path("greedy.c"), "ok"]).end == .exited(0))
    #expect(try group.hosts() == [])
  }

  /// Its groups are empty; the next host removes them.
  @Test func aHostThatWasKilledLeavesNothingForLong() throws {
    let plugin = try TestKind.path("greedy.c")
    let child = try start(["--plugin", plugin, "wait"])
    try child.wait(for: "the task") { try hasSaid($0, "waiting") }
    // What belongs to a process that lives stays.
    let foreign = "\(group.directory)/taskhost-\(getpid())"
    #expect(mkdir(foreign, 0o755) == 0)
    child.send(SIGKILL)
    try child.finish()
    #expect(try group.hosts().count == 2)
    #expect(try run(["--plugin", plugin, "ok"]).end == .exited(0))
    #expect(try group.hosts() == ["taskhost-\(getpid())"])
    #expect(rmdir(foreign) == 0)
  }

  @Test func anotherProcessInTheGroupIsNotMoved() throws {
    let arguments = ["run", "-j1", "--cgroup", "require", "--plugin", try TestKind.path("greedy.c"), "ok"]
    let child = try group.start(
      "/bin/sh", ["-c", "\"$@\"; exit $?", "sh", Taskhost.executable] + arguments)
    try child.finish()
    #expect(child.end == .exited(107))
    #expect(
      child.errorText.contains(
        #/error: workers can not have control groups: \S+/cgroup.procs: found process \d+ beside this one, expected a group that/#
      ), "\(child.errorText)")
    #expect(try group.hosts() == [])
  }

  /// What a limit needs of the kernel: on a machine that has it, the run has it.
  @Test func requireNamesWhatIsMissing() throws {
    let run = try run(["--memory-limit", "1G", "--plugin", try TestKind.path("greedy.c"), "group"])
    let controllers = try String(contentsOfFile: group.directory + "/cgroup.controllers", encoding: .utf8)
    if controllers.contains("memory") {
      #expect(run.end == .exited(0) && said(run).first?.contains("/workers/") == true)
    } else {
      #expect(run.end == .exited(107))
      #expect(run.errors.contains("cgroup.controllers: found"), "\(run.errors)")
      #expect(run.errors.contains("expected memory"), "\(run.errors)")
    }
    #expect(try group.hosts() == [])
  }
}

/// Whoever runs the tests.
@Suite struct ControlGroupChoiceTests {
  private func log(_ options: [String]) throws -> (groups: [String], run: Taskhost.Finished) {
    let run = try Taskhost.run(
      ["-j1", "--plugin", try TestKind.path("greedy.c")] + options + ["group", "ok"])
    let log = run.events.named("log.written").compactMap { $0.text("message") }
    return (log.filter { $0.hasPrefix("control groups: ") }, run)
  }

  @Test(arguments: [[], ["--cpu-limit", "60s"], ["--memory-limit", "1G", "--cgroup", "off"]])
  func withoutALimitNobodyLooks(options: [String]) throws {
    let (groups, run) = try log(options)
    #expect(groups == [] && run.end == .exited(0))
    let own = try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8).split(separator: "\n")
      .first { $0.hasPrefix("0::") }
    #expect(run.events.named("feedback.received").first?.text("data") == own.map(String.init))
  }

  /// With groups or without: the run goes on, and says which of both.
  @Test func autoSaysWhatWasChosen() throws {
    let (groups, run) = try log(["--memory-limit", "1G"])
    #expect(run.outcomes() == ["passed": 2])
    let text = try #require(groups.first)
    #expect(
      text.hasPrefix("control groups: workers are below /")
        || text.contains(#/^control groups: none: /.*: found .*, expected /#), "\(text)")
    if !DelegatedGroup.canBeMade { #expect(text.hasPrefix("control groups: none: ")) }
  }

  @Test func requireIsAnErrorWhereThereAreNone() throws {
    guard !DelegatedGroup.canBeMade else { return }
    let (_, run) = try log(["--cgroup", "require"])
    #expect(run.end == .exited(107))
    #expect(
      run.errors.contains(#/error: workers can not have control groups: /.*: found .*, expected /#),
      "\(run.errors)")
  }
}
