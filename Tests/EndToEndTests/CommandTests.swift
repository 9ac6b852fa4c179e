import Foundation
import TestSupport
import Testing

@Suite struct PluginRefusalTests {
  private func refusal(_ path: String) throws -> (code: Child.End, text: String) {
    let run = try Taskhost.run(["--plugin", path, "x"])
    #expect(run.events.last?.name == "run.error")
    let text = run.events.last?.text("message") ?? ""
    #expect(run.errors.contains(text.prefix(40)))
    return (run.end, text)
  }

  @Test func filesThatAreNoPluginsOfOurs() throws {
    let workshop = try Workshop()
    let good = try workshop.read(TestKind.path("hostile.c"))
    var otherMachine = good
    otherMachine[18] = 0xB7  // e_machine: AArch64
    let files: [(String, [UInt8], String)] = [
      ("machine.so", otherMachine, "L05"), ("text.so", Array("hello".utf8), "L05"),
      ("truncated.so", Array(good.prefix(good.count / 2)), "L06"), ("empty.so", [], "L05"),
    ]
    for (name, bytes, rule) in files {
      let path = try workshop.write(bytes, as: name)
      let (code, text) = try refusal(path)
      #expect(code == .exited(101) && text.contains(path) && text.contains(rule), "\(name): \(text)")
    }
    let (code, text) = try refusal(workshop.path("missing.so"))
    #expect(code == .exited(101) && text.contains("L01"))
    let library = try #require(
      ["/usr/lib/x86_64-linux-gnu/libm.so.6", "/usr/lib/aarch64-linux-gnu/libm.so.6"].first {
        FileManager.default.fileExists(atPath: $0)
      })
    let (_, foreign) = try refusal(library)
    #expect(foreign.contains("L07") || foreign.contains("L09"))
  }

  @Test func pluginsThatDoNotFit() throws {
    let workshop = try Workshop()
    let source = try String(decoding: workshop.read("\(TestKind.sources)/hostile.c"), as: UTF8.self)
    let changes: [(String, String, String, String)] = [
      ("newer", "\\\"needs_minor\\\":0", "\\\"needs_minor\\\":900", "L08"),
      ("major", "\\\"major\\\":1", "\\\"major\\\":2", "L08"),
      (
        "symbol", "return &table;",
        "extern int nowhere_defined(void); return nowhere_defined() ? &table : 0;", "L11"
      ),
      ("entry", "const th_kind *taskhost_plugin_v1(", "const th_kind *taskhost_plugin_v0(", "L09"),
      ("null", "return &table;", "return call ? 0 : &table;", "L23"),
    ]
    for (name, old, new, rule) in changes {
      let changed = source.replacing(old, with: new)
      try #require(changed != source)
      let file = try workshop.write(
        changed, as: name + ".c")
      try TestKind.compile(file, to: workshop.path(name + ".so"))
      let (code, text) = try refusal(workshop.path(name + ".so"))
      #expect(code == .exited(101) && text.contains(rule), "\(name): \(text)")
    }
  }

  /// Found by the search path, a file that others may write is not loaded.
  @Test func aWorldWritablePluginIsRefusedWhenItWasFound() throws {
    let workshop = try Workshop()
    let directory = try workshop.makeDirectory("plugins")
    let plugin = try workshop.copy(TestKind.path("hostile.c"), as: "plugins/hostile.so")
    let environment = ["TASKHOST_PLUGIN_PATH": directory, "TASKHOST_PLUGIN_PATH_ONLY": "1"]
    #expect(try Taskhost.run(["--kind", "hostile", "ok"], environment: environment).end == .exited(0))
    try #require(chmod(plugin, 0o777) == 0)
    let run = try Taskhost.run(["--kind", "hostile", "ok"], environment: environment)
    #expect(run.end == .exited(101))
    #expect(run.errors.contains("hostile"))
    let list = try Taskhost.plain(["plugin", "list"], environment: environment)
    #expect((list.output + list.errors).contains("L03"))
  }

  @Test func anUnknownKindIsAnsweredWithNearOnes() throws {
    let run = try Taskhost.run(["--kind", "prof", "x"])
    #expect(run.end == .exited(101))
    #expect(run.errors.contains("prof") && run.errors.contains("proof"))
  }

  @Test func aKindThatIsThereTwice() throws {
    let workshop = try Workshop()
    let first = try workshop.makeDirectory("first")
    let second = try workshop.makeDirectory("second")
    for directory in ["first", "second"] {
      try workshop.copy(TestKind.path("hostile.c"), as: "\(directory)/hostile.so")
    }
    var environment = ["TASKHOST_PLUGIN_PATH": "\(first):\(second)", "TASKHOST_PLUGIN_PATH_ONLY": "1"]
    let shadowed = try Taskhost.run(["--kind", "hostile", "ok"], environment: environment)
    #expect(shadowed.end == .exited(0))
    #expect(shadowed.events.first?.text("plugin") == first + "/hostile.so")
    #expect(shadowed.events.named("warning.raised").contains { $0.text("message")?.contains("L27") == true })
    try workshop.copy(TestKind.path("hostile.c"), as: "first/another.so")
    environment["TASKHOST_PLUGIN_PATH"] = first
    let doubled = try Taskhost.run(["--kind", "hostile", "ok"], environment: environment)
    #expect(doubled.end == .exited(101))
    #expect(doubled.errors.contains("another.so") && doubled.errors.contains("hostile.so"))
  }
}

