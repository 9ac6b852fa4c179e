import Foundation
import TestSupport
import Testing

/// Lines `begin` and `end`, as work records them: how many were at work at once, at most.
private func mostAtOnce(_ path: String) throws -> (most: Int, count: Int) {
  let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
  var now = 0
  var most = 0
  for line in lines {
    now += line == "begin" ? 1 : -1
    most = max(most, now)
  }
  #expect(now == 0, "what began has ended")
  return (most, lines.count { $0 == "begin" })
}

/// GNU make, with what it must not inherit from the make that runs the tests.
private func make(_ arguments: [String], in workshop: Workshop) throws -> Child {
  var environment = Taskhost.environment
  for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL"] { environment[name] = nil }
  return try Child("/usr/bin/env", ["make", "-C", workshop.directory] + arguments, environment: environment)
}

/// Below a make: the run takes part in its jobs.
@Suite struct JobserverClientTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  private var log: String { workshop.path("log") }

  private func write(makefile recipes: Int, mark: String, words: String, options: String = "") throws {
    let names = (1...recipes).map { "r\($0)" }.joined(separator: " ")
    try workshop.write(
      """
      all: \(names)
      \(names):
      \t\(mark)@'\(Taskhost.executable)' run --progress none \(options) --plugin '\(try TestKind.path("toolbox.c"))' \(words)

      """, as: "Makefile")
  }

  private func records(_ count: Int) -> String {
    Array(repeating: "record:\(log)", count: count).joined(separator: " ")
  }

  @Test(arguments: [2, 3])
  func theWholeBuildKeepsItsNumberOfJobs(jobs: Int) throws {
    try write(makefile: 4, mark: "+", words: records(6))
    let child = try make(["-j\(jobs)"], in: workshop)
    #expect(try child.finish() == .exited(0), "\(child.errorText)")
    let (most, count) = try mostAtOnce(log)
    // Who has more workers than this machine has processors is bounded by those.
    #expect(count == 24 && most <= jobs && most >= 2)
    // Make counts its tokens at the end, and says so when one is missing.
    #expect(!child.errorText.contains("token"), "\(child.errorText)")
    #expect(!child.errorText.contains("jobserver"), "\(child.errorText)")
  }

  /// Every other job is done: the last run gets what the others no longer need.
  @Test func aRunThatIsAloneGetsAllJobs() throws {
    try write(makefile: 1, mark: "+", words: records(8))
    let child = try make(["-j2"], in: workshop)
    #expect(try child.finish() == .exited(0))
    #expect(try mostAtOnce(log) == (2, 8))
  }

  @Test func crashesLoseNoToken() throws {
    try write(makefile: 3, mark: "+-", words: "segv \(records(2)) exit:1 \(records(2)) segv")
    let child = try make(["-j3"], in: workshop)
    #expect(try child.finish() == .exited(0))
    #expect(try mostAtOnce(log).most <= 3)
    #expect(!child.errorText.contains("token"), "\(child.errorText)")
  }

  @Test func withoutAPlusOneWorkerIsUsedAndTheCureTold() throws {
    try write(makefile: 2, mark: "", words: records(3))
    let child = try make(["-j2"], in: workshop)
    #expect(try child.finish() == .exited(0))
    #expect(try mostAtOnce(log).most <= 2)
    let warnings = child.errorText.split(separator: "\n").filter {
      $0.contains("the jobserver of make is not available")
    }
    #expect(warnings.count == 2, "one for each run: \(child.errorText)")
    #expect(warnings.allSatisfy { $0.hasSuffix("working with one worker; put + in front of the recipe") })
  }

  @Test func aNumberThatWasSaidHolds() throws {
    try write(makefile: 1, mark: "+", words: records(6), options: "-j3")
    let child = try make(["-j2"], in: workshop)
    #expect(try child.finish() == .exited(0))
    #expect(try mostAtOnce(log) == (3, 6))
  }
}

/// A jobserver of the test's own, to see each token.
@Suite struct TokenTests {
  private let workshop: Workshop
  private let fifo: Int32
  private let path: String

