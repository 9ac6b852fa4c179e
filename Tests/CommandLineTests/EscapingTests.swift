import CommandLineInterface
import TaskHost
import Testing

struct EscapingTests {
  private func shown(_ bytes: [UInt8]) throws -> String {
    let capture = try Capture()
    let reporter = HumanReporter(
      output: capture.output, data: capture.output, style: HumanStyle(color: false, progress: .none))
    reporter.report(.feedback(worker: 1, bytes: bytes))
    return String(try capture.text().dropFirst("worker 1 feedback: ".count).dropLast())
  }

  @Test(arguments: [
    ("plain, \t tab, äöü, 漢字, 😀", "plain, \t tab, äöü, 漢字, 😀"),
    ("\u{1B}[31mred\u{1B}[0m", "\\x1b[31mred\\x1b[0m"),
    ("two\r\nlines", "two\\r\\nlines"),
    ("\u{0}\u{7}\u{8}\u{7F}", "\\x00\\x07\\x08\\x7f"),
    ("\u{85}\u{9B}31m", "\\u{85}\\u{9b}31m"),
    ("a\u{202E}b\u{2066}c\u{2028}\u{FEFF}", "a\\u{202e}b\\u{2066}c\\u{2028}\\u{feff}"),
    ("", ""),
  ])
  func `controls become visible`(text: String, expected: String) throws {
    #expect(try shown(Array(text.utf8)) == expected)
  }

  @Test(
    arguments: [
      ([0xFF], "\\xff"), ([0xC3], "\\xc3"), ([0xC3, 0x28], "\\xc3("), ([0xC0, 0x80], "\\xc0\\x80"),
      ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"), ([0xF4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
      ([0xE2, 0x82], "\\xe2\\x82"), ([0x61, 0xE2, 0x82, 0xAC, 0x80], "a€\\x80"),
    ] as [([UInt8], String)])
  func `bytes that are not UTF-8 become visible`(bytes: [UInt8], expected: String) throws {
    #expect(try shown(bytes) == expected)
  }

  @Test func `every text of a plugin is escaped`() throws {
    let evil = "\u{1B}]0;x\u{7}\n"
    let capture = try Capture()
    let reporter = HumanReporter(
      output: capture.output, data: capture.output, style: HumanStyle(color: false, progress: .counter))
    var style = HumanStyle(color: false, progress: .none)
    style.verbose = true
    let verbose = HumanReporter(output: capture.output, data: capture.output, style: style)
    var summary = Script.summary()
    summary.text = evil
    summary.failure = evil
    var start = Script.start
    (start.kind, start.kindVersion, start.pluginPath) = (evil, evil, evil)
    let events: [RunEvent] = [
      .started(start),
      .finding(
        Finding(
          task: 1, severity: .error, file: evil, line: 1, column: 1, label: evil, step: 1, message: evil,
          json: "")),
      .log(worker: 1, KindLogLine(level: .error, message: evil)), .warning(evil),
      .progress(RunEvent.Progress(done: 1, total: 2, units: evil, running: 1)),
      Script.task(1, evil, .tooLarge(.fromWorker, bytes: 2, limit: 1, message: evil)),
      Script.task(
        1, evil,
        .ended(.failed, tries: 1, duration: .nanoseconds(1), cases: CaseCount(failed: 1), message: evil)),
      Script.ended(.startFailed(phase: evil, message: evil), exitCode: 1, tail: evil + evil),
      Script.ended(.protocolFault(evil), exitCode: 1, tail: evil),
      .finished(summary),
    ]
    report(events, to: reporter)
    report(events, to: verbose)
    let text = try capture.text()
    #expect(!text.contains("\u{1B}") && !text.contains("\u{7}"))
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).allSatisfy { !$0.hasPrefix("]0;") })
  }
}
