import Foundation
import TestSupport
import Testing

/// Commands that do what a run must bear.
@Suite struct HostileCommandTests {
  @Test func exitCodesAndSignalsAreVerdicts() throws {
    let run = try Exec.events(["-j1", "--", "sh", "-c", "{}", ":::", "exit 3", "kill -TERM $$", "true"])
    #expect(run.end == .exited(100))
    #expect(run.outcomes() == ["passed": 1, "failed": 2])
    let found = run.events.named("diagnostic.reported")
    try #require(found.count == 2)
    #expect(found[0].text("message") == "exit 3: sh -c 'exit 3'")
    #expect(found[0].number("exit_code") == 3)
    #expect(found[1].text("message") == "killed by SIGTERM: sh -c 'kill -TERM $$'")
    #expect(found[1].text("signal_name") == "SIGTERM" && found[1].number("signal") == 15)
    #expect(found[1].flag("dumped_core") == false)
  }

  /// xargs gives up with 125.
  @Test func aKilledCommandDoesNotStopTheRun() throws {
    let words = (1...20).map { $0 == 3 ? "kill -KILL $$" : "exit 0" }
    let run = try Exec.events(["--", "sh", "-c", "{}", ":::"] + words)
    #expect(run.outcomes() == ["passed": 19, "failed": 1])
  }

  @Test func oneThatClosesItsOutputAndLivesOn() throws {
    let workshop = try Workshop()
    let run = try Exec.run(
      ["--", "sh", "-c", "echo said; exec >&- 2>&-; sleep 0.2; : > \"$0\"", ":::", workshop.path("made")])
    #expect(run.end == .exited(0) && run.output == "said\n")
    #expect(FileManager.default.fileExists(atPath: workshop.path("made")))
  }

  /// The command has ended, and with it its task; what it has left ends with the run.
  @Test func oneThatLeavesSomebodyAtThePipe() throws {
    let scene = try Aftermath.Scene()
    let child = try Taskhost.start(
      ["run", "--kind", "exec", "--", "sh", "-c", "echo {}; sleep 300 &", ":::", "a", "b"],
      environment: scene.environment)
    #expect(try child.finish() == .exited(0))
    #expect(child.outputText.split(separator: "\n").sorted() == ["a", "b"])
    #expect(scene.processes().filter { !ProcessTable.haveEnded([$0], seconds: 2) }.isEmpty)
  }

  /// It goes on writing: what counts is what was there when the command ended.
  @Test func oneThatLeavesAFlood() throws {
    let run = try Exec.run(["-j1", "--", "sh", "-c", "yes & echo {}", ":::", "a", "b"])
    #expect(run.end == .exited(0))
    #expect(Set(run.lines).isSubset(of: ["a", "b", "y", ""]))
    #expect(run.output.utf8.count < 10_000_000)
  }

  /// Both streams by turns, each more than goes without a file; and with a limit for files, which is not meant for that.
  @Test(arguments: [[], ["--file-size", "1M"]])
  func muchOnBothStreams(options: [String]) throws {
    let script = "for i in 1 2 3 4 5 6 7 8 9; do head -c 300000 /dev/zero | tr '\\0' $i; "
    let run = try Exec.run(
      options + [
        "-j2", "-k", "--", "sh", "-c", script + "head -c 200000 /dev/zero | tr '\\0' e >&2; done", ":::", "1",
        "2",
      ])
    #expect(run.end == .exited(0))
    let digits = (1...9).map { String(repeating: String($0), count: 300_000) }.joined()
    #expect(run.output == digits + digits, "\(run.output.utf8.count) bytes")
    #expect(run.errors.utf8.count { $0 == UInt8(ascii: "e") } >= 3_600_000)
  }

  /// The limit strikes while the command runs, also where it prints nothing any more.
  @Test(arguments: ["yes", "head -c 600000 /dev/zero; sleep 300"])
  func theLimitOfOutputEndsACommand(command: String) throws {
    let run = try Exec.events(
      ["-j1", "--output-limit", "500K", "--retries", "0", "--", "sh", "-c", "{}", ":::", command], seconds: 60
    )
    #expect(run.end == .exited(100))
    #expect(run.outcomes() == ["limit": 1])
  }

  @Test func oneThatReadsItsInputFindsNone() throws {
    let run = try Exec.run(["--", "sh", "-c", "cat; echo {}", ":::", "a"])
    #expect(run.end == .exited(0) && run.output == "a\n")
  }