  init() throws {
    workshop = try Workshop()
    path = workshop.path("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    try #require(fifo >= 0)
  }

  private func put(_ tokens: String) {
    var bytes = Array(tokens.utf8)
    #expect(write(fifo, &bytes, bytes.count) == bytes.count)
  }

  /// What is in it, sorted.
  private func tokens() -> String {
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = read(fifo, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count, 0)).sorted(), as: UTF8.self)
  }

  private func start(_ words: [String], _ options: [String] = [], flags: String? = nil) throws -> Child {
    try Taskhost.start(
      ["run", "--message-format", "jsonl", "--plugin", TestKind.path("toolbox.c")] + options + words,
      environment: ["MAKEFLAGS": flags ?? " -j9 --jobserver-auth=fifo:\(path)"])
  }

  private func awaitHolding(_ child: Child, _ count: Int) throws {
    try child.wait(for: "\(count) that hold") {
      try Taskhost.events($0).named("feedback.received").count { $0.text("data") == "holding" } >= count
    }
  }

  @Test func eachTokenComesBackAsItWas() throws {
    put("abc")
    let child = try start((0..<40).map { "nap:\($0 % 5)" })
    #expect(try child.finish() == .exited(0))
    #expect(tokens() == "abc")
  }

  /// With no token there is still one job: that of whoever started the run.
  @Test func withoutATokenOneWorkerIsAtWork() throws {
    let log = workshop.path("log")
    let child = try start(["record:\(log)", "record:\(log)", "record:\(log)"])
    #expect(try child.finish() == .exited(0))
    #expect(try mostAtOnce(log) == (1, 3))
    #expect(tokens() == "")
  }

  /// A token that comes late is used, and one that nothing needs any more is given back while others work.
  @Test func tokensComeAndGo() throws {
    let (one, two) = (workshop.path("one"), workshop.path("two"))
    let child = try start(["hold:\(one)", "hold:\(two)"])
    try awaitHolding(child, 1)
    #expect(try Taskhost.events(child).named("worker.spawned").count == 1)
    put("x")
    try awaitHolding(child, 2)
    #expect(tokens() == "")
    try workshop.write("", as: "one")
    var seen = ""
    try child.wait(for: "the token") { _ in
      seen = tokens()
      return !seen.isEmpty
    }
    #expect(seen == "x")
    try workshop.write("", as: "two")
    #expect(try child.finish() == .exited(0))
    #expect(tokens() == "")
  }

  /// However the run ends: in order, by a signal, by the second one, with dead workers, with output that is lost.
  @Test(arguments: ["signal", "second signal", "crashes", "full disk"])
  func everyTokenComesBack(end: String) throws {
    put("wxyz")
    var words = ["hold:/nowhere", "deaf", "deaf", "deaf"]
    var options: [String] = []
    if end == "crashes" { words = ["segv", "exit:4", "nap:20", "segv", "nap:3", "segv"] }
    if end == "full disk" {
      words = (0..<50).map { "nap:\($0 % 3)" }
      options = ["--trace", "/dev/full"]
    }
    let child = try start(words, options)
    switch end {
    case "signal":
      try awaitHolding(child, 1)
      child.send(SIGTERM)
      #expect(try child.finish() == .signaled(SIGTERM))
    case "second signal":
      try awaitHolding(child, 1)
      child.send(SIGINT)
      try child.wait(for: "cancelling") { try !Taskhost.events($0).named("run.cancelling").isEmpty }
      child.send(SIGINT)
      #expect(try child.finish() == .signaled(SIGINT))
    case "crashes": #expect(try child.finish() == .exited(107))
    default: #expect(try child.finish() == .exited(110))
    }
    #expect(tokens() == "wxyz")
  }

  /// Only what stands before the definitions of variables counts, and the last of it.
  @Test func theLastAddressCounts() throws {
    put("k")
    let gate = workshop.path("gate")
    let child = try start(
      ["hold:\(gate)", "hold:\(gate)"],
      flags: "ks -j --jobserver-fds=77,78 --jobserver-auth=fifo:\(path) -- X=--jobserver-auth=1,2")
    try awaitHolding(child, 2)
    #expect(tokens() == "")
    try workshop.write("", as: "gate")
    #expect(try child.finish() == .exited(0))
    #expect(tokens() == "k")
  }

  @Test(arguments: [
    " -j --jobserver-auth=-2,-2", " -j --jobserver-auth=777,778", " -j --jobserver-auth=0,0",
    " -j --jobserver-auth=fifo:/no/such/fifo", " -j --jobserver-auth=fifo:/etc/passwd",
    " -j --jobserver-auth=odd",
    " -j --jobserver-auth=", "n -j --jobserver-fds=99999999999,1",
  ])
  func whatIsNoJobserverIsToldOnce(flags: String) throws {
    let log = workshop.path("log")
    let child = try start(["record:\(log)", "record:\(log)"], flags: flags)
    #expect(try child.finish() == .exited(0))
    let run = try Taskhost.finished(child)
    let warnings = run.events.named("warning.raised").filter {
      $0.text("message")?.contains("the jobserver of make is not available") == true
    }
    #expect(warnings.count == 1)
    #expect(run.events.first { $0.name == "run.started" }?.number("workers") == 1)
    #expect(try mostAtOnce(log) == (1, 2))
  }

  /// A make without one has none for us.
  @Test(arguments: ["", "k", " -j1", "ks -- CFLAGS=-j4", " --jobserver"])
  func withoutOneTheMachineIsOurs(flags: String) throws {
    let child = try start(["quick"], flags: flags)
    #expect(try child.finish() == .exited(0))
    let run = try Taskhost.finished(child)
    #expect(
      run.events.named("warning.raised").allSatisfy { $0.text("message")?.contains("jobserver") == false })
  }
}

/// Above makes: tasks that run one share the jobs of the run.
@Suite struct JobserverServerTests {
  private let workshop: Workshop
  private var log: String { workshop.path("log") }

