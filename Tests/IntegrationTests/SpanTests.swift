import Foundation
import TestSupport
import Testing

/// Spans that plugins mark, in the trace of a run.
@Suite struct SpanTests {
  private struct Span {
    var name: String
    var category: String
    var lane: Int
    var start: Double
    var end: Double
  }

  private let workshop: Workshop
  private var file: String { workshop.path("trace.json") }

  init() throws { workshop = try Workshop() }

  private func read() throws -> [[String: Any]] {
    let data = Data(try workshop.read(file))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
  }

  private func spans() throws -> [Span] {
    try read().filter { $0["ph"] as? String == "X" }.map {
      let (start, length) = (try #require($0["ts"] as? Double), try #require($0["dur"] as? Double))
      #expect(start >= 0 && length >= 0)
      return Span(
        name: try #require($0["name"] as? String), category: $0["cat"] as? String ?? "",
        lane: try #require($0["tid"] as? Int), start: start, end: start + length)
    }
  }

  private func run(
    _ words: [String], _ more: [String] = [], _ defines: [String] = []
  ) throws -> Taskhost.Finished {
    try Taskhost.run(
      ["-j1", "--trace", file, "--plugin", TestKind.path("spans.c", defines)] + more + words)
  }

  /// Each span of a plugin lies in one trial of its worker, and in another one or beside it.
  private func expectOrder(_ spans: [Span]) {
    for (lane, own) in Dictionary(grouping: spans.filter { $0.category != "start" }, by: \.lane) {
      var open: [Span] = []
      for span in own.sorted(by: { ($0.start, -$0.end) < ($1.start, -$1.end) }) {
        while let last = open.last, last.end <= span.start + 0.0005 { open.removeLast() }
        if let last = open.last {
          #expect(span.end <= last.end + 0.0005, "lane \(lane): \(span.name) overlaps \(last.name)")
        }
        open.append(span)
      }
    }
    for span in spans where span.category == "plugin" {
      let around = span.lane == 0 ? "hook" : "perform"
      #expect(
        spans.contains {
          $0.category == around && $0.lane == span.lane && $0.start <= span.start + 0.0005
            && span.end <= $0.end + 0.0005
        }, "\(span.name) lies in no \(around)")
    }
  }

  /// Executed, forked, behind a relay, and in the host.
  @Test(arguments: [
    [], ["FLAGS=TH_KIND_FORK_SAFE"], ["--launcher", "env", "--launcher-io", "stdio"], ["--in-process"],
  ])
  func spansOfAPluginLieInItsTrial(how: [String]) throws {
    let isDefine = how.first?.hasPrefix("FLAGS") == true
    let run = try run(["nested", "other"], isDefine ? [] : how, isDefine ? how : [])
    #expect(run.end == .exited(0))
    let spans = try spans()
    expectOrder(spans)
    let own = spans.filter { $0.category == "plugin" && $0.lane > 0 }
    #expect(own.map(\.name).sorted() == ["inner", "outer", "second"])
    let outer = try #require(own.first { $0.name == "outer" })
    let inner = try #require(own.first { $0.name == "inner" })
    let second = try #require(own.first { $0.name == "second" })
    #expect(outer.start < inner.start && inner.end <= second.start && second.end <= outer.end)
    // It slept for so long, in microseconds.
    #expect(inner.end - inner.start >= 20_000 && outer.end - outer.start >= 40_000)
    #expect(spans.count { $0.name == "in the host" && $0.lane == 0 } == 2)
    #expect(run.events.named("feedback.received").allSatisfy { $0.text("data") == "traced" })
  }

  /// A plugin sees that nobody records.
  @Test(arguments: [[], ["--in-process"]])
  func withoutATraceThereIsNoTable(how: [String]) throws {
    let run = try Taskhost.run(["-j1", "--plugin", TestKind.path("spans.c"), "nested"] + how)
    #expect(run.end == .exited(0))
    #expect(run.events.named("feedback.received").compactMap { $0.text("data") } == ["not traced"])
  }

  @Test func whatIsMarkedWronglyIsPutRight() throws {
    let run = try run(["unended", "too-many-ends", "odd-name", "fails"])
    #expect(run.outcomes() == ["passed": 3, "error": 1])
    let spans = try spans()
    expectOrder(spans)
    let names = spans.filter { $0.category == "plugin" && $0.lane > 0 }.map(\.name)
    #expect(names.count == 5)
    #expect(Set(names).isSuperset(of: ["left open", "and inside", "one", "before it failed"]))
    let odd = try #require(names.first { $0.hasPrefix("a \"quote\" \\ \n\t\u{1}") })
    #expect(odd.utf8.count <= 3 * 128 && odd.contains("\u{FFFD}"))
  }

  /// What is too much is counted.
  @Test func aFloodIsBounded() throws {
    let run = try run(["flood", "flood"])
    #expect(run.end == .exited(0))
    expectOrder(try spans())
    #expect(try spans().count { $0.name == "one of many" } <= 512)
    #expect(try read().count { ($0["name"] as? String)?.hasSuffix("spans were dropped") == true } == 2)
    #expect(try workshop.read(file).count < 1 << 18)
  }

  /// A worker that writes what no honest one does spoils nothing but its own spans.
  @Test func liesDoNotBreakTheFile() throws {
    let run = try run(["lies", "nested"])
    #expect(run.outcomes() == ["passed": 2])
    let spans = try spans()
    expectOrder(spans)
    #expect(spans.count { $0.category == "plugin" && $0.lane > 0 } == 6)
  }

  @Test func nonsenseEndsItsWorkerOnly() throws {
    let run = try run(["nonsense", "nested"])
    #expect(run.outcomes() == ["error": 1, "passed": 1])
    #expect(
      run.events.named("worker.ended").contains { $0.text("reason") == "protocol" })
    expectOrder(try spans())
  }

  /// Nobody has asked for them.
  @Test func spansWithoutATraceAreAFault() throws {
    let run = try Taskhost.run(["-j1", "--plugin", TestKind.path("spans.c"), "lies", "other"])
    #expect(run.outcomes() == ["error": 1, "passed": 1])
  }
}
