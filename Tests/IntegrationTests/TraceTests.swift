import Foundation
import TestSupport
import Testing

private struct Trace {
  struct Span {
    var name: String
    var category: String
    var lane: Int
    var start: Double
    var end: Double
    var arguments: [String: Any]
  }

  let events: [[String: Any]]

  init(_ data: Data) throws {
    events = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
  }

  func named(_ name: String, phase: String) -> [[String: Any]] {
    events.filter { $0["ph"] as? String == phase && $0["name"] as? String == name }
  }

  var spans: [Span] {
    events.filter { $0["ph"] as? String == "X" }.map {
      let start = $0["ts"] as? Double ?? -1
      return Span(
        name: $0["name"] as? String ?? "", category: $0["cat"] as? String ?? "",
        lane: $0["tid"] as? Int ?? -1,
        start: start, end: start + ($0["dur"] as? Double ?? -1),
        arguments: $0["args"] as? [String: Any] ?? [:])
    }
  }

  /// In one lane a span lies in another one or beside it.
  func expectNesting() {
    // Times have three decimals; sums of them are not exact.
    let slack = 0.0005
    for (lane, spans) in Dictionary(grouping: spans, by: \.lane) {
      var open: [Span] = []
      for span in spans.sorted(by: { ($0.start, -$0.end) < ($1.start, -$1.end) }) {
        #expect(span.end >= span.start)
        while let last = open.last, last.end <= span.start + slack { open.removeLast() }
        if let last = open.last {
          #expect(span.end <= last.end + slack, "lane \(lane): \(span.name) overlaps \(last.name)")
        }
        open.append(span)
      }
    }
  }

  /// Spans of a task, from begin to end, by its number.
  func taskSpans() throws -> [Int: [(name: String, start: Double, end: Double)]] {
    var result: [Int: [(name: String, start: Double, end: Double)]] = [:]
    var open: [String: [Double]] = [:]
    for event in events where ["b", "e"].contains(event["ph"] as? String) {
      let id = try #require(event["id"] as? Int)
      let name = try #require(event["name"] as? String)
      let time = try #require(event["ts"] as? Double)
      if event["ph"] as? String == "b" {
        open["\(id) \(name)", default: []].append(time)
      } else {
        let latest = open["\(id) \(name)"]?.popLast()
        let start = try #require(latest, "an end without a begin")
        #expect(start <= time)
        result[id, default: []].append((name, start, time))
      }
    }
    #expect(open.values.allSatisfy { $0.isEmpty })
    return result
  }
}

@Suite struct TraceTests {
  private let workshop: Workshop
  private var file: String { workshop.path("trace.json") }

  init() throws { workshop = try Workshop() }

  private func read() throws -> Trace { try Trace(Data(workshop.read(file))) }

  private func options(_ defines: [String] = []) throws -> [String] {
    ["-j2", "--trace", file, "--plugin", try TestKind.path("toolbox.c", defines)]
  }

