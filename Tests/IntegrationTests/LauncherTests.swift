import Foundation
import TestSupport
import Testing

/// Ways to start a worker by another command.
enum Way: String, CaseIterable, CustomTestStringConvertible {
  /// Executes the worker in its own place.
  case nice
  /// Stays as the parent of the worker, and hands descriptors on.
  case bwrap
  /// Copies the three standard streams from a session of its own.
  case remote

  var testDescription: String { rawValue }

  func options() throws -> [String] {
    switch self {
    case .nice: ["--launcher", "nice -n 5"]
    case .bwrap: ["--launcher", "bwrap --bind / / --dev-bind /dev /dev"]
    case .remote:
      ["--launcher-io", "stdio", "--launcher", "'\(try TestKind.program("remote.c"))' host"]
    }
  }
}

private func start(_ way: Way, _ words: [String], workers: Int = 1) throws -> Child {
  try Taskhost.start(
    ["run", "--message-format", "jsonl", "-j\(workers)", "--plugin", TestKind.path("toolbox.c")]
      + way.options()
      + words)
}

/// The process that said `pid N`.
private func deafPID(_ child: Child) throws -> Int {
  var pid: Int?
  try child.wait(for: "a deaf worker") {
    let said = try Taskhost.events($0).named("feedback.received").compactMap { $0.text("data") }
    pid = said.first { $0.hasPrefix("pid ") }.flatMap { Int($0.dropFirst(4)) }
    return pid != nil
  }
  return try #require(pid)
}

@Suite struct LauncherTests {
  /// All that a worker does comes through, and a crash costs one task.
  @Test(arguments: Way.allCases)
  func aRunIsAsItIsWithout(way: Way) throws {
    let child = try start(
      way, ["quick", "env:TOOLBOX", "env:TASKHOST_X", "print:words", "fail:why", "segv", "nap:1"])
    #expect(try child.finish() == .exited(107))
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["passed": 5, "error": 1, "crashed": 1])
    #expect(
      run.events.named("feedback.received").compactMap { $0.text("data") } == ["from the kind", "(not set)"])
    let printed = run.events.named("output.written").compactMap { $0.text("data") }.joined()
    #expect(printed.contains("words"))
    let ends = run.events.named("worker.ended")
    #expect(ends.map { $0.text("reason") } == [way == .bwrap ? "exited" : "crashed", "retired"])
    // What stays in between has a code of its own for a signal.
    #expect(way == .bwrap ? ends[0].number("exit_code") == 139 : ends[0].text("signal_name") == "SIGSEGV")
    #expect(run.events.named("worker.spawned").count == 2)
  }

  @Test func theCommandIsReallyUsed() throws {
    let child = try start(.nice, ["sh:test $(nice) -ge 5"])
    #expect(try child.finish() == .exited(0), "\(child.outputText)")
  }

  @Test func aLargeRequestAndManyTasksComeThrough() throws {
    let words = ["quick:" + String(repeating: "x", count: 100_000)] + (0..<2000).map { "quick:\($0)" }
    let child = try start(.remote, words, workers: 2)
    #expect(try child.finish() == .exited(0))
    #expect(try Taskhost.finished(child).outcomes() == ["passed": 2001])
  }

  /// A cancel reaches a request that is being performed: it gives up by itself and its worker ends in order.
  @Test(arguments: Way.allCases)
  func aCancelComesThrough(way: Way) throws {
    let child = try start(way, ["hold:/nowhere"])
    try child.wait(for: "one that holds") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    let before = Date()
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    #expect(Date().timeIntervalSince(before) < 5, "not after the grace of 10 s")
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["cancelled": 1])
    #expect(run.events.named("trial.finished").map { $0.text("result") } == ["failed"])
    #expect(run.events.named("worker.ended").map { $0.text("reason") } == ["retired"])
  }

  /// What is asked of a worker that is elsewhere is known here.
  @Test(arguments: Way.allCases)
  func progressComesThrough(way: Way) throws {
    let workshop = try Workshop()
    let gate = workshop.path("gate")
    let child = try start(way, ["hold:\(gate)"])
    try child.wait(for: "one that holds") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    try child.wait(for: "its progress") {
      $0.send(SIGUSR1)
      return try Taskhost.events($0).named("run.status").contains {
        let task = ($0.members["at_work"] as? [[String: Any]])?.first
        return task?["state"] as? String == "performing" && task?["total"] as? Int == 10
      }
    }
    try workshop.write("", as: "gate")
    #expect(try child.finish() == .exited(0))
  }

  /// Also while it computes and ignores every signal that can be ignored.
  @Test(arguments: Way.allCases)
  func aWorkerDiesWithItsHost(way: Way) throws {
    let child = try start(way, ["deaf"])
    let pid = try deafPID(child)
    child.send(SIGKILL)
    #expect(try child.finish() == .signaled(SIGKILL))
    #expect(ProcessTable.haveEnded([pid], seconds: 6))
  }

  @Test(arguments: Way.allCases)
  func theSecondSignalEndsTheWorkerToo(way: Way) throws {
    let child = try start(way, ["deaf"])
    let pid = try deafPID(child)
    child.send(SIGINT)
    try child.wait(for: "cancelling") { try !Taskhost.events($0).named("run.cancelling").isEmpty }
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
    #expect(ProcessTable.haveEnded([pid], seconds: 6))
  }

  /// The connection is lost: what was begun is not begun again, and nothing stays at the other end.
  @Test func aLostConnectionCostsTheTaskAtWork() throws {
    let child = try start(.remote, ["deaf", "quick"])
    let pid = try deafPID(child)
    let launcher = try #require(try Taskhost.events(child).named("worker.spawned").first?.number("pid"))
    kill(pid_t(launcher), SIGKILL)
    #expect(try child.finish() == .exited(107))
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["crashed": 1, "passed": 1])
    #expect(
      run.events.named("task.finished").contains {
        $0.text("message")?.contains("the connection to it was lost") == true
      })
    #expect(ProcessTable.haveEnded([pid], seconds: 6))
  }

  /// Everything of a run is as without a launcher when workers keep dying.
  @Test(arguments: Way.allCases)
  func manyDeathsAreNoDifference(way: Way) throws {
    let workshop = try Workshop()
    let words = (0..<6).flatMap { ["once:\(workshop.path("\($0)"))", "exit:\($0)", "nap:1"] }
    let child = try start(way, words, workers: 2)
    #expect(try child.finish() == .exited(107))
    #expect(try Taskhost.finished(child).outcomes() == ["crashed": 12, "passed": 6])
  }
}

