import Foundation
import Glibc
import TestSupport
import Testing

/// `--dry-run`, `--halt` and `--tag`.
@Suite struct ParallelOptionTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  // MARK: --dry-run

  @Test func whatWouldBeRunIsPrintedAndNotRun() throws {
    let mark = workshop.path("mark")
    let run = try Exec.run(["--dry-run", "--", "touch", ":::", mark, "it's", "a b", ""])
    #expect(run.end == .exited(0) && run.errors.isEmpty)
    #expect(run.lines == ["touch \(mark)", #"touch 'it'\''s'"#, "touch 'a b'", "touch ''"])
    #expect(!FileManager.default.fileExists(atPath: mark))
  }

  /// A shell that gets the lines does what the run would have done.
  @Test func aShellTakesTheLines() throws {
    let words = [
      "printf", "%s;", ":::", "$HOME", "a\nb", "*", "\\", "\"", "tab\there",
      String(repeating: "long ", count: 5000),
    ]
    let dry = try Exec.run(["--dry-run", "--"] + words)
    let real = try Exec.run(["-k", "--"] + words)
    let shell = try Child("/bin/sh", ["-c", dry.output], environment: Taskhost.environment)
    try shell.finish()
    #expect(shell.outputText == real.output && real.output.count > 20_000)
  }

  @Test func bytesComeOutAsTheyAre() throws {
    let child = try Child(
      "/bin/sh",
      ["-c", #"exec "$0" run --kind exec --dry-run -- echo ::: "$(printf 'a\377b')""#, Taskhost.executable],
      environment: Taskhost.environment)
    #expect(try child.finish() == .exited(0))
    #expect(
      child.output == Array("echo 'a".utf8) + [0xFF] + Array("b'\n".utf8)
        || child.output == Array("echo a".utf8) + [0xFF] + Array("b\n".utf8))
  }

  /// Words that come are printed when they come, and no process is started for them.
  @Test func wordsOfAnInputComeOutAsTheyCome() throws {
    let child = try Taskhost.start(
      ["run", "--kind", "exec", "--dry-run", "--from", "-", "--", "echo", "{#}", "{}"], input: true)
    for word in 1...3 {
      try child.write("word\(word)\n")
      try child.wait(for: "line \(word)") { $0.outputText.hasSuffix("echo \(word) word\(word)\n") }
      let children = try String(
        contentsOfFile: "/proc/\(child.pid)/task/\(child.pid)/children", encoding: .utf8)
      #expect(children.isEmpty)
    }
    child.closeInput()
    #expect(try child.finish() == .exited(0))
  }

  @Test func withResumeItIsWhatIsLeft() throws {
    let journal = workshop.path("journal")
    func dry(_ options: String...) throws -> [String] {
      try Exec.run(["--dry-run", "--journal", journal] + options + ["--", "true", ":::", "a", "b", "c"]).lines
    }
    #expect(try dry("--resume") == ["true a", "true b", "true c"])
    #expect(!FileManager.default.fileExists(atPath: journal))
    #expect(try Exec.run(["--journal", journal, "--", "true", ":::", "c", "a"]).end == .exited(0))
    let before = try workshop.read(journal)
    #expect(try dry("--resume") == ["true b"] && dry().count == 3)
    #expect(try workshop.read(journal) == before)
  }

  @Test func itFailsAsTheRunWould() throws {
    #expect(try Exec.run(["--dry-run", "--", "no-such-command-here", ":::", "a"]).end == .exited(104))
    #expect(try Exec.run(["--dry-run", "--", "true"]).end == .exited(4))
    #expect(
      try Exec.run(["--dry-run", "--message-format", "jsonl", "--", "true", ":::", "a"]).end == .exited(2))
    let child = try Child(
      "/bin/sh",
      ["-c", "exec \"$0\" run --kind exec --dry-run -- true ::: a > /dev/full", Taskhost.executable],
      environment: Taskhost.environment)
    #expect(try child.finish() == .exited(110))
  }

  @Test func otherKindsShowTheirNames() throws {
    let run = try Taskhost.plain([
      "run", "--plugin", try TestKind.path("printer.c"), "--dry-run", "--", "out one", "die",
    ])
    #expect(run.end == .exited(0) && run.output == "out one\ndie\n")
  }

  // MARK: --halt

  private func halt(_ rule: String, _ commands: [String], jobs: Int = 1) throws -> Taskhost.Finished {
    try Exec.events(["--halt", rule, "-j", "\(jobs)", "--", "sh", "-c", "{}", ":::"] + commands)
  }

  @Test(arguments: [
    ("soon,fail=1", 100, ["passed": 1, "failed": 1, "cancelled": 3]),
    ("soon,fail=2", 100, ["passed": 2, "failed": 2, "cancelled": 1]),
    ("soon,success=1", 0, ["passed": 1, "cancelled": 4]),
    ("soon,success=2", 0, ["passed": 2, "failed": 1, "cancelled": 2]),
    ("soon,done=1", 0, ["passed": 1, "cancelled": 4]),
    ("soon,done=2", 100, ["passed": 1, "failed": 1, "cancelled": 3]),
    ("soon,fail=40%", 100, ["passed": 2, "failed": 2, "cancelled": 1]),
    ("soon,fail=21%", 100, ["passed": 2, "failed": 2, "cancelled": 1]),
    ("1%", 100, ["passed": 1, "failed": 1, "cancelled": 3]),
    ("1", 100, ["passed": 1, "failed": 1, "cancelled": 3]),
    ("never", 100, ["passed": 3, "failed": 2]), ("soon,fail=9", 100, ["passed": 3, "failed": 2]),
  ])
  func nothingMoreIsStarted(rule: String, code: Int32, outcomes: [String: Int]) throws {
    let run = try halt(rule, ["true", "false", "exit 0", "exit 2", ":"])
    #expect(run.end == .exited(code) && run.outcomes() == outcomes, "\(run.end) \(run.outcomes())")
  }

  @Test func nowEndsWhatIsUnderWay() throws {
    let success = try halt("now,success=1", ["sleep 300", "true"], jobs: 2)
    #expect(success.end == .exited(0) && success.outcomes() == ["passed": 1, "cancelled": 1])
    let failure = try halt("now,fail=1", ["sleep 300", "false"], jobs: 2)
    #expect(failure.end == .exited(100) && failure.outcomes() == ["failed": 1, "cancelled": 1])
  }

  @Test(arguments: [
    "", "later", "soon", "soon,fail", "soon,fail=0", "soon,fail=-1", "soon,fail=1.5", "soon,fail=101%",
    "soon,bad=1", "now,fail=1,2",
  ])
  func whatIsNoRuleIsRefused(rule: String) throws {
    let run = try Exec.run(["--halt", rule, "--", "true", ":::", "a"])
    #expect(run.end == .exited(2) && run.errors.contains("--halt"), "\(run.errors)")
  }

  @Test func aPercentageWantsToKnowHowMany() throws {
    let list = try workshop.write("a\n", as: "list")
    let run = try Exec.run(["--halt", "soon,fail=10%", "--from", list, "--", "true"])
    #expect(run.end == .exited(2) && run.errors.contains("10%"))
    #expect(
      try Exec.run(["--halt", "soon,fail=1", "--max-fail", "1", "--", "true", ":::", "a"]).end == .exited(2))
  }

  // MARK: --tag

  @Test func linesHaveTheNameOfTheirTask() throws {
    let run = try Exec.run(
      [
        "--tag", "-k", "-j", "1", "--set", "shell=yes", "--set", "command=", "--", "printf 'x\\n\\ny\\n'",
        "true", "echo e >&2; printf z", "echo\techo  a",
      ])
    #expect(run.end == .exited(0))
    #expect(
      run.output
        == "printf 'x\\n\\ny\\n'\tx\nprintf 'x\\n\\ny\\n'\t\nprintf 'x\\n\\ny\\n'\ty\necho e >&2; printf z\tz\necho echo  a\techo a\n"
    )
    #expect(run.errors.contains("echo e >&2; printf z\te\n"))
    #expect(try Exec.run(["--tag", "--message-format", "jsonl", "--", "true", ":::", "a"]).end == .exited(2))
  }

  /// As GNU parallel does, whose tag is the argument.
  @Test func muchOutputIsTaggedToo() throws {
    let run = try Exec.run(["--tag", "--", "seq", ":::", "200000"])
    #expect(run.output == (1...200_000).map { "seq 200000\t\($0)\n" }.joined())
  }
}
