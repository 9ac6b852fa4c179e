import Foundation
import TestSupport
import Testing

/// What tasks print by `print_file`: the host takes it out of the file of the worker, or has it sent where it can not.
@Suite struct PrintedFileTests {
  private let plugin: String
  private let workshop: Workshop

  init() throws {
    plugin = try TestKind.path("printer.c")
    workshop = try Workshop()
  }

  private static func expected(_ count: Int) -> String {
    let period = Array("abcdefghijklmnopqrstuvw".utf8)
    return String(decoding: (0..<count).map { period[$0 % period.count] }, as: UTF8.self) + "end\n"
  }

  private func run(_ options: [String], _ words: [String]) throws -> (
    end: Child.End, out: String, err: String
  ) {
    let run = try Taskhost.plain(["run", "--plugin", plugin] + options + ["--"] + words)
    return (run.end, run.output, run.errors)
  }

  /// Small ones, which are sent; and large ones, also where no worker is a process, and where another process is between both.
  @Test(
    arguments: [1, 30_000, 5_000_001],
    [["-j", "1"], ["--in-process"], ["-j", "1", "--launcher", "nice -n 1"], ["-j", "2", "-k"]])
  func theBytesComeOut(count: Int, options: [String]) throws {
    let run = try run(options, ["file \(count)", "out after"])
    #expect(run.end == .exited(0), "\(run.err)")
    let text = Self.expected(count)
    let isWhole = run.out == text + "after\n" || run.out == "after\n" + text
    #expect(isWhole, "\(run.out.utf8.count) bytes")
    #expect(run.err.contains("between\n"))
  }

  /// The kernel copies into a pipe, a file or a device, but not behind the end of one to append to.
  @Test(arguments: [">", ">>", "| cat >"])
  func whereverStandardOutputGoes(redirection: String) throws {
    let target = workshop.path("out")
    let child = try Child(
      "/bin/sh",
      [
        "-c", "\"$@\" \(redirection) '\(target)'", "sh", Taskhost.executable, "run", "--plugin", plugin, "-j",
        "1",
        "--", "out before", "file 3000000",
      ], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(0))
    let out = try String(contentsOfFile: target, encoding: .utf8)
    #expect(out == "before\n" + Self.expected(3_000_000))
  }

  @Test func eventsCarryIt() throws {
    let finished = try Taskhost.run(["--plugin", plugin, "-j", "1", "--", "file 1000000"])
    let text = finished.events.filter { $0.name == "output.printed" && $0.text("stream") == "stdout" }
      .compactMap { $0.text("data") }.joined()
    #expect(finished.end == .exited(0) && text == Self.expected(1_000_000))
  }

  /// It may have no more than some files of workers open, whatever waits for its turn.
  @Test func moreFilesThanTheHostMayHaveOpen() throws {
    let mark = workshop.path("mark")
    let words = ["slow \(mark) first"] + Array(repeating: "file 40000", count: 200) + ["touch \(mark)"]
    let run = try run(["-j", "2", "-k", "--window", "1", "--open-files", "64"], words)
    #expect(run.end == .exited(0), "\(run.err)")
    let expected = "begun\nfirst\n" + String(repeating: Self.expected(40_000), count: 200)
    #expect(run.out == expected)
  }

  @Test func itCountsForTheOutputLimit() throws {
    let run = try run(["-j", "1", "--output-limit", "1M", "--retries", "0"], ["file 5000000", "out after"])
    #expect(run.end == .exited(100) && run.err.contains("the limit is"))
    #expect(run.out.hasSuffix("after\n"))
  }

  @Test func whatIsNoFileOrTooShortIsRefused() throws {
    let run = try run(["-j", "1"], ["short", "fifo", "out after"])
    #expect(run.end == .exited(100) && run.out == "after\n")
    #expect(run.err.components(separatedBy: "TH_E_BAD_INPUT").count >= 3, "\(run.err)")
  }
}
