import Foundation
import Glibc
import TestSupport
import Testing

/// What `--journal` notes, and what `--resume` leaves out.
@Suite struct JournalTests {
  private let workshop: Workshop
  private let journal: String

  init() throws {
    workshop = try Workshop()
    journal = workshop.path("journal")
  }

  private func run(_ options: [String], _ words: [String]) throws -> Exec.Run {
    try Exec.run(["--journal", journal] + options + ["--"] + words)
  }

  private func lines(_ path: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return String(decoding: try workshop.read(path), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func outcomes() throws -> [String] {
    try lines(journal).dropFirst().map { line in
      try #require(try Event(line.utf8).text("outcome"), "\(line)")
    }
  }

  @Test func whatEndedWellIsNotRunAgain() throws {
    let log = workshop.path("log")
    let script = "echo $1 >> \"$0\"; [ $1 != bad ] || [ -e \"$0.mended\" ]"
    let words = ["sh", "-c", script, log, "{}", ":::", "a", "bad", "b"]
    #expect(try run([], words).end == .exited(100))
    #expect(try outcomes().sorted() == ["failed", "passed", "passed"])
    try workshop.write("", as: "log.mended")
    let second = try run(["--resume"], words)
    #expect(second.end == .exited(0))
    #expect(second.errors.contains("3 tasks: 1 passed, 2 skipped"))
    #expect(try lines(log).sorted() == ["a", "b", "bad", "bad"])
    // Nothing is left, and that is no failure.
    let third = try Exec.events(["--journal", journal, "--resume", "--"] + words)
    #expect(third.end == .exited(0) && third.outcomes() == ["skipped": 3])
    #expect(third.events.named("worker.spawned").isEmpty)
    #expect(try lines(log).count == 4)
  }

  /// Those that are read as they come are known again, too, wherever they stand.
  @Test func wordsOfAnInput() throws {
    let log = workshop.path("log")
    let command = ["sh", "-c", "echo $1 >> \"$0\"", log, "{}"]
    let first = try workshop.write((1...5000).map { "\($0)\n" }.joined(), as: "first")
    let second = try workshop.write((1...5003).reversed().map { "\($0)\n" }.joined(), as: "second")
    #expect(try run(["--from", first], command).end == .exited(0))
    let run = try Exec.events(["--journal", journal, "--resume", "--from", second, "--"] + command)
    #expect(run.outcomes() == ["skipped": 5000, "passed": 3])
    #expect(try lines(log).suffix(3).sorted() == ["5001", "5002", "5003"])
  }

  /// Equal tasks are as many as they are.
  @Test func equalTasksAreCounted() throws {
    let log = workshop.path("log")
    let words = ["sh", "-c", "echo $1 >> \"$0\"", log, "{}", ":::"]
    #expect(try run([], words + ["a", "a"]).end == .exited(0))
    let run = try Exec.events(["--journal", journal, "--resume", "--"] + words + ["a", "a", "a"])
    #expect(run.outcomes() == ["skipped": 2, "passed": 1])
    #expect(try lines(log).count == 3)
  }

  /// One that does not resume begins anew, and keeps what is there.
  @Test func aRunWithoutResumeBeginsAnew() throws {
    let words = ["sh", "-c", "[ ! -e \"$0\" ]", workshop.path("mark"), ":::", "a"]
    #expect(try run([], words).end == .exited(0))
    try workshop.write("", as: "mark")
    #expect(try run([], words).end == .exited(100))
    #expect(try lines(journal).count == 4)
    let run = try Exec.events(["--journal", journal, "--resume", "--"] + words)
    #expect(run.outcomes() == ["failed": 1], "what was well before does not count any more")
  }

  /// The task is all that counts: another shell line is another task, another place in the run is not.
  @Test func otherTasksAreOthers() throws {
    #expect(try run([], ["echo", ":::", "a", "b"]).end == .exited(0))
    let run = try Exec.events(
      ["--journal", journal, "--resume", "-k", "--set", "shell=yes", "--", "echo", ":::", "b", "a"])
    #expect(run.outcomes() == ["passed": 2])
    let again = try Exec.events(["--journal", journal, "--resume", "--", "echo", ":::", "b", "a", "c"])
    #expect(again.outcomes() == ["skipped": 2, "passed": 1])
  }

  /// However often the host is killed, each command is performed, and none that was noted is performed again.
  @Test func aHostThatIsKilledLosesAtMostWhatHadJustEnded() throws {
    let log = workshop.path("log")
    let names = (1...400).map { "\($0)" }
    func words(_ options: [String]) -> [String] {
      ["run", "--kind", "exec"] + options + ["--", "sh", "-c", "echo $1 >> \"$LOG\"", "sh", "{}", ":::"]
        + names
    }
    // One after the other, so that the lines are in the order of the tasks.
    let all = workshop.path("all")
    let first = try Taskhost.plain(words(["-j", "1", "--journal", all]), environment: ["LOG": "/dev/null"])
    #expect(first.end == .exited(0))
    let name = Dictionary(uniqueKeysWithValues: zip(try notedTasks(all), names))
    #expect(name.count == names.count)

    var noted: [String: Int] = [:]
    for round in 1...4 {
      let child = try Taskhost.start(
        words(["-j", "2", "--journal", journal, "--resume"]), environment: ["LOG": log])
      try child.wait(for: "some commands") { _ in try lines(log).count >= round * 70 }
      child.send(SIGKILL)
      #expect(try child.finish() == .signaled(SIGKILL))
      let counts = try performed(log)
      for task in try notedTasks(journal) {
        let name = try #require(name[task])
        let count = try #require(counts[name], "\(name) was noted, and never performed")
        if noted[name] == nil { noted[name] = count }
      }
    }
    #expect(noted.count > 100 && noted.count < names.count)
    let last = try Taskhost.plain(words(["--journal", journal, "--resume"]), environment: ["LOG": log])
    #expect(last.end == .exited(0))
    #expect(last.errors.contains("\(noted.count) skipped"), "\(last.errors)")
    let counts = try performed(log)
    #expect(Set(counts.keys) == Set(names), "each was performed")
    for (name, count) in noted { #expect(counts[name] == count, "\(name) was noted, and performed again") }
    #expect(try notedTasks(journal).count == names.count)
  }

  private func performed(_ path: String) throws -> [String: Int] {
    Dictionary(try lines(path).map { ($0, 1) }, uniquingKeysWith: +)
  }

  /// The digests of whole lines.
  private func notedTasks(_ path: String) throws -> [String] {
    try workshop.read(path).split(separator: 10, omittingEmptySubsequences: false).dropLast().compactMap {
      try Event($0).text("task")
    }
  }

  // MARK: Files that are no good

  private func expectRefusal(
    _ options: [String], code: Int32, _ words: String..., at location: SourceLocation = #_sourceLocation
  ) throws {
    let mark = workshop.path("performed")
    let run = try Exec.run(options + ["--", "touch", ":::", mark], seconds: 60)
    #expect(run.end == .exited(code), "\(run.errors)", sourceLocation: location)
    for word in words { #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: location) }
    #expect(!FileManager.default.fileExists(atPath: mark), sourceLocation: location)
  }

  @Test(arguments: [
    "hello\n", "hello", "\n", "{}\n", "\u{0}\u{1}\u{7F}",
    "{\"journal\":1,\"kind\":\"org.taskhost.exec\"}\nx\n",
    "{\"journal\":2,\"kind\":\"org.taskhost.exec\"}\n",
    "{\"kind\":\"org.taskhost.exec\",\"task\":\"12\",\"outcome\":\"passed\"}\n",
    "{\"kind\":\"a b\",\"task\":\"0123456789abcdef0123456789abcdef\",\"outcome\":\"passed\"}\n",
    "{\"kind\":\"org.taskhost.exec\",\"task\":\"0123456789abcdef0123456789abcdef\",\"outcome\":\"perhaps\"}\n",
    "{\"journal\":1,\"kind\":\"org.taskhost.exec\"} \n",
  ])
  func aFileThatHoldsSomethingElseIsRefused(text: String) throws {
    try workshop.write(text, as: "journal")
    let line = text.dropLast().contains("\n") ? 2 : 1
    for options in [[], ["--resume"]] {
      try expectRefusal(["--journal", journal] + options, code: 104, journal, "line \(line)")
    }
    #expect(try workshop.read(journal) == Array(text.utf8), "it stays as it was")
  }

  @Test func aLineWithoutAnEndTakesNoMemory() throws {
    let handle = try Child(
      "/bin/sh",
      ["-c", "printf '{\"kind\":\"' > \"$0\"; head -c 100000000 /dev/zero | tr '\\0' a >> \"$0\"", journal],
      environment: Taskhost.environment)
    #expect(try handle.finish() == .exited(0))
    let child = try Child(
      "/bin/sh",
      [
        "-c", "ulimit -v 400000; exec \"$@\"", "sh", Taskhost.executable, "run", "--kind", "exec",
        "--journal", journal, "--",
        "true", ":::", "a",
      ], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(104))
    #expect(child.errorText.contains("line 1"), "\(child.errorText)")
  }

  /// Lines of another kind are no mistake; they are about other tasks.
  @Test func linesOfOtherKindsStay() throws {
    let line =
      "{\"kind\":\"org.example.other\",\"task\":\"0123456789abcdef0123456789abcdef\",\"outcome\":\"passed\"}"
    try workshop.write("{\"journal\":1,\"kind\":\"org.example.other\"}\n\(line)\n", as: "journal")
    #expect(try run(["--resume"], ["true", ":::", "a"]).end == .exited(0))
    #expect(try lines(journal).count == 4)
    let again = try Exec.events(["--journal", journal, "--resume", "--", "true", ":::", "a"])
    #expect(again.outcomes() == ["skipped": 1])
  }

  /// What a killed host was writing is never trusted.
  @Test(arguments: ["{", "{\"kind\":\"org.task", "{\"journal\":1,\"kind\":\"org", "WHOLE"])
  func aLineWithoutItsEndIsTakenAway(text: String) throws {
    #expect(try run([], ["true", ":::", "a", "b"]).end == .exited(0))
    let whole = try workshop.read(journal)
    let torn = text == "WHOLE" ? Array(whole.split(separator: 10).last ?? []) : Array(text.utf8)
    try workshop.write(whole + torn, as: "journal")
    let run = try Exec.events(["--journal", journal, "--resume", "--", "true", ":::", "b", "b", "a", "c"])
    #expect(run.outcomes() == ["skipped": 2, "passed": 2])
    #expect(try workshop.read(journal).starts(with: whole) && lines(journal).count == 5)
  }

  @Test func placesThatAreNoFilesAreRefused() throws {
    try expectRefusal(["--journal", workshop.directory], code: 110, workshop.directory, "Is a directory")
    let fifo = workshop.path("fifo")
    #expect(mkfifo(fifo, 0o600) == 0)
    try expectRefusal(["--journal", fifo], code: 110, fifo, "is not a file")
    try expectRefusal(["--journal", workshop.path("no/where")], code: 110, "no/where", "No such file")
    try expectRefusal(["--journal", Taskhost.executable], code: 110, Taskhost.executable)
    try expectRefusal(["--journal", "/dev/null", "--resume"], code: 104, "/dev/null", "nothing to resume")
    try expectRefusal(["--resume"], code: 2, "--journal")
    try expectRefusal(["--journal", ""], code: 2, "--journal")
  }

  @Test func aFullDiskEndsTheRun() throws {
    let run = try Exec.run(["--journal", "/dev/full", "--", "true", ":::", "a"])
    #expect(run.end == .exited(110))
    #expect(run.errors.contains("'/dev/full'") && run.errors.contains("No space left"))
  }

  @Test func oneThatGetsFullLaterEndsTheRunToo() throws {
    let child = try Child(
      "/bin/sh",
      [
        // Blocks of 512 bytes; what the run prints goes into pipes.
        "-c", "trap '' XFSZ; ulimit -f 40; exec \"$@\"", "sh", Taskhost.executable, "run", "--kind", "exec",
        "--journal", journal, "--",
        "true", ":::",
      ] + (1...700).map { "\($0)" }, environment: Taskhost.environment)
    let end = try child.finish()
    #expect(end == .exited(110), "\(end) \(child.errorText)")
    #expect(child.errorText.contains(journal) && child.errorText.contains("File too large"))
    // It goes on from there.
    let run = try Exec.run(
      ["--journal", journal, "--resume", "--", "true", ":::"] + (1...700).map { "\($0)" })
    #expect(run.end == .exited(0) && run.errors.contains("skipped"), "\(run.errors)")
  }

  @Test func twoRunsDoNotShareOne() throws {
    let gate = workshop.path("gate")
    #expect(mkfifo(gate, 0o600) == 0)
    let child = try Taskhost.start(
      ["run", "--kind", "exec", "--journal", journal, "--", "cat", ":::", gate])
    try child.wait(for: "the journal") { _ in try !lines(journal).isEmpty }
    try expectRefusal(["--journal", journal], code: 96, journal, "in use")
    try expectRefusal(["--journal", journal, "--resume"], code: 96, journal, "in use")
    let end = open(gate, O_WRONLY | O_CLOEXEC)
    close(end)
    #expect(try child.finish() == .exited(0))
    #expect(try outcomes() == ["passed"])
  }

  // MARK: When it is noted

  /// What waits for its turn is lost with its host, so its task is to be performed again.
  @Test func whatWasNotToldIsNotNoted() throws {
    let gate = workshop.path("gate")
    #expect(mkfifo(gate, 0o600) == 0)
    let words = ["--journal", journal, "-k", "-j", "2", "--resume", "--", "sh", "-c", "{}", ":::"]
    let mark = workshop.path("mark")
    let commands = ["cat '\(gate)'; echo one", "echo two", "true", ": > '\(mark)'"]
    let child = try Taskhost.start(["run", "--kind", "exec"] + words + commands)
    try child.wait(for: "the last command") { _ in FileManager.default.fileExists(atPath: mark) }
    try child.wait(for: "the note about the third") { _ in try !outcomes().isEmpty }
    child.send(SIGKILL)
    _ = try child.finish()
    // Nobody was left to end what the first command has started: it has its input, and goes.
    let end = open(gate, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    if end >= 0 { close(end) }
    #expect(try outcomes().count <= 2, "the second has printed something that nobody has seen")
    let run = try Exec.run(words + ["echo one"] + commands.dropFirst())
    #expect(run.lines == ["one", "two"])
  }

  /// A task and what its kind has made of it end together.
  @Test func aFamilyIsNotedAsAWhole() throws {
    let plugin = try TestKind.path("printer.c")
    func run(_ words: String...) throws -> Taskhost.Finished {
      try Taskhost.run(
        ["--plugin", plugin, "--retries", "0", "--journal", journal, "--resume", "--"] + words)
    }
    #expect(try run("split a b", "gone c").outcomes()["replaced"] == 1)
    #expect(try outcomes().sorted() == ["error", "passed"])
    let again = try run("split a b", "gone c").outcomes()
    #expect(again == ["skipped": 1, "error": 1])
  }
}
