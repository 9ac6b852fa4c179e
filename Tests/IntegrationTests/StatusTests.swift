import Foundation
import TestSupport
import Testing

/// What `ps` would show.
private func title(_ pid: Int) -> String {
  let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
  let text = String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
  return text.trimmingCharacters(in: .whitespaces)
}

@Suite struct StatusTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  private func start(_ words: [String], _ options: [String] = ["--message-format", "jsonl"]) throws -> Child {
    try Taskhost.start(["run", "-j2", "--plugin", TestKind.path("toolbox.c")] + options + words)
  }

  private func held(_ child: Child, count: Int) throws {
    try child.wait(for: "\(count) that hold") {
      try Taskhost.events($0).named("feedback.received").count { $0.text("data") == "holding" } == count
    }
  }

  /// SIGUSR1 is answered with an event, and the run goes on.
  @Test func aSignalAsksWhatTheRunIsAt() throws {
    let gate = workshop.path("gate")
    let child = try start(["hold:\(gate)", "hold:\(gate)", "hold:\(gate)", "quick"])
    try held(child, count: 2)
    child.send(SIGUSR1)
    try child.wait(for: "the answer") { try !Taskhost.events($0).named("run.status").isEmpty }
    let status = try #require(try Taskhost.events(child).named("run.status").first)
    #expect(status.number("running") == 2 && status.number("queued") == 2 && status.number("done") == 0)
    let tasks = try #require(status.members["at_work"] as? [[String: Any]])
    #expect(tasks.map { $0["name"] as? String } == ["hold:\(gate)", "hold:\(gate)"])
    #expect(tasks.allSatisfy { $0["state"] as? String == "performing" })
    #expect(tasks.allSatisfy { $0["done"] as? Int == 3 && $0["total"] as? Int == 10 })
    #expect(tasks.allSatisfy { ($0["elapsed"] as? Double ?? -1) > 0 })
    let pids = try Taskhost.events(child).named("worker.spawned").compactMap { $0.number("pid") }
    #expect(Set(tasks.compactMap { $0["pid"] as? Int }) == Set(pids))
    try workshop.write("", as: "gate")
    #expect(try child.finish() == .exited(0))
    #expect(try Taskhost.finished(child).outcomes() == ["passed": 4])
  }

  /// Also when the host has slept since the task began.
  @Test func theTimeIsThatOfTheQuestion() throws {
    let child = try start(["hold:\(workshop.path("gate"))"])
    try held(child, count: 1)
    let begun = Date()
    try child.wait(for: "some time") { _ in Date().timeIntervalSince(begun) > 0.5 }
    let passed = Date().timeIntervalSince(begun)
    child.send(SIGUSR1)
    try child.wait(for: "the answer") { try !Taskhost.events($0).named("run.status").isEmpty }
    let status = try #require(try Taskhost.events(child).named("run.status").first)
    let tasks = try #require(status.members["at_work"] as? [[String: Any]])
    #expect(tasks.allSatisfy { ($0["elapsed"] as? Double ?? -1) > passed })
    child.send(SIGTERM)
    #expect(try child.finish() == .signaled(SIGTERM))
  }

  @Test func peopleReadLines() throws {
    let gate = workshop.path("gate")
    let child = try start(["hold:\(gate)", "nap:1"], ["-j1"])
    try child.wait(for: "one that holds") { $0.errorText.contains("holding") }
    child.send(SIGUSR1)
    try child.wait(for: "the answer") { $0.errorText.contains("at 3 of 10") }
    #expect(child.errorText.contains("Status 1 running, 1 queued, 0 done\n"))
    #expect(child.errorText.contains("  performing [   0."))
    try workshop.write("", as: "gate")
    #expect(try child.finish() == .exited(0))
  }

  /// In an order that cannot be foreseen, with signals all the time: none ends the run or is taken for another one.
  @Test func manyQuestionsDisturbNothing() throws {
    let child = try start((0..<200).map { "nap:\($0 % 3)" })
    try child.wait(for: "its end") {
      // Not before the run can answer: until then the signal would end the process.
      if try !Taskhost.events($0).isEmpty { $0.send(SIGUSR1) }
      return false
    }
    let run = try Taskhost.finished(child)
    #expect(run.end == .exited(0) && run.outcomes() == ["passed": 200])
    #expect(run.events.named("run.status").count > 0)
  }

  /// The key asks as well, is not shown, and the terminal is as it was: after the end, a signal, a kill and a crash.
  @Test(arguments: [
    ("", "", "ended by 0, code 0"), ("at 3 of 10", "^C", "ended by 2, code -1"),
    ("at 3 of 10", "^\\", "ended by 3, code -1"), ("at 3 of 10", "kill:15", "ended by 15, code -1"),
    ("at 3 of 10", "kill:11", "ended by 11, code -1"), ("at 3 of 10", "kill:6", "ended by 6, code -1"),
  ])
  func aKeyAsksToo(then text: String, action: String, end: String) throws {
    let gate = workshop.path("gate")
    let more = action.isEmpty ? [] : [text, action]
    let child = try Child(
      TestKind.program("pty.c"),
      ["holding", "t"] + more + [
        "--", Taskhost.executable, "run", "-j1", "--progress", "none", "--color", "never", "--plugin",
        try TestKind.path("toolbox.c"),
        "hold:\(gate)",
      ],
      environment: Taskhost.environment.merging(["TERM": "xterm"]) { $1 })
    try child.wait(for: "the answer") { $0.outputText.contains("at 3 of 10") }
    if action.isEmpty { try workshop.write("", as: "gate") }
    #expect(try child.finish() == .exited(0))
    #expect(child.outputText.contains("Status 1 running, 0 queued, 0 done"))
    #expect(child.outputText.contains("terminal: canonical 1, echo 1; \(end)"), "\(child.outputText)")
    #expect(!child.outputText.contains("holding\r\nt\r\n"), "the key was shown")
  }
}

