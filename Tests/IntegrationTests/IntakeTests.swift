import Foundation
import TestSupport
import Testing

private func start(_ arguments: [String], input: Bool = false) throws -> Child {
  try Taskhost.start(
    ["run", "--message-format", "jsonl", "--plugin", try TestKind.path("hostile.c")] + arguments, input: input
  )
}

private func finished(_ child: Child) throws -> Taskhost.Finished {
  try child.finish(seconds: 120)
  return try Taskhost.finished(child)
}

/// Words that are read as they are needed, and tasks that are queued as they are started.
@Suite struct IntakeTests {
  @Test func wordsComeFromAFile() throws {
    let workshop = try Workshop()
    let lines = try workshop.write("ok\n\nok\nexit3\nok", as: "lines")
    let run = try finished(start(["-j2", "-r", "--from", lines, "ok"]))
    #expect(run.outcomes() == ["passed": 4, "crashed": 1])
    #expect(run.events.named("run.started").first?.number("tasks") == nil)
    let names = run.events.named("task.queued").compactMap { $0.text("name") }
    #expect(names == ["ok", "ok", "ok", "exit3", "ok"], "the words of the command line come first")
    let bytes = try workshop.write("ok\0o\nk\0\0ok\0", as: "bytes")
    let other = try finished(start(["-j2", "--from", bytes, "--null"]))
    #expect(other.events.named("task.queued").count == 4, "an empty word is one")
  }

  @Test func tasksStartBeforeTheInputEnds() throws {
    let child = try start(["-j2", "--from", "-"], input: true)
    for count in 1...3 {
      try child.write("ok\n")
      try child.wait(for: "the end of task \(count)") {
        try Taskhost.events($0).named("task.finished").count == count
      }
    }
    child.closeInput()
    let run = try finished(child)
    #expect(run.outcomes() == ["passed": 3] && run.end == .exited(0))
  }

  /// Neither the queue nor the number of tasks that the host knows of grows with the input.
  @Test(arguments: ["input", "plan"])
  func aLongInputIsQueuedAsItIsNeeded(way: String) throws {
    let workshop = try Workshop()
    let words = [String](repeating: "ok", count: 10_000)
    let path = try workshop.write(words.joined(separator: "\n"), as: "words")
    let run = try finished(start(["-j1"] + (way == "input" ? ["--from", path] : words)))
    #expect(run.outcomes() == ["passed": 10_000])
    let first = try #require(run.events.firstIndex { $0.name == "task.finished" })
    #expect(run.events[..<first].filter { $0.name == "task.queued" }.count <= 2048)
    let order = run.events.named("task.finished").compactMap { $0.number("task") }
    #expect(order == Array(1...10_000))
  }

  /// Tasks with options are queued all before the first is started, however often the file has to be read on.
  @Test func anInputWithOptionsIsQueuedAsAWhole() throws {
    let workshop = try Workshop()
    let name = String(repeating: "n", count: 100)
    let lines = (0..<8000).map { "\(name)\($0) 0 db" }
    let path = try workshop.write(lines.joined(separator: "\n"), as: "lines")
    let run = try finished(
      Taskhost.start([
        "run", "--message-format", "jsonl", "-j1", "--plugin", TestKind.path("demands.c"),
        "--resource", "db=1", "--from", path,
      ]))
    #expect(run.outcomes() == ["passed": 8000])
    let first = try #require(run.events.firstIndex { $0.name == "task.finished" })
    #expect(run.events[..<first].filter { $0.name == "task.queued" }.count == 8000)
  }

  /// Empty words only: nothing ever comes of it, and whoever asks or ends the run is heard.
  @Test func anInputWithoutWordsAndEndIsEndedByASignal() throws {
    let child = try start(["-j2", "--from", "/dev/zero", "--null", "-r"])
    try child.wait(for: "its start") { try !Taskhost.events($0).isEmpty }
    child.send(SIGUSR1)
    try child.wait(for: "the answer") { try !Taskhost.events($0).named("run.status").isEmpty }
    child.send(SIGTERM)
    let run = try finished(child)
    #expect(run.end == .signaled(SIGTERM) && run.summary?.number("tasks") == 0)
    #expect(run.events.named("warning.raised").contains { $0.text("message") == Self.unread("/dev/zero") })
  }

  @Test func anInputWithoutWordsAndEndIsEndedByTheTimeOfTheRun() throws {
    let run = try finished(start(["-j2", "--from", "/dev/zero", "--null", "-r", "--run-timeout", "50ms"]))
    #expect(run.end == .exited(100) && run.summary?.number("tasks") == 0)
  }

