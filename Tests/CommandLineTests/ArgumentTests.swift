import CommandLineInterface
import Settings
import TaskHost
import Testing

struct ArgumentTests {
  let harness: CommandHarness

  init() throws { harness = try CommandHarness() }

  private func run(_ arguments: [String]) -> CommandEnd {
    CommandLineInterface.execute(arguments, harness.context())
  }

  @Test(arguments: [
    (
      ["run", "--workers", "0"], "--workers is '0'; expected a number from 1 to 4096, or auto",
      "taskhost run --help"
    ),
    (["run", "-j", "5000"], "--workers is '5000'; expected a number from 1 to 4096", "taskhost run --help"),
    (["run", "--trace", "-"], "--trace is '-'; expected a file, such as", "taskhost run --help"),
    (["run", "--trace", ""], "--trace is ''; expected a file, such as", "taskhost run --help"),
    (["run", "--from", ""], "--from is ''; expected a file, or -", "taskhost run --help"),
    (
      ["run", "--resource", "exclusive=2"], "--resource is 'exclusive=2'; exclusive is what a task says",
      "use another name, such as --resource lock=2"
    ),
    (["run", "--workers", "-1"], "--workers is '-1'; expected", "taskhost run --help"),
    (["run", "-j", "abc"], "--workers is 'abc'; expected", "taskhost run --help"),
    (["run", "-j", "+4"], "--workers is '+4'; expected", "taskhost run --help"),
    (
      ["run", "-j", "99999999999999999999"], "--workers is '99999999999999999999'; expected",
      "taskhost run --help"
    ),
    (["run", "-j"], "Missing value for '-j'", "taskhost run --help"),
    (["run", "--set", "novalue"], "--set is 'novalue'; expected key=value", "taskhost run --help"),
    (["run", "--set", "=x"], "--set is '=x'; expected key=value", "taskhost run --help"),
    (["run", "--max-frame", "64Q"], "--max-frame is '64Q'; expected a size", "taskhost run --help"),
    (["run", "--max-frame", "3G"], "--max-frame is '3G'; expected a size", "taskhost run --help"),
    (["run", "--max-frame", "-1"], "--max-frame is '-1'; expected a size", "taskhost run --help"),
    (
      ["run", "--start-timeout", "30"], "--start-timeout is '30'; expected a duration", "taskhost run --help"
    ),
    (
      ["run", "--start-timeout", "0s"], "--start-timeout is '0s'; expected a duration", "taskhost run --help"
    ),
    (
      ["run", "--soft-timeout", "2s", "--timeout", "2s"],
      "--timeout is '2s'; expected more than --soft-timeout, which is '2s'", "taskhost run --help"
    ),
    (["run", "--timeout", "2"], "--timeout is '2'; expected a duration", "taskhost run --help"),
    (["run", "--grace", "0s"], "--grace is '0s'; expected a duration", "taskhost run --help"),
    (["run", "--run-timeout", "soon"], "--run-timeout is 'soon'; expected a", "taskhost run --help"),
    (["run", "--memory-limit", "0"], "--memory-limit is '0'; expected a size", "taskhost run --help"),
    (["run", "--output-limit", "1X"], "--output-limit is '1X'; expected a", "taskhost run --help"),
    (["run", "--open-files", "15"], "--open-files is '15'; expected a number of 16", "taskhost run --help"),
    (["run", "--processes", "-3"], "--processes is '-3'; expected a number of 1", "taskhost run --help"),
    (["run", "--recycle-tasks", "0"], "--recycle-tasks is '0'; expected a", "taskhost run --help"),
    (
      ["run", "--in-process", "--cpu-limit", "1s"], "--cpu-limit can not be kept with --in-process",
      "taskhost run --help"
    ),
    (["run", "--color", "red"], "'red' is invalid for '--color <color>'", "taskhost run --help"),
    (["run", "--progress", "x"], "one of 'auto', 'bar', 'counter', 'only' or 'none'", "taskhost run --help"),
    (["run", "--bogus"], "Unknown option '--bogus'", "taskhost run --help"),
    (["rnu"], "there is no command 'rnu'; did you mean 'run'?", "taskhost --help"),
    (["xyzzy"], "there is no command 'xyzzy'", "taskhost --help"),
    (["completions", "tcsh"], "'tcsh' is invalid", "taskhost completions --help"),
    (["completions"], "Missing expected argument '<shell>'", "taskhost completions --help"),
    (["kinds", "extra"], "Unexpected argument 'extra'", "taskhost kinds --help"),
    (["plugin", "check", "x.so", "--fuzz", "0"], "--fuzz is '0'; expected", "taskhost plugin check --help"),
    (["plugin", "check", "x.so", "--timeout", "0"], "--timeout is '0", "taskhost plugin check --help"),
    (["plugin", "check", "x.so", "--set", "x"], "--set is 'x'; expected", "taskhost plugin check --help"),
    (["plugin", "check"], "there is no file to check", "taskhost plugin check --help"),
    (["plugin", "call", "x.so", "--set", "=x"], "--set is '=x'; expected", "taskhost plugin call --help"),
    (["plugin", "call", "x.so", "--repeat", "0"], "--repeat is '0'", "taskhost plugin call --help"),
    (["plugin", "new", "--lang", "x", "a"], "--lang is 'x'; expected c, cpp", "taskhost plugin new --help"),
    (["plugin", "new", "--lang", "c", "--in", "", "a"], "--in is ''", "taskhost plugin new --help"),
    (["plugin", "list", "--config", "a", "--no-config"], "one of them only", "taskhost plugin list --help"),
    (["kinds", "--config", "a", "--no-config"], "one of them only", "taskhost kinds --help"),
    (
      ["plugin", "inspect", "--config", "a", "--no-config", "x"], "one of them only",
      "taskhost plugin inspect --help"
    ),
    (["plugin", "call", "x.so", "--bogus"], "Unknown option '--bogus'", "taskhost plugin call --help"),
    (["plugin", "lock", "--bogus"], "Unknown option '--bogus'", "taskhost plugin lock --help"),
  ])
  func `a wrong command line ends with 2 and says what is wrong`(
    arguments: [String], message: String, hint: String
  ) throws {
    #expect(run(arguments) == .exit(.usage))
    let text = try harness.text.text()
    #expect(text.hasPrefix("error: ") && text.contains(message))
    #expect(text.hasSuffix("(hint: \(hint))\n"))
    #expect(try harness.data.text() == "")
    #expect(harness.options == nil)
  }