@Suite struct TitleTests {
  /// A worker shows the request that it is at, by the name that the kind gives it, and else who it is.
  @Test func aWorkerShowsWhatItIsAt() throws {
    let workshop = try Workshop()
    let gate = workshop.path("gate")
    let child = try Taskhost.start(
      [
        "run", "--message-format", "jsonl", "-j2", "--plugin", TestKind.path("toolbox.c"), "hold:\(gate)",
        "quick",
      ])
    try child.wait(for: "a title") {
      let titles = try Taskhost.events($0).named("worker.spawned").compactMap { $0.number("pid") }.map(title)
      return titles.contains {
        $0.hasSuffix(": request hold:\(gate)") && $0.hasPrefix("taskhost worker toolbox #")
      }
        && !Set(["taskhost worker toolbox #1", "taskhost worker toolbox #2"]).isDisjoint(with: titles)
    }
    try workshop.write("", as: "gate")
    #expect(try child.finish() == .exited(0))
  }

  /// The environment of a worker lies behind its title, and a long name does not reach it.
  @Test func aLongNameIsCut() throws {
    let workshop = try Workshop()
    let gate = workshop.path("gate")
    let long = "hold:\(gate)" + String(repeating: "/.", count: 400)
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j1", "--plugin", TestKind.path("toolbox.c"), long])
    try child.wait(for: "feedback") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    let pid = try #require(
      try Taskhost.events(child).named("worker.spawned").first?.number("pid"))
    let shown = title(pid)
    #expect(shown.hasPrefix("taskhost worker toolbox #1: request hold:/") && shown.utf8.count < 300)
    let variables = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
    let names = String(decoding: variables, as: UTF8.self)
    #expect(names.contains("TOOLBOX=from the kind\0") && !names.contains("hold:"))
    child.send(SIGTERM)
    #expect(try child.finish() == .signaled(SIGTERM))
  }
}