@Suite struct LauncherFailureTests {
  private func run(_ launcher: String, io: String = "stdio", _ words: [String] = ["quick"]) throws
    -> Taskhost.Finished
  {
    try Taskhost.run(
      ["-j1", "--plugin", TestKind.path("toolbox.c"), "--launcher", launcher, "--launcher-io", io] + words)
  }

  private func expect(_ run: Taskhost.Finished, toSay text: String) {
    #expect(run.end == .exited(107))
    #expect(run.outcomes() == ["lost": 1])
    #expect(run.summary?.text("failure")?.contains(text) == true, "\(run.summary?.text("failure") ?? "")")
    let ends = run.events.named("worker.ended")
    #expect(ends.allSatisfy { $0.text("reason") == "boot_failed" && $0.text("phase") == "handshake" })
  }

  @Test(arguments: ["stdio", "inherit"])
  func oneThatExitsAtOnceIsNamed(io: String) throws {
    expect(
      try run("sh -c 'echo no such host >&2; exit 3'", io: io),
      toSay: "sh, or the worker behind it: it ended with exit code 3")
  }

  @Test func rubbishIsShown() throws {
    expect(
      try run("sh -c 'echo Welcome to this machine; exec cat > /dev/null'"),
      toSay: "sh printed \"Welcome to this machine\\n\" where frames of the worker belong")
  }