  @Test func anyBytesComeOut() throws {
    let child = try Taskhost.start(
      ["run", "--kind", "exec", "--", "printf", #"\377\000\376\n%s"#, ":::", "x"])
    #expect(try child.finish() == .exited(0))
    #expect(child.output == [0xFF, 0, 0xFE, 10, 120])
  }

  @Test func bothStreamsComeOut() throws {
    let run = try Exec.run(["--", "sh", "-c", "echo out-{}; echo err-{} >&2", ":::", "a", "b"])
    #expect(run.lines.sorted() == ["out-a", "out-b"])
    #expect(run.errors.contains("err-a\n") && run.errors.contains("err-b\n"))
  }

  /// What one prints is in one piece.
  @Test func outputIsWholeForEachTask() throws {
    let script = "for i in 1 2 3 4 5 6 7 8; do echo {}; sleep 0.01; done"
    let run = try Exec.run(["-j4", "--", "sh", "-c", script, ":::"] + (1...12).map { "t\($0)" })
    #expect(run.end == .exited(0))
    var blocks: [String] = []
    for line in run.lines where blocks.last != line { blocks.append(line) }
    #expect(blocks.count == 12 && run.lines.count == 96, "\(blocks)")
  }

  @Test func argumentsBeyondTheSystemsLimit() throws {
    let workshop = try Workshop()
    let list = try workshop.write(String(repeating: "x", count: 200_000) + "\nshort\n", as: "list")
    let run = try Exec.events(["--from", list, "--", "echo"])
    #expect(run.end == .exited(100))
    #expect(run.outcomes() == ["passed": 1, "error": 1])
    let message = run.events.named("task.finished").compactMap { $0.text("message") }.joined()
    #expect(message.contains("too long for the system: 200006 bytes"), "\(message)")
  }

  @Test func aScriptWithoutAnInterpreterIsOneOfSh() throws {
    let workshop = try Workshop()
    let script = try workshop.write("echo \"script $1\"\n", as: "script")
    #expect(chmod(script, 0o755) == 0)
    let run = try Exec.run(["--", script, ":::", "a b"])
    #expect(run.end == .exited(0) && run.output == "script a b\n")
  }

  /// The name is only known with the argument.
  @Test func aCommandThatIsNotThereFailsItsTask() throws {
    let run = try Exec.events(["-j1", "--", "{}", ":::", "true", "no-such-command", "/"])
    #expect(run.outcomes() == ["passed": 1, "failed": 2])
    let found = run.events.named("diagnostic.reported")
    try #require(found.count == 2)
    #expect(found[0].text("message") == "cannot run it: No such file or directory: no-such-command")
    #expect(found[0].number("exit_code") == 127)
    #expect(
      found[1].text("message") == "cannot run it: Permission denied: /" && found[1].number("exit_code") == 126
    )
  }

  /// Workers take some signals in their own way; commands must not inherit that.
  @Test func signalsAreAsUsual() throws {
    let run = try Exec.run(["--", "grep", "-E", "{}", "/proc/self/status", ":::", "^Sig(Blk|Ign)"])
    #expect(run.end == .exited(0))
    for line in run.lines {
      let mask = try #require(line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) })
      // SIGINT, SIGPIPE, SIGTSTP.
      #expect(mask & (1 << 1 | 1 << 12 | 1 << 19) == 0, "\(line)")
      if line.hasPrefix("SigBlk") { #expect(mask == 0) }
    }
  }

  @Test func descriptorsOfTheWorkerAreNotInherited() throws {
    let run = try Exec.run(["--", "sh", "-c", "ls /proc/$$/fd", ":::", "a"])
    #expect(run.lines == ["0", "1", "2"])
  }

  /// It waits a moment for room, is tried again, and then says why. Root has no such limit.
  @Test(.enabled(if: geteuid() != 0))
  func noRoomForAProcess() throws {
    let run = try Exec.events(["-j1", "--processes", "1", "--", "true", ":::", "a"])
    #expect(run.end == .exited(100))
    let message = run.events.named("task.finished").compactMap { $0.text("message") }.joined()
    #expect(message.contains("could not be started: Resource temporarily unavailable"), "\(message)")
  }

  /// 100 MB go through; neither host nor worker keeps them.
  @Test(.timeLimit(.minutes(3)))
  func aHundredMegabytesAreNotKept() throws {
    let child = try Taskhost.start(
      ["run", "--kind", "exec", "-j1", "--", "head", "-c", "100000000", ":::", "/dev/zero"])
    var peak = 0
    try child.wait(for: "100 MB", seconds: 120) { child in
      for process in [Int(child.pid)] + ProcessTable.children(of: Int(child.pid)) {
        peak = max(peak, highWater(process) ?? 0)
      }
      return false
    }
    #expect(child.end == .exited(0))
    #expect(child.output.count == 100_000_000)
    #expect(peak > 1 << 20 && peak < 64 << 20, "\(peak) bytes")
  }

  /// The most memory that it has had, in bytes.
  private func highWater(_ pid: Int) -> Int? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/status") else { return nil }
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
  }
}