  private static func unread(_ name: String) -> String { "\(name) was not read to its end" }

  /// When nothing more is started there is nothing to read for, though the input neither ends nor says anything.
  @Test(arguments: ["max-fail", "no workers"])
  func anInputIsNotReadOnWhenNothingMoreIsStarted(way: String) throws {
    let child =
      way == "max-fail"
      ? try start(["-j1", "--from", "-", "--max-fail", "1"], input: true)
      : try Taskhost.start(
        [
          "run", "--message-format", "jsonl", "-j1", "--from", "-", "--set", "mode=worker-fails", "--plugin",
          TestKind.path("starts.c"),
        ], input: true)
    try child.write("exit3\n")
    let run = try finished(child)
    #expect(run.end == .exited(way == "max-fail" ? 107 : 101))
    #expect(run.events.named("task.finished").count == 1)
    #expect(
      run.events.named("warning.raised").contains { $0.text("message") == Self.unread("standard input") })
  }

  /// Tasks that were planned have an end each; words that were not read have none.
  @Test(arguments: ["input", "plan"])
  func aLongQueueEndsWhenNothingMoreIsStarted(way: String) throws {
    let workshop = try Workshop()
    let words = ["exit3"] + [String](repeating: "ok", count: way == "input" ? 100_000 : 9999)
    let path = try workshop.write(words.joined(separator: "\n"), as: "words")
    let run = try finished(
      start(["-j1", "--max-fail", "1"] + (way == "input" ? ["--from", path] : words)))
    #expect(run.end == .exited(107))
    let ended = run.events.named("task.finished").compactMap { $0.number("task") }
    #expect(Set(ended).count == ended.count && run.summary?.number("tasks") == ended.count)
    #expect(run.outcomes()["crashed"] == 1)
    if way == "plan" { #expect(ended.count == 10_000) } else { #expect(ended.count < 50_000) }
  }

  /// Nobody has opened it for writing when the run begins.
  @Test func wordsComeFromAFIFO() throws {
    let workshop = try Workshop()
    let path = workshop.path("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    let child = try start(["-j1", "--from", path])
    try child.wait(for: "its start") { try !Taskhost.events($0).isEmpty }
    try workshop.write("ok\nok\n", as: "fifo")
    #expect(try finished(child).outcomes() == ["passed": 2])
  }

  /// What was never queued has an end, too.
  @Test func anInterruptEndsTheRestAsCancelled() throws {
    let child = try start(["-j1", "patient"] + [String](repeating: "ok", count: 10_000))
    try child.wait(for: "the first task") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    child.send(SIGINT)
    let run = try finished(child)
    #expect(run.end == .signaled(SIGINT))
    #expect(run.outcomes() == ["cancelled": 10_001])
    let ended = run.events.named("task.finished").compactMap { $0.number("task") }
    #expect(ended.count == 10_001 && Set(ended).count == 10_001)
  }

  @Test func badInputIsNamed() throws {
    let workshop = try Workshop()
    let kind = try TestKind.path("hostile.c")
    func refused(_ arguments: [String]) throws -> (Child.End, String) {
      let run = try Taskhost.plain(["run", "--plugin", kind] + arguments)
      return (run.end, run.errors)
    }
    let missing = try refused(["--from", workshop.path("missing")])
    #expect(missing.0 == .exited(104) && missing.1.contains("missing could not be opened: No such file"))
    let directory = try refused(["--from", workshop.directory])
    #expect(directory.0 == .exited(104) && directory.1.contains("could not be read: Is a directory"))
    let empty = try refused(["-r", "--from", try workshop.write("\n\n", as: "empty")])
    #expect(empty.0 == .exited(4) && empty.1.contains("empty has no words"))
    let nameless = try refused(["--from", ""])
    #expect(nameless.0 == .exited(2) && nameless.1.contains("--from is ''; expected a file"))
    let useless = try refused(["--null", "ok"])
    #expect(useless.0 == .exited(2) && useless.1.contains("--null is for the words of --from"))
    let unused = try refused(["-r", "ok"])
    #expect(unused.0 == .exited(2) && unused.1.contains("--no-run-if-empty is for the words of --from"))
    let long = try refused([
      "--max-frame", "1K", "--from",
      try workshop.write("ok\n" + String(repeating: "x", count: 2000), as: "long"),
    ])
    #expect(long.0 == .exited(104) && long.1.contains("word 2 has more than 1024 bytes"))
  }
}
