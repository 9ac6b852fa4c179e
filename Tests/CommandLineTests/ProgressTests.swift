import CommandLineInterface
import Foundation
import TaskHost
import Testing

struct ProgressTests {
  private final class Shown {
    let capture: Capture
    let clock = HandClock()
    let reporter: HumanReporter

    init(_ progress: HumanStyle.Progress) throws {
      capture = try Capture()
      reporter = HumanReporter(
        output: capture.output, data: capture.output, style: HumanStyle(color: false, progress: progress),
        clock: clock.clock)
      reporter.report(.started(Script.start))
    }
  }

  @Test func `where there is no terminal progress is rare lines without a carriage return`() throws {
    let shown = try Shown(.counter)
    for tenth in 1...1000 {
      shown.clock.advance(milliseconds: 100)
      shown.reporter.report(Script.progress(UInt64(tenth), of: 2000))
      try shown.reporter.flush()
    }
    shown.reporter.report(.finished(Script.summary()))
    let text = try shown.capture.text()
    #expect(!text.contains("\r") && !text.contains("\u{1B}"))
    let lines = text.split(separator: "\n").filter { $0.contains("Running") }
    #expect(lines.first == "     Running [ 00:00:01] 10/2000 proofs, 2 running, eta 00:03:19")
    // Each waits for a quarter of the time so far, a second at least.
    #expect((10...25).contains(lines.count))
  }

  @Test func `a run that is over at once shows no progress`() throws {
    let shown = try Shown(.counter)
    shown.clock.advance(milliseconds: 500)
    shown.reporter.report(Script.progress(1, of: 3))
    shown.reporter.report(.finished(Script.summary()))
    #expect(try !shown.capture.text().contains("Running"))
  }

  @Test func `a bar is drawn ten times a second at most, and taken away`() throws {
    let shown = try Shown(.bar(columns: { 80 }, unicode: false))
    for _ in 1...1000 {
      shown.clock.advance(milliseconds: 10)
      shown.reporter.report(Script.progress(500, of: 1000))
    }
    shown.reporter.report(.finished(Script.summary()))
    let text = try shown.capture.text()
    #expect(text.components(separatedBy: "Running").count - 1 == 100)
    #expect(text.contains("     Running [ 00:00:09] ######.."))
    let end = try #require(text.range(of: "Running", options: .backwards))
    #expect(text[end.upperBound...].contains("\r\u{1B}[K"))
    #expect(text.hasSuffix("\nproof: 5 of 8 proofs are good\n"))
  }

  @Test(arguments: [1, 2, 12, 20, 40, 60, 80, 200], [true, false])
  func `a bar fits its terminal`(columns: Int, unicode: Bool) throws {
    let shown = try Shown(.bar(columns: { columns }, unicode: unicode))
    shown.clock.advance(milliseconds: 200)
    shown.reporter.report(Script.progress(7, of: 9))
    let text = try shown.capture.text()
    #expect(text.count <= max(columns - 1, 0))
    #expect(unicode || text.utf8.allSatisfy { $0 < 0x80 })
    #expect(text.contains(unicode ? "█" : "#") == (columns >= 80))
  }

  @Test func `lines are put above the bar in the same write`() throws {
    let shown = try Shown(.bar(columns: { 80 }, unicode: false))
    shown.clock.advance(milliseconds: 200)
    shown.reporter.report(Script.progress(7, of: 9))
    let before = try shown.capture.text()
    shown.reporter.report(.warning("w"))
    #expect(try shown.capture.text() == before)
    try shown.reporter.flush()
    #expect(try shown.capture.text() == before + "\r\u{1B}[Kwarning: w\n" + before)
  }

  /// While a shell has the terminal nothing of the bar is there, and the time of the pause does not count.
  @Test func `a pause puts the bar away`() throws {
    let shown = try Shown(.bar(columns: { 80 }, unicode: false))
    shown.clock.advance(milliseconds: 200)
    shown.reporter.report(Script.progress(7, of: 9))
    shown.clock.advance(milliseconds: 1000)
    shown.reporter.report(.paused(running: 2))
    try shown.reporter.flush()
    #expect(try shown.capture.text().hasSuffix("\r\u{1B}[K      Paused with 2 tasks under way\n"))
    shown.clock.advance(milliseconds: 60_000)
    shown.reporter.report(.resumed(after: .seconds(60)))
    shown.clock.advance(milliseconds: 1000)
    shown.reporter.report(Script.progress(8, of: 9))
    let text = try shown.capture.text()
    #expect(text.contains("     Resumed after 00:01:00\n"))
    #expect(text.split(separator: "\n").last?.contains("Running [ 00:00:02] ###") == true, "\(text)")
  }

  @Test func `a run that breaks off leaves no bar`() throws {
    let shown = try Shown(.bar(columns: { 80 }, unicode: false))
    shown.clock.advance(milliseconds: 200)
    shown.reporter.report(Script.progress(7, of: 9))
    shown.reporter.stop()
    #expect(try shown.capture.text().hasSuffix("\r\u{1B}[K"))
  }

  @Test func `an unknown total has neither bar nor eta`() throws {
    let shown = try Shown(.bar(columns: { 80 }, unicode: false))
    shown.clock.advance(milliseconds: 200)
    shown.reporter.report(Script.progress(7, of: 0))
    #expect(try shown.capture.text() == "     Running [ 00:00:00] 7 proofs, 2 running")
  }
}