  @Test func oneThatHandsNoDescriptorsOnIsTold() throws {
    let run = try run("'\(TestKind.program("remote.c"))' host", io: "inherit")
    #expect(run.end == .exited(107))
    #expect(
      run.events.named("worker.ended").allSatisfy {
        $0.text("output_tail")?.contains("the launcher does not pass descriptors on; use --launcher-io stdio")
          == true
      })
  }

  /// The greeting of a taskhost of another version, byte by byte.
  @Test func anotherVersionIsNamed() throws {
    let workshop = try Workshop()
    let version = Array("9.9.9".utf8)
    var frame: [UInt8] =
      [UInt8(16 + version.count), 0, 0, 0, 16, 1, 0x54, 0x48] + [UInt8](repeating: 0, count: 8)
    frame += [1, 0, 0, 0, 0, 0, 0, 0, UInt8(version.count), 0, 0, 0, 0, 0, 0, 0] + version
    frame += [UInt8](repeating: 0, count: 3)
    let hello = try workshop.write(frame, as: "hello")
    expect(
      try run("sh -c 'cat \"\(hello)\"; exec cat > /dev/null'"),
      toSay: "the worker is taskhost 9.9.9, the host ")
  }

  /// Where another file lies at the place of the plugin, both are named.
  @Test func anotherPluginIsNamed() throws {
    let plugin = try TestKind.path("toolbox.c")
    let other = try TestKind.path("toolbox.c", ["FLAGS=4"])
    let run = try run("bwrap --bind / / --dev-bind /dev /dev --bind '\(other)' '\(plugin)'", io: "inherit")
    #expect(run.end == .exited(101))
    #expect(
      run.summary?.text("failure")?.contains("SHA-256") == true, "\(run.summary?.text("failure") ?? "")")
  }

  /// The name of the executable is all that a launcher has.
  @Test func aReplacedExecutableIsNamed() throws {
    let workshop = try Workshop()
    let host = try workshop.copy(Taskhost.executable, as: "taskhost")
    let child = try Child(
      host,
      [
        "run", "--message-format", "jsonl", "-j1", "--plugin", try TestKind.path("toolbox.c"), "--launcher",
        "nice", "hold:\(workshop.path("gate"))", "segv", "quick",
      ], environment: Taskhost.environment)
    try child.wait(for: "feedback") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    try FileManager.default.removeItem(atPath: host)
    try workshop.write("", as: "gate")
    #expect(try child.finish() == .exited(107))
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["passed": 1, "crashed": 1, "lost": 1])
    #expect(
      run.events.named("warning.raised").contains {
        $0.text("message")?.contains("the running executable was replaced or removed") == true
      })
  }

  /// Valgrind reads the debug information of what it runs, and gives up on ours.
  @Test func aWorkerUnderValgrind() throws {
    let workshop = try Workshop()
    let host = workshop.path("taskhost")
    let strip = try Child(
      "/usr/bin/env", ["strip", "--strip-debug", "-o", host, Taskhost.executable],
      environment: Taskhost.environment)
    try #require(try strip.finish() == .exited(0))
    let child = try Child(
      host,
      [
        "run", "--message-format", "jsonl", "-j1", "--plugin", try TestKind.path("toolbox.c"), "--launcher",
        "valgrind -q --error-exitcode=9", "quick", "nap:5", "env:TOOLBOX",
      ], environment: Taskhost.environment)
    #expect(try child.finish(seconds: 120) == .exited(0), "\(child.outputText)")
    #expect(try Taskhost.finished(child).outcomes() == ["passed": 3])
  }

  @Test(arguments: [
    (["--launcher", ""], "expected a command"), (["--launcher", "'' x"], "expected a command"),
    (
      ["--launcher", "no-such-program x"], "there is no program 'no-such-program' in the directories of PATH"
    ),
    (["--launcher", "/etc/passwd"], "there is no program '/etc/passwd'"),
    (["--launcher", "nice 'x"], "a quotation mark ' that is not closed"),
    (["--launcher", "nice \"x"], "a quotation mark \" that is not closed"),
    (["--launcher", "nice \\"], "a backslash at its end"),
    (["--launcher-io", "stdio"], "--launcher-io without --launcher"),
    (["--launcher", "nice", "--in-process"], "there is no worker to launch"),
  ])
  func aBadCommandIsAMistakeOfUsage(options: [String], text: String) throws {
    let run = try Taskhost.plain(["run", "--plugin", TestKind.path("toolbox.c")] + options + ["quick"])
    #expect(run.end == .exited(2))
    #expect(run.errors.contains(text), "\(run.errors)")
  }

  /// As a shell splits words, without its expansions.
  @Test func wordsAreSplitAsAShellDoes() throws {
    let workshop = try Workshop()
    let script = try workshop.write(
      "#!/bin/sh\nfor w; do [ \"$w\" = '--' ] && break; printf '<%s>' \"$w\" >&2; done\nwhile [ \"$1\" != '--' ]; do shift; done; shift; exec \"$@\"\n",
      as: "a script")
    chmod(script, 0o700)
    let run = try run(
      "'\(script)' a\\ b 'c  $HOME' \"d \\\"e\\\" \\\\ \\x\" '' f'g'\"h\" ~ * --", io: "inherit")
    #expect(run.end == .exited(0))
    let printed = run.events.named("output.written").compactMap { $0.text("data") }.joined()
    #expect(printed == "<a b><c  $HOME><d \"e\" \\ \\x><><fgh><~><*>")
  }
}
