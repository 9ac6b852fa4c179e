import Foundation
import TestSupport
import Testing

/// What tasks print by the extension `print`, as whoever runs them gets it.
@Suite struct PrintTests {
  private let plugin: String
  private let workshop: Workshop

  init() throws {
    plugin = try TestKind.path("printer.c")
    workshop = try Workshop()
  }

  private func run(_ options: [String], _ words: [String]) throws -> (
    end: Child.End, out: String, err: String
  ) {
    let run = try Taskhost.plain(["run", "--plugin", plugin] + options + ["--"] + words)
    return (run.end, run.output, run.errors)
  }

  @Test func bothStreamsComeOutAsTheyAre() throws {
    let run = try run(["-j", "1"], ["out one", "err two", "both 3"])
    #expect(run.end == .exited(0))
    #expect(run.out == "one\nline 0\nline 1\nline 2\n")
    #expect(run.err.contains("two\n") && run.err.contains("line 0\nline 1\nline 2\n"))
    #expect(run.err.contains("3 tasks: 3 passed"))
  }

  /// Also where the workers are none.
  @Test func inThisProcessToo() throws {
    let run = try run(["--in-process"], ["out one", "used two"])
    #expect(run.end == .exited(0) && run.out == "one\ntwo\nsaid in the host\n")
  }

  @Test func aTaskIsWholeAndMayBeLarge() throws {
    let large = 3_000_000
    let words = (0..<4).flatMap { _ in ["much \(large)", "out x"] }
    let run = try run(["-j", "2", "--keep-order"], words)
    #expect(run.end == .exited(0))
    let period = Array("abcdefghijklmnopqrstuvw".utf8)
    var expected: [UInt8] = []
    var piece: [UInt8] = []
    // Each block begins anew where the one before has ended.
    for at in 0..<large { piece.append(period[at % period.count]) }
    for _ in 0..<4 {
      expected += piece
      expected += Array("x\n".utf8)
    }
    #expect(Array(run.out.utf8) == expected)
  }

  /// The first one waits for the second.
  @Test(arguments: [true, false])
  func theOrderIsThatOfTheTasksOrOfTheirEnds(keeps: Bool) throws {
    let mark = workshop.path("mark-\(keeps)")
    let run = try run(
      ["-j", "2", "--window", "1"] + (keeps ? ["-k"] : []),
      ["slow \(mark) first", "out second", "touch \(mark)"])
    #expect(run.end == .exited(0))
    #expect(run.out == (keeps ? "begun\nfirst\nsecond\n" : "second\nbegun\nfirst\n"))
  }

  @Test func onlyTheTrialThatCountsIsShown() throws {
    let run = try run(
      ["-j", "1", "--retries", "2"], ["again \(workshop.path("mark")) at last", "split a b", "used c"])
    #expect(
      run.out == "at last\na\nb\nc\nsaid in the host\n" || run.out == "at last\nc\nsaid in the host\na\nb\n")
    #expect(!run.out.contains("count") && !run.out.contains("again"))
    #expect(run.end == .exited(0))
  }

  @Test func whatWentWrongIsShownToo() throws {
    let run = try run(["-j", "1", "--retries", "0"], ["die last words", "gone farewell"])
    #expect(run.end == .exited(107))
    #expect(run.out.contains("last words\n") && run.out.contains("farewell\n"))
    #expect(run.err.contains("seen to be gone\n"))
  }

  @Test func anotherStreamIsRefused() throws {
    let run = try run([], ["third"])
    #expect(run.end == .exited(100) && run.out.isEmpty && run.err.contains("TH_E_BAD_INPUT"))
  }

  @Test func eventsCarryIt() throws {
    let finished = try Taskhost.run(["--plugin", plugin, "-j", "1", "--", "out one", "both 2"])
    #expect(finished.end == .exited(0))
    let printed = finished.events.filter { $0.name == "output.printed" }
    func data(_ stream: String, _ task: Int) -> String {
      printed.filter { $0.text("stream") == stream && $0.number("task") == task }
        .compactMap { $0.text("data") }.joined()
    }
    #expect(data("stdout", 1) == "one\n" && data("stdout", 2) == "line 0\nline 1\n")
    #expect(data("stderr", 2) == "line 0\nline 1\n" && data("stderr", 1).isEmpty)
  }

  /// A task may print more than the host has memory for it.
  @Test func theHostDoesNotGrow() throws {
    let child = try Child(
      "/bin/sh",
      [
        "-c", "exec \"$@\" > /dev/null", "sh", Taskhost.executable, "run", "--plugin", plugin, "-j", "2",
        "--keep-order", "--", "much 200000000", "much 100000000",
      ], environment: Taskhost.environment)
    // What the kernel says at its end is not less than what this process had when it was started.
    var peak = 0
    try child.wait(for: "the end of the run", seconds: 120) { child in
      peak = max(peak, try Self.peakMemory(of: child.pid) ?? 0)
      return false
    }
    #expect(child.end == .exited(0))
    #expect(peak > 1 << 20 && peak < 64 << 20, "\(peak)")
  }

  /// In bytes; nil: it has ended.
  private static func peakMemory(of pid: Int32) throws -> Int? {
    let path = "/proc/\(pid)/status"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let line = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      .first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) }.map { $0 << 10 }
  }

  @Test func printingCountsForTheOutputLimit() throws {
    let run = try run(["-j", "1", "--output-limit", "1M", "--retries", "0"], ["much 5000000", "out after"])
    #expect(run.end == .exited(100))
    #expect(run.err.contains("the limit is 1M") || run.err.contains("the limit is"))
    #expect(run.out.hasSuffix("after\n"))
  }

  @Test func aFileThatCanNotBeMadeIsAnError() throws {
    let run = try Taskhost.plain(
      ["run", "--plugin", plugin, "-j", "1", "--", "much 1000000", "out after"],
      environment: ["TMPDIR": workshop.path("nowhere")])
    #expect(run.end == .exited(100))
    #expect(run.errors.contains("nowhere") && run.output.hasSuffix("after\n"))
  }

  /// A disk without room: what fits comes out, each task that has lost something says why, and nothing is said for each part of it.
  @Test func outputThatCanNotBeKeptIsToldOnceForEachTask() throws {
    let child = try Child(
      "/bin/sh",
      [
        "-c",
        "ulimit -f 256; exec \"$0\" run --message-format jsonl --plugin \"$1\" -j 1 -- \"much 3000000\" \"out after\" \"much 2000000\"",
        Taskhost.executable, plugin,
      ], environment: Taskhost.environment)
    try child.finish()
    let run = try Taskhost.finished(child)
    #expect(run.end == .exited(100) && run.outcomes() == ["error": 2, "passed": 1], "\(run.outcomes())")
    let messages = run.events.named("task.finished").map { $0.text("message") ?? "" }
    for message in [messages.first, messages.last] {
      #expect(message?.hasPrefix("what it has printed is not whole: ") == true, "\(messages)")
      #expect(message?.contains("File too large") == true, "\(messages)")
    }
    #expect(run.events.named("warning.raised").isEmpty)
    let shown = run.events.filter { $0.name == "output.printed" }
    #expect(shown.contains { $0.text("data") == "after\n" })
    let first = shown.filter { $0.number("task") == 1 }.compactMap { $0.text("data") }.joined()
    #expect(first.count >= 64 << 10 && first.hasPrefix("abcdefghijklmnopqrstuvwabc"), "\(first.count)")
  }
}
