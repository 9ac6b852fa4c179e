import Foundation
import Glibc
import TestSupport
import Testing

/// `--joblog`, beside the real one.
@Suite struct JobLogTests {
  private let workshop: Workshop
  private let log: String

  init() throws {
    workshop = try Workshop()
    log = workshop.path("jobs")
  }

  private struct Job: Equatable {
    var number: Int
    var received, exit, signal: Int
    var command: String
  }

  private static let head = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand"

  /// Each line has nine columns, and times that can be.
  private func jobs(_ path: String) throws -> [Job] {
    let lines = String(decoding: try workshop.read(path), as: UTF8.self).components(separatedBy: "\n")
    #expect(lines.first == Self.head && lines.last == "")
    return try lines.dropFirst().dropLast().map { line in
      let columns = line.split(separator: "\t", maxSplits: 8, omittingEmptySubsequences: false)
        .map { String($0) }
      try #require(columns.count == 9, "\(line)")
      #expect(columns[1] == ":" && columns[4] == "0" && columns[3].count >= 10, "\(line)")
      let start = try #require(Double(columns[2]))
      let length = try #require(Double(columns[3].trimmingCharacters(in: .whitespaces)))
      #expect(abs(Date.now.timeIntervalSince1970 - start) < 600 && length >= 0 && length < 600)
      return Job(
        number: try #require(Int(columns[0])), received: try #require(Int(columns[5])),
        exit: try #require(Int(columns[6])), signal: try #require(Int(columns[7])), command: columns[8])
    }.sorted { $0.number < $1.number }
  }

  @discardableResult
  private func run(_ options: [String], _ words: [String]) throws -> Exec.Run {
    try Exec.run(["--joblog", log] + options + ["--"] + words)
  }

  @Test func itIsThatOfGNUParallel() throws {
    let commands = [
      "exit 3", "true", "kill -KILL $$", "echo out; echo error >&2", "no-such-command",
      "printf 'a\\tb'; exit 255",
      "echo one\necho two", "kill -TERM $$",
    ]
    try run(["--set", "shell=yes", "--set", "command=", "-j", "2"], commands)
    let other = workshop.path("theirs")
    let parallel = try Child(
      "/usr/bin/parallel", ["--joblog", other, "-0", "-j", "2", "--will-cite"],
      environment: Taskhost.environment, input: true)
    try parallel.write(commands.map { $0 + "\0" }.joined())
    parallel.closeInput()
    try parallel.finish(seconds: 120)
    let (mine, theirs) = (try jobs(log), try jobs(other))
    #expect(mine.count == commands.count)
    #expect(mine == theirs)
  }

  /// What reads the log of GNU parallel reads this one: it runs what has failed again, and nothing else.
  @Test func toolsReadIt() throws {
    let mark = workshop.path("mark")
    let words = ["sh", "-c", "echo {} >> \(mark); test {} != b", ":::", "a", "b", "c"]
    try run([], words)
    let parallel = try Child(
      "/usr/bin/parallel",
      ["--will-cite", "--joblog", log, "--resume-failed", "echo {} >> \(mark)", ":::", "a", "b", "c"],
      environment: Taskhost.environment)
    #expect(try parallel.finish(seconds: 120) == .exited(0), "\(parallel.errorText)")
    let lines = String(decoding: try workshop.read(mark), as: UTF8.self).split(separator: "\n").sorted()
    #expect(lines == ["a", "b", "b", "c"])
    #expect(try jobs(log).map(\.number) == [1, 2, 2, 3])
  }

  @Test func whatIsEndedIsToldAsThere() throws {
    try run(["--timeout", "300ms"], ["sleep", "{}", ":::", "300"])
    #expect(try jobs(log).map { [$0.exit, $0.signal] } == [[-1, 9]])
    try run(["--soft-timeout", "300ms"], ["sleep", "{}", ":::", "300"])
    #expect(try jobs(log).map { [$0.exit, $0.signal] } == [[-1, 15]])
  }

  /// Of the last trial.
  @Test func trialsThatAreTriedAgainHaveTheirCodesToo() throws {
    let script = "echo x >> \"$0\"; exit $(wc -l < \"$0\")"
    try run(["--set", "retry=yes", "--retries", "2"], ["sh", "-c", script, ":::", workshop.path("count")])
    #expect(try jobs(log).map { [$0.exit, $0.signal] } == [[3, 0]])
    try run(["--set", "retry=yes", "--retries", "1"], ["sh", "-c", "kill -{} $$", ":::", "USR1"])
    #expect(try jobs(log).map { [$0.exit, $0.signal] } == [[0, 10]])
  }

  /// Kinds that say nothing of programs.
  @Test func anyKindHasOne() throws {
    let plugin = try TestKind.path("printer.c")
    let run = try Taskhost.plain(
      [
        "run", "--plugin", plugin, "--joblog", log, "-j", "1", "--retries", "0", "--", "out one", "gone two",
        "die three",
        "split a b",
      ])
    #expect(run.end == .exited(107))
    let jobs = try jobs(log)
    #expect(jobs.map(\.number) == [1, 2, 3, 4, 5, 6])
    #expect(jobs.map(\.exit) == [0, 1, 0, 0, 0, 0] && jobs[2].signal > 0)
    #expect(jobs[0].received == 4 && jobs[0].command == "out one" && jobs[5].command == "out b")
  }

  @Test func commandsOfAnyLength() throws {
    let long = String(repeating: "x", count: 100_000)
    try run([], ["true", ":::", long])
    #expect(try jobs(log).map(\.command) == ["true \(long)"])
  }

  /// With `--resume` it grows, with the numbers of all tasks; without, it is a new one.
  @Test func itGoesOnWithTheJournal() throws {
    let journal = workshop.path("journal")
    let words = ["sh", "-c", "test {} != b -o -e '\(workshop.path("mended"))'", ":::", "a", "b", "c"]
    try run(["--journal", journal, "--resume"], words)
    try workshop.write("", as: "mended")
    try run(["--journal", journal, "--resume"], words)
    #expect(try jobs(log).map { [$0.number, $0.exit] } == [[1, 0], [2, 1], [2, 0], [3, 0]])
    try run(["--journal", journal], words)
    #expect(try jobs(log).map(\.number) == [1, 2, 3])
  }

  @Test func aLineWithoutItsEndIsTakenAway() throws {
    let journal = workshop.path("journal")
    try run(["--journal", journal], ["true", ":::", "a"])
    try workshop.write(try workshop.read(log) + Array("2\t:\t17".utf8), as: "jobs")
    try run(["--journal", journal, "--resume"], ["true", ":::", "a", "b"])
    #expect(try jobs(log).map(\.number) == [1, 2])
  }

  @Test func placesThatAreNoGood() throws {
    func refused(_ path: String, _ options: [String] = [], code: Int32, _ words: String...) throws {
      let run = try Exec.run(["--joblog", path] + options + ["--", "true", ":::", "a"], seconds: 60)
      #expect(run.end == .exited(code), "\(run.errors)")
      for word in words + [path] { #expect(run.errors.contains(word), "\(run.errors)") }
    }
    try refused("/dev/full", code: 110, "No space left")
    try refused(workshop.directory, code: 110, "Is a directory")
    try refused(workshop.path("no/where"), code: 110, "No such file")
    try refused("-", code: 2, "--joblog")
    let text = try workshop.write("my thesis\n", as: "thesis")
    try refused(text, ["--journal", workshop.path("journal"), "--resume"], code: 104, "first line")
    #expect(try workshop.read(text) == Array("my thesis\n".utf8))
  }
}