  @Test func `all options reach the run`() throws {
    let end = run([
      "run", "-j4", "--kind", "proof", "--plugin", "/a.so", "--plugin", "/b.so", "--set", "a=1", "--set",
      "b==x=",
      "--set", "c=", "--in-process", "--max-frame", "64M", "--start-timeout", "1.5s", "w1", "-", "w2", "--",
      "--w3",
      "-j", "--",
    ])
    #expect(end == .exit(.ok))
    let request = try #require(harness.request)
    let options = request.options
    #expect(options.workers == 4 && request.kind == "proof" && options.inThisProcess)
    #expect(request.places.pluginFiles == ["/a.so", "/b.so"])
    #expect(
      request.settings.map(\.key) == ["a", "b", "c"] && request.settings.map(\.value) == ["1", "=x=", ""])
    #expect(options.words == ["w1", "-", "w2", "--w3", "-j", "--"])
    #expect(options.worker.maxFrameBytes == 64 << 20 && options.worker.startLimit == .milliseconds(1500))
  }

  @Test func `all limits reach the run`() throws {
    let end = run([
      "run", "--soft-timeout", "1s", "--timeout", "2s", "--grace", "3s", "--run-timeout", "4s",
      "--memory-limit", "5M", "--cpu-limit", "6s", "--output-limit", "7K", "--open-files", "80",
      "--processes", "9", "--file-size", "10K", "--core-dumps", "--recycle-tasks", "11", "--recycle-after",
      "12s", "--recycle-memory", "13M",
    ])
    #expect(end == .exit(.ok))
    let options = try #require(harness.options)
    let limits = options.worker.limits
    #expect(limits.softTime == .seconds(1) && limits.hardTime == .seconds(2) && limits.grace == .seconds(3))
    #expect(limits.retireGrace == .seconds(3))
    #expect(options.timeLimit == .seconds(4) && limits.processorTime == .seconds(6))
    #expect(limits.memoryBytes == 5 << 20 && limits.outputBytes == 7 << 10 && limits.openFiles == 80)
    #expect(limits.processes == 9 && limits.fileSizeBytes == 10 << 10)
    #expect(limits.keepsCores)
    #expect(limits.tasksOfOneWorker == 11 && limits.ageOfOneWorker == .seconds(12))
    #expect(limits.memoryOfOneWorkerBytes == 13 << 20)
  }

  @Test func `what is not said has a default`() throws {
    #expect(run(["run"]) == .exit(.ok))
    let request = try #require(harness.request)
    let options = request.options
    #expect(
      options.workers >= 1 && request.kind == nil && options.words.isEmpty && !options.inThisProcess)
    #expect(options.worker.maxFrameBytes == 100 << 20 && options.worker.startLimit == .seconds(30))
    let limits = options.worker.limits
    #expect(limits.grace == .seconds(2) && limits.retireGrace == .seconds(5) && !limits.keepsCores)
    let times = [
      limits.softTime, limits.hardTime, options.timeLimit, limits.processorTime, limits.ageOfOneWorker,
    ]
    #expect(times == Array(repeating: nil, count: 5))
    let numbers = [
      limits.memoryBytes, limits.outputBytes, limits.tasksOfOneWorker, limits.memoryOfOneWorkerBytes,
      limits.openFiles, limits.processes, limits.fileSizeBytes,
    ]
    #expect(numbers == Array(repeating: 0, count: 7))
  }

  @Test(arguments: [([], false), (["-v"], true), (["--message-format", "jsonl"], true)])
  func `all tasks are reported only to those who show them`(arguments: [String], expected: Bool) throws {
    #expect(run(["run"] + arguments) == .exit(.ok))
    #expect(harness.options?.wantsTaskEvents == expected)
  }

  @Test func `an error of the run is told with its causes and its hint`() throws {
    harness.result = .failure(RunError(.badInput, "no \u{1B} file", causes: ["why", "deeper"], hint: "ls"))
    #expect(run(["run", "x"]) == .exit(.badInput))
    #expect(
      try harness.text.text() == "error: no \\x1b file\n  caused by: why\n  caused by: deeper\n(hint: ls)\n")
    #expect(try harness.data.text() == "")
  }

  @Test func `jsonl is on standard output, and nothing else is`() throws {
    harness.events = Script.all
    harness.result = .success(Script.summary(.failed))
    #expect(run(["run", "--message-format", "jsonl"]) == .exit(.failed))
    #expect(try harness.data.lines().count == Script.all.count)
    #expect(try harness.text.text() == "")
  }

  @Test func `an error ends jsonl with a line, too`() throws {
    harness.events = [.started(Script.start)]
    harness.result = .failure(RunError(.infrastructure, "gone"))
    #expect(run(["run", "--message-format", "jsonl"]) == .exit(.infrastructure))
    let lines = try harness.data.lines()
    #expect(lines.count == 2)
    #expect(
      lines[1].contains(
        #""seq":2,"type":"run","event":"error","message":"gone","causes":[],"exit_code":107}"#))
    #expect(try harness.text.text() == "error: gone\n")
  }

  @Test func `text for people is on standard error, and nothing else is`() throws {
    harness.events = Script.all
    harness.result = .success(Script.summary(.failed))
    #expect(run(["run"]) == .exit(.failed))
    #expect(try harness.data.text() == "")
    #expect(try harness.text.lines().last == "proof: 5 of 8 proofs are good")
  }

  @Test func `a signal that ended the run ends the process`() throws {
    harness.result = .success(Script.summary(.failed, signal: 15))
    #expect(run(["run"]) == .signal(15))
  }

  @Test func `a colour that is none is an error of configuration`() throws {
    harness.variables = ["TASKHOST_COLOR": "blue"]
    #expect(run(["run"]) == .exit(.configuration))
    #expect(try harness.text.text() == "error: TASKHOST_COLOR is 'blue'; expected auto, always or never\n")
  }

  @Test(arguments: [["--help"], ["run", "--help"], ["help", "run"], ["--version"], ["plugin"], []])
  func `help is data`(arguments: [String]) throws {
    #expect(run(arguments) == .exit(.ok))
    #expect(try !harness.data.text().isEmpty)
    #expect(try harness.text.text() == "")
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `completions know the options`(shell: String) throws {
    #expect(run(["completions", shell]) == .exit(.ok))
    let script = try harness.data.text()
    #expect(script.contains("message-format") && script.contains("exit-codes"))
  }

  @Test(
    arguments: [
      ("0", 0), ("4096", 4096), ("64K", 65536), ("64m", 64 << 20), ("1G", 1 << 30), ("2T", 2 << 40),
      ("", nil), ("K", nil),
      ("-1", nil), ("+1K", nil), ("1.5M", nil), ("99999999999999T", nil), ("1KB", nil),
    ] as [(String, Int?)])
  func `sizes`(text: String, expected: Int?) {
    #expect(ByteSize.parse(text) == expected)
  }

  @Test(
    arguments: [
      (0, "0B"), (1023, "1023B"), (1024, "1.0K"), (6_550_000_000, "6.1G"), (104_857_600, "100M"),
      (.max, "16777215T"),
    ]
      as [(UInt64, String)])
  func `sizes for people`(bytes: UInt64, expected: String) {
    #expect(ByteSize.text(bytes) == expected)
  }

  @Test(
    arguments: [
      ("500ms", 500_000_000), ("30s", 30_000_000_000), ("1.5m", 90_000_000_000), ("2h", 7_200_000_000_000),
      ("30", nil),
      ("s", nil), ("-1s", nil), ("1e3s", nil), ("0ms", nil), ("infs", nil), ("1.2.3s", nil),
      ("99999999h", nil),
    ] as [(String, UInt64?)])
  func `durations`(text: String, expected: UInt64?) {
    #expect(TimeSpan.parse(text) == expected)
  }

  @Test(arguments: ["30s", "1m", "250ms", "1.5ms", "0.000001ms", "3h", "90s"])
  func `durations as they could be typed`(text: String) throws {
    let nanoseconds = try #require(TimeSpan.parse(text))
    #expect(TimeSpan.parse(TimeSpan.exactText(nanoseconds)) == nanoseconds)
  }

  @Test(arguments: ["1", "1000", "64K", "1536", "100M", "3G", "1T"])
  func `sizes as they could be typed`(text: String) throws {
    let bytes = try #require(ByteSize.parse(text))
    #expect(ByteSize.exactText(UInt64(bytes)) == text)
  }

  @Test(arguments: [
    ("rnu", "run"), ("kidns", "kinds"), ("exit-code", "exit-codes"), ("run", "run"), ("zzz", nil), ("", nil),
  ])
  func `the nearest word`(word: String, expected: String?) {
    #expect(NearestWord.to(word, among: ["run", "plugin", "kinds", "exit-codes"]) == expected)
  }
}