  init() throws {
    workshop = try Workshop()
    let names = (1...6).map { "t\($0)" }.joined(separator: " ")
    try workshop.write(
      """
      all: \(names)
      \(names):
      \t@echo begin >> '\(log)'; sleep 0.05; echo end >> '\(log)'

      """, as: "Makefile")
  }

  private func build(_ more: String = "") -> String { "sh:make -s -C '\(workshop.directory)' \(more)" }

  private func run(_ words: [String], _ options: [String] = ["-j2", "--jobserver"]) throws
    -> Taskhost.Finished
  {
    try Taskhost.run(
      options + ["--plugin", TestKind.path("toolbox.c")] + words, environment: ["MAKEFLAGS": ""])
  }

  @Test func allMakesTogetherKeepTheNumber() throws {
    let run = try run([build(), build(), build()])
    #expect(run.end == .exited(0), "\(run.output) \(run.errors)")
    #expect(try mostAtOnce(log) == (2, 18))
    #expect(!run.output.contains("jobserver"), "\(run.output)")
  }

  /// A make that is alone gets the jobs of the workers that have nothing to do.
  @Test func oneMakeGetsAllJobs() throws {
    let run = try run([build()], ["-j3", "--jobserver"])
    #expect(run.end == .exited(0))
    #expect(try mostAtOnce(log) == (3, 6))
  }

  @Test func withoutTheOptionThereIsNone() throws {
    let run = try run(["env:MAKEFLAGS", build()], ["-j3"])
    #expect(run.end == .exited(0))
    #expect(run.events.named("feedback.received").compactMap { $0.text("data") } == [""])
    #expect(try mostAtOnce(log) == (1, 6))
  }

  @Test func workersFindItInTheirFlags() throws {
    for (style, pattern) in [
      ("pipe", " -j --jobserver-fds=8,9 --jobserver-auth=8,9"), ("fifo", " -j --jobserver-auth=fifo:"),
    ] {
      let run = try run(["env:MAKEFLAGS"], ["-j2", "--jobserver", "--jobserver-style", style])
      #expect(run.end == .exited(0))
      let text = run.events.named("feedback.received").first?.text("data") ?? ""
      #expect(text.hasPrefix(pattern), "\(text)")
      if style == "fifo" {
        let path = String(text.dropFirst(pattern.count))
        #expect(!FileManager.default.fileExists(atPath: path), "it goes with the run")
      }
    }
  }

  /// The protocol of a FIFO, by hand: two tokens are there beside the job of the task.
  @Test func aFifoHoldsTheTokens() throws {
    let script = """
      sh:f=${MAKEFLAGS##*fifo:}; exec 5<>"$f"; a=$(dd bs=1 count=1 <&5 2>/dev/null); b=$(dd bs=1 count=1 <&5 2>/dev/null); \
      printf '%s' "$a$b" >&5; test "$a$b" = ++
      """
    let run = try run([script], ["-j3", "--jobserver", "--jobserver-style", "fifo"])
    #expect(run.end == .exited(0), "\(run.output)")
  }

  /// A worker dies with the make that it runs, which holds tokens: they are there again for the next task.
  @Test func aKilledMakeLosesNoToken() throws {
    let held = workshop.path("held")
    try workshop.write(
      """
      all: a b c
      a b c:
      \t@echo $@ >> '\(held)'; if [ $$(wc -l < '\(held)') -ge 3 ]; then kill -9 $(WORKER); fi; sleep 60

      """, as: "fatal.mk")
    let first = workshop.path("first")
    let task =
      "sh:cd '\(workshop.directory)'; if [ -e '\(first)' ]; then exec make -s; fi; touch '\(first)'; "
      + "make -s -f fatal.mk WORKER=$PPID"
    let run = try Taskhost.run(
      ["-j3", "--jobserver", "--plugin", TestKind.path("toolbox.c", ["FLAGS=TH_KIND_IDEMPOTENT"]), task],
      environment: ["MAKEFLAGS": ""])
    #expect(run.outcomes() == ["passed": 1])
    #expect(run.events.named("task.finished").first?.number("tries") == 2)
    #expect(try mostAtOnce(log) == (3, 6))
  }

  @Test func belowAMakeItIsThatOfMake() throws {
    let fifo = workshop.path("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    let descriptor = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    defer { close(descriptor) }
    let run = try Taskhost.run(
      ["--jobserver", "--plugin", TestKind.path("toolbox.c"), "env:MAKEFLAGS"],
      environment: ["MAKEFLAGS": "ks -j5 --jobserver-auth=fifo:\(fifo) -- A=1"])
    #expect(run.end == .exited(0))
    #expect(
      run.events.named("feedback.received").first?.text("data")
        == "ks -j --jobserver-auth=fifo:\(fifo) -- A=1")
  }

  @Test func aStyleAloneIsAMistake() throws {
    let run = try Taskhost.plain(
      ["run", "--jobserver-style", "fifo", "--plugin", TestKind.path("toolbox.c"), "quick"])
    #expect(run.end == .exited(2))
    #expect(run.errors.contains("--jobserver-style without --jobserver"))
  }
}