  /// Lanes, hooks, starts, trials, deaths, retries and counts.
  @Test(arguments: ["0", "4", "5"])
  func allThatHappenedIsThere(flags: String) throws {
    let naps = (1...40).map { "nap:\($0 % 4)" }
    let run = try Taskhost.run(
      try options(["FLAGS=\(flags)"]) + naps + ["once:\(workshop.path("once"))", "fail:\"\\\n", "segv"])
    let isIdempotent = flags != "0"
    let trace = try read()
    trace.expectNesting()
    let tasks = run.events.named("task.finished")
    #expect(tasks.count == 43)
    let spans = try trace.taskSpans()
    let performed = trace.spans.filter { $0.category == "perform" }
    for task in tasks {
      let number = try #require(task.number("task"))
      let name = try #require(task.text("name"))
      let own = try #require(spans[number])
      let whole = try #require(own.first { $0.name == name })
      #expect(own.allSatisfy { $0.start >= whole.start - 0.001 && $0.end <= whole.end + 0.001 })
      #expect(own.count { $0.name == "queued" } == 1)
      let trials = performed.filter { $0.arguments["task"] as? Int == number }
      #expect(trials.count == task.number("tries"), "\(name)")
      #expect(trials.map { $0.arguments["trial"] as? Int } == (1...max(trials.count, 1)).map { $0 })
      #expect(trials.allSatisfy { $0.name == name && $0.lane >= 1 })
      if flags == "0", name == "nap:3" { #expect(trials.allSatisfy { $0.end - $0.start > 2900 }) }
    }
    let workers = run.events.named("worker.spawned").compactMap { $0.number("worker") }
    for worker in workers {
      #expect(
        trace.named("thread_name", phase: "M").contains {
          $0["tid"] as? Int == worker
            && (($0["args"] as? [String: Any])?["name"] as? String)?.hasPrefix("worker \(worker) (pid ")
              == true
        })
    }
    #expect(trace.spans.count { $0.name == "start" } == run.events.named("worker.fresh").count)
    for end in run.events.named("worker.ended") {
      let name = "ended: \(end.text("reason") ?? "")"
      #expect(
        trace.events.contains {
          $0["ph"] as? String == "i" && ($0["name"] as? String)?.hasPrefix(name) == true
            && $0["tid"] as? Int == end.number("worker")
        })
    }
    #expect(trace.named("ended: crashed (SIGSEGV)", phase: "i").count == (isIdempotent ? 3 : 1))
    let retries = trace.events.count { ($0["name"] as? String)?.hasPrefix("retry of task") == true }
    #expect(retries >= (isIdempotent ? 3 : 0))
    #expect(Set(trace.spans.filter { $0.category == "hook" }.map(\.name)) == ["extra_env", "queue_free"])
    let counts = trace.named("tasks", phase: "C").compactMap { $0["args"] as? [String: Int] }
    #expect(counts.contains { ($0["running"] ?? 0) > 0 } && counts.allSatisfy { $0["queued"] != nil })
  }

  @Test func hooksOfTheHostAreSpans() throws {
    let run = try Taskhost.run(
      [
        "-j1", "--trace", file, "--plugin", TestKind.path("golden.c"), "--set", "greeting=x", "talks",
        "fails-own",
      ])
    #expect(run.end == .exited(100))
    let hooks = Set(try read().spans.filter { $0.category == "hook" && $0.lane == 0 }.map(\.name))
    #expect(
      hooks.isSuperset(of: [
        "plan", "extra_env", "task_match", "request_of_task", "use_response", "forward_feedback",
        "on_task_gone",
        "summary",
      ]))
  }

  @Test func withoutWorkersTheLaneIsTheHost() throws {
    let run = try Taskhost.run(["--in-process"] + options().dropFirst() + ["quick", "nap:2"])
    #expect(run.end == .exited(0))
    let trace = try read()
    trace.expectNesting()
    #expect(trace.spans.filter { $0.category == "perform" }.map(\.name) == ["quick", "nap:2"])
  }

  /// However the run ends, the file is one array.
  @Test(arguments: [[SIGINT], [SIGINT, SIGINT], [SIGKILL], [SIGTERM]])
  func anInterruptedTraceIsWhole(signals: [Int32]) throws {
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl"] + options() + (0..<300).map { "nap:\($0 % 7)" } + ["deaf", "deaf"])
    try child.wait(for: "some pieces") { _ in
      guard FileManager.default.fileExists(atPath: file) else { return false }
      return try workshop.read(file).count > 20_000
    }
    for signal in signals {
      child.send(signal)
      if signals.count > 1 {
        try child.wait(for: "cancelling") { try !Taskhost.events($0).named("run.cancelling").isEmpty }
      }
    }
    if signals == [SIGINT] || signals == [SIGTERM] {
      // What cannot be told to end is killed after the grace.
      #expect(try child.finish() == .signaled(signals[0]))
    } else {
      #expect(try child.finish() == .signaled(signals.last ?? 0))
    }
    let trace = try read()
    trace.expectNesting()
    #expect(trace.spans.count > 20)
  }

  /// What is no file that could be written over is closed at the end.
  @Test func aPipeWillDo() throws {
    let run = try Taskhost.run(
      ["-j1", "--trace", "/dev/stderr", "--plugin", TestKind.path("toolbox.c"), "quick", "nap:1"])
    #expect(run.end == .exited(0))
    let trace = try Trace(Data(run.errors.utf8))
    #expect(trace.spans.count { $0.category == "perform" } == 2)
  }

  @Test func aFileThatCannotBeWrittenIsNamed() throws {
    for path in [workshop.directory, workshop.path("no/such/directory"), "/dev/full"] {
      let run = try Taskhost.run(["-j1", "--trace", path, "--plugin", TestKind.path("toolbox.c"), "quick"])
      #expect(run.end == .exited(110))
      #expect(run.errors.contains("error: cannot write the trace '\(path)'"), "\(run.errors)")
    }
  }

  /// Without a trace there is none, and what is said does not differ.
  @Test func theRunIsTheSame() throws {
    let words = ["quick", "fail:x", "nap:1"]
    let plain = try Taskhost.run(["-j1", "--plugin", TestKind.path("toolbox.c")] + words)
    let traced = try Taskhost.run(["-j1"] + options().dropFirst() + words)
    #expect(plain.events.map(\.normalised) == traced.events.map(\.normalised))
    #expect(plain.end == traced.end)
  }
}