@Suite struct CommandLineEndToEndTests {
  @Test(arguments: ["0", "-1", "abc", "", "1.5", "99999999999999999999"])
  func aWrongNumberOfWorkers(count: String) throws {
    let run = try Taskhost.plain(["run", "--workers", count, "--kind", "proof", "x.mm"])
    #expect(run.end == .exited(2))
    #expect(run.output == "")
    #expect(
      run.errors.contains("--workers") && run.errors.contains("expected a number from 1 to 4096, or auto"))
  }

  private func shell(_ script: String) throws -> (end: Child.End, errors: String) {
    let child = try Child(
      "/bin/sh", ["-c", script, "sh", Taskhost.executable, try TestKind.path("hostile.c")],
      environment: Taskhost.environment)
    let end = try child.finish()
    return (end, child.errorText)
  }

  @Test func aFullDiskIsToldByTheExitCode() throws {
    let run = try shell("exec \"$1\" run --message-format jsonl --plugin \"$2\" ok > /dev/full")
    #expect(run.end == .exited(110))
    #expect(run.errors.contains("No space left on device"))
  }

  @Test func aClosedStandardOutputIsToldByTheExitCode() throws {
    let run = try shell("exec \"$1\" run --message-format jsonl --plugin \"$2\" ok >&-")
    #expect(run.end == .exited(110))
    #expect(run.errors.contains("Bad file descriptor"))
  }

  /// `taskhost ... | head -1`: the run goes on and ends with its own code.
  @Test func aReaderThatGoesAwayChangesNothing() throws {
    let run = try shell(
      "{ \"$1\" run --message-format jsonl --plugin \"$2\" ok ok segv; echo code $? >&2; } | head -n 1 > /dev/null"
    )
    #expect(run.errors.contains("code 107"))
  }

  @Test func allStreamsMayBeClosed() throws {
    let run = try shell("exec \"$1\" run --plugin \"$2\" ok ok <&- >&- 2>&-")
    #expect(run.end == .exited(0) || run.end == .exited(110))
  }
}

/// Standard streams that are closed or full.
@Suite struct StreamTests {
  private func end(_ command: String, _ redirection: String) throws -> (end: Child.End, errors: String) {
    let child = try Child(
      "/bin/sh", ["-c", "exec \"$0\" \(command) \(redirection)", Taskhost.executable],
      environment: Taskhost.environment.merging(["KIND": TestKind.path("hostile.c")]) { $1 })
    return (try child.finish(), child.errorText)
  }

  private static let run = "run --plugin $KIND"
  private static let commands = [
    "--version", "--help", "help", "plugin", "plugin list --json", "kinds", "exit-codes", "man",
    "completions bash", run + " --message-format jsonl ok",
  ]

  /// What a command has to say is lost.
  @Test(arguments: commands, [">&-", ">/dev/full"])
  func outputThatIsLostIsAnError(command: String, redirection: String) throws {
    let (end, errors) = try end(command, redirection)
    #expect(end == .exited(110))
    #expect(errors.contains("error: cannot write to standard output"))
    let why = redirection == ">&-" ? "Bad file descriptor" : "No space left on device"
    #expect(errors.contains("caused by: \(why)"))
  }

  /// Nothing is read from the one, and nobody wants to read the other.
  @Test(arguments: commands + [run + " ok", run + " --in-process ok"], ["<&-", "2>&-", "<&- 2>&-"])
  func whatIsClosedAndNotNeededIsNone(command: String, redirection: String) throws {
    #expect(try end(command, redirection).end == .exited(0))
  }

  @Test(arguments: [">&-", "<&- >&- 2>&-", ">/dev/full"])
  func aRunForPeopleWritesNoData(redirection: String) throws {
    #expect(try end(Self.run + " ok", redirection).end == .exited(0))
  }

  @Test func wordsOfAClosedInputAreNone() throws {
    let (end, errors) = try end(Self.run + " --from -", "<&-")
    #expect(end == .exited(4) && errors.contains("standard input has no words"))
  }
}
