import Foundation
import TestSupport
import Testing

/// `taskhost plugin call`, as somebody uses it who looks at a plugin.
@Suite struct PluginCallTests {
  private static func call(_ words: [String], kind: String? = nil) throws -> Called {
    let plugin = try kind ?? TestKind.path("callee.c")
    return try Called(["plugin", "call", plugin] + words)
  }

  private static func object(_ words: [String]) throws -> [String: Any] {
    let called = try call(["--json"] + words)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(called.output.utf8)) as? [String: Any], "\(called.text)")
  }

  @Test func theOutputOfPerformIsShownAsTextOrDigits() throws {
    let text = try Self.call(["perform", "echo a\nb"])
    #expect(text.end == .exited(0) && text.first.hasPrefix("perform: TH_OK, "), "\(text.text)")
    #expect(text.output.contains("  response (8 bytes): echo a\\nb\n"))
    let binary = try Self.call(["perform", "binary"])
    #expect(binary.output.contains("  response (4 bytes): hex:000102ff\n"), "\(binary.text)")
    let raw = try Self.call(["perform", "echo a\nb", "--raw"])
    #expect(raw.output == "echo a\nb" && raw.errors.contains("perform: TH_OK"), "\(raw.text)")
    let object = try Self.object(["perform", "binary"])
    #expect(object["status"] as? String == "TH_OK" && object["value"] as? Int == 0)
    let output = try #require((object["outputs"] as? [[String: Any]])?.first)
    #expect(output["name"] as? String == "response" && output["data_base64"] as? String == "AAEC/w==")
  }

  @Test func bytesComeAsTextDigitsFilesAndStandardInput() throws {
    let shop = try Workshop()
    let file = try shop.write([0x65, 0x63, 0x68, 0x6F, 0, 1], as: "request.bin")
    #expect(try Self.call(["perform", "@\(file)", "--raw"]).output == "echo\0\u{1}")
    #expect(try Self.call(["perform", "hex:6563686F", "--raw"]).output == "echo")
    #expect(try Self.call(["perform", "text:hex:zz", "--raw"]).output == "hex:zz")
    let child = try Taskhost.start(
      ["plugin", "call", try TestKind.path("callee.c"), "perform", "-", "--raw"], input: true)
    try child.write("echo from a pipe")
    child.closeInput()
    #expect(try child.finish() == .exited(0) && child.outputText == "echo from a pipe")
    let missing = try Self.call(["perform", "@\(file).none"])
    #expect(missing.end == .exited(104) && missing.errors.contains("No such file"), "\(missing.text)")
    let folder = try Self.call(["perform", "@\(shop.directory)"])
    #expect(folder.end == .exited(104) && folder.errors.contains("Is a directory"))
  }

  @Test func statesAreMadeAndFreed() throws {
    let plain = try Self.call(["perform", "shared", "--shared", "twelve bytes", "--calls"])
    #expect(plain.output.contains("  response (2 bytes): 12\n"), "\(plain.text)")
    #expect(
      plain.calls.map(\.name).filter { $0 != "extension" } == [
        "taskhost_plugin_v1", "queue_new", "worker_new", "perform", "worker_free", "queue_free",
      ], "\(plain.text)")
    let session = try Self.call(
      ["taskhost.session/1:session_perform", "four", "--open", "three", "--raw", "--calls"])
    #expect(session.output == "9", "\(session.text)")
    #expect(session.errors.contains("session_close() = TH_OK, last \"closed\""), "\(session.text)")
    // A hook that makes a state, and one that ends it.
    let made = try Self.call(["worker_new", "abc", "--calls"])
    #expect(made.calls.map(\.name).suffix(2) == ["worker_new", "worker_free"], "\(made.text)")
    let ended = try Self.call(["worker_free", "--calls", "--repeat", "3"])
    #expect(ended.end == .exited(0) && ended.calls.filter { $0.name == "worker_free" }.count == 3)
    #expect(ended.calls.filter { $0.name == "worker_new" }.count == 3, "\(ended.text)")
  }

  @Test func aStateThatCanNotBeMadeIsTold() throws {
    let worker = try Self.call(["perform", "x", "--shared", "no"])
    #expect(worker.end == .exited(101), "\(worker.text)")
    #expect(worker.errors.contains("worker_new refuses: TH_E_BAD_INPUT: shared is no"))
    let queue = try Self.call(["task_match", "x", "--set", "refuse=queue"])
    #expect(queue.errors.contains("queue_new refuses: TH_E_BAD_INPUT: refused by an option"))
    let session = try Self.call(["session_perform", "x", "--open", "no"])
    #expect(session.errors.contains("session_open refuses: TH_E_BAD_INPUT: no session"))
  }

  @Test func hooksOfTheHostAreToldOfWorkersAndEnds() throws {
    #expect(try Self.object(["task_match", "seven"])["value"] as? Int == 5)
    #expect(try Self.object(["task_match", "seven", "--competence", "abc"])["value"] as? Int == -3)
    let gone = try Self.call(["on_task_gone", "task", "--cause", "timeout"])
    #expect(
      gone.output.contains("  warning: f.x:3:4: gone: cause 5 of a task of 4 bytes\n"), "\(gone.text)")
    #expect(gone.output.contains("  count: 1 passed, 2 pending, 3 failed\n"))
    #expect(try Self.call(["on_task_gone"]).output.contains("cause 3 of nothing of 0 bytes"))
    let feedback = try Self.call(["forward_feedback", "9", "abc"])
    #expect(
      feedback.first.hasPrefix("forward_feedback: returned, ")
        && feedback.output.contains("  progress: 9 of 3\n"), "\(feedback.text)")
    let plan = try Self.call(["plan", "a", "hex:00", ""])
    #expect(plan.output.contains("  shared (7 bytes): for all\n  tasks (3 items)\n    1 (1 byte): a\n"))
    #expect(plan.output.contains("    2 (1 byte): hex:00\n    3 (0 bytes): \n"), "\(plan.text)")
    #expect(try Self.call(["plan", "a", "b", "--raw", "--output", "tasks"]).output == "a\nb\n")
    #expect(try Self.object(["extension", "org.example.batch/1"])["value"] as? Int == 1)
    #expect(try Self.object(["extension", "x/1"])["value"] as? Int == 0)
  }

  @Test func whatTheHookReportsIsShown() throws {
    let said = try Self.call(["perform", "say"])
    #expect(said.output.contains("  feedback (11 bytes): to the host\n"), "\(said.text)")
    #expect(said.output.contains("  print to 1 (12 bytes): for the user\n"))
    #expect(said.output.contains("  output: printed by accident\n"))
    #expect(try Self.call(["perform", "ask", "--raw"]).output == "answer 1 to 1")
    let failed = try Self.call(["perform", "fail"])
    #expect(failed.end == .exited(100) && failed.output.contains("  message: not today\n"), "\(failed.text)")
    #expect(failed.first.hasPrefix("perform: TH_E_RETRY, "))
    let broken = try Self.call(["perform", "overrun"])
    #expect(broken.end == .exited(100) && broken.output.contains("broken rule: perform set len to "))
  }

  @Test func hooksThatAreNewerThanThisHostAreCalled() throws {
    let many = try Self.call(["perform_many", "echo", "--raw"])
    #expect(many.end == .exited(0) && many.output == "many: echo", "\(many.text)")
    let object = try Self.object(["org.example.batch/1:price", "--", "abc", "-7", "40"])
    #expect(object["value"] as? Int == 19)
    let beyond = try Self.call(["org.example.batch/1:later"])
    #expect(
      beyond.end == .exited(101) && beyond.errors.contains("beyond the kind's table, which has 16 bytes"))
    #expect(try Self.call(["nothing"]).errors.contains("the kind does not offer org.example.none/1"))
    #expect(try Self.call(["unset"]).errors.contains("unset is not set"))
  }

  @Test(arguments: [
    ([#"[{\"name\":\"a\",\"offset\":200,\"signature\":\"status(worker, byte)\"}]"#], "'byte' in column 16"),
    ([#"[{\"name\":\"a\",\"offset\":216,\"signature\":\"void()\"}]"#], "a table of 216 bytes"),
  ])
  func aWrongDeclarationIsRefused(hooks: [String], found: String) throws {
    let kind = try TestKind.path("callee.c", ["HOOKS=\"\(hooks[0])\""])
    let called = try Self.call(["perform", "echo"], kind: kind)
    #expect(called.end == .exited(101) && called.errors.contains(found), "\(called.text)")
  }

  @Test func hooksAreListedWithWhatTheyTake() throws {
    let listed = try Self.call([])
    #expect(listed.end == .exited(0))
    let lines = listed.output.split(separator: "\n").map { $0.replacing(#/ +/#, with: " ") }
    #expect(lines.contains("perform set status(worker, call, bytes request, out response)"), "\(listed.text)")
    #expect(lines.contains("summary not set status(queue, call, totals, out text)"))
    #expect(
      lines.contains("taskhost.session/1:session_open set status(worker, call, bytes request, new session)"))
    #expect(
      lines.contains(
        "perform_many set status(worker, call, bytes requests, out), at offset 200 by the manifest"))
    #expect(lines.contains("unset not set status(worker, call), at offset 208 by the manifest"))
    let objects = try Self.call(["--json"]).output.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    #expect(objects.count == lines.count && objects.allSatisfy { $0?["event"] as? String == "hook" })
  }

  @Test(arguments: [
    (["performm", "x"], "did you mean 'perform'"),
    (["session_preform", "x"], "did you mean 'session_perform'"),
    (["perform"], "perform is given 0 arguments; expected request"),
    (["perform", "a", "b"], "perform is given 2 arguments; expected request"),
    (["queue_free", "a"], "given 1 argument; expected none"),
    (["on_task_gone", "a", "b"], "expected [task]"), (["forward_feedback", "x", "y"], "worker_id is 'x'"),
    (["forward_feedback", "18446744073709551616", "y"], "an integer from 0 to 18446744073709551615"),
    (["price", "a", "2147483648", "1"], "from -2147483648 to 2147483647"),
    (["perform", "hex:0"], "two hexadecimal digits"), (["perform", "hex:0g"], "'g' is no hexadecimal digit"),
    (["extension", "hex:4100"], "text without NUL"),
    (["perform", "x", "--timeout", "5"], "--timeout is '5'"),
    (["perform", "x", "--repeat", "0"], "--repeat is '0'"),
    (["on_task_gone", "--cause", "boredom"], "--cause is 'boredom'; expected cancelled, expired"),
    (["queue_free", "--raw"], "queue_free has no output"),
    (["plan", "--raw", "--output", "x"], "--output is 'x'; expected shared or tasks"),
    (["perform", "x", "--output", "response"], "--output is for --raw"),
    (["perform", "x", "--set", "novalue"], "--set is 'novalue'"),
    (["perform", "x", "--raw", "--json"], "can not be given together"),
  ])
  func wrongWordsAreRefusedBeforeAnythingRuns(words: [String], message: String) throws {
    let called = try Self.call(words)
    #expect(called.end == .exited(2) && called.errors.contains(message), "\(called.text)")
    #expect(called.output.isEmpty)
  }

  @Test func whatIsNoPluginIsRefused() throws {
    let shop = try Workshop()
    let text = try Self.call(["perform", "x"], kind: try shop.write("no plugin", as: "text.so"))
    #expect(text.end == .exited(101) && text.errors.contains("L05"), "\(text.text)")
    let missing = try Self.call(["perform", "x"], kind: shop.path("missing.so"))
    #expect(missing.end == .exited(104), "\(missing.text)")
  }

  @Test func aHookThatKillsItsProcessIsNamed() throws {
    let crashed = try Self.call(["perform", "crash", "--calls"])
    #expect(crashed.end == .exited(107), "\(crashed.text)")
    #expect(crashed.errors.contains("the process died by SIGSEGV in perform: it followed a NULL pointer"))
    #expect(crashed.calls.last?.line.hasSuffix("perform(request \"crash\") has not returned") == true)
    let aborted = try Self.call(["perform", "abort"])
    #expect(aborted.errors.contains("the process died by SIGABRT in perform"), "\(aborted.text)")
    let left = try Self.call(["perform", "exit"])
    #expect(left.end == .exited(107) && left.errors.contains("the process exited with 7 in perform"))
    let hung = try Self.call(["perform", "hang", "--timeout", "300ms"])
    #expect(hung.end == .exited(107) && hung.errors.contains("perform did not return within 0.3 s"))
    let newer = try Self.call(["perform_many", "crash"])
    #expect(newer.errors.contains("died by SIGSEGV in perform_many"), "\(newer.text)")
    let object = try Self.object(["perform", "crash"])
    #expect((object["died"] as? String)?.contains("SIGSEGV") == true)
  }

  /// Processes that leave their group and session are found and ended, and so is all else when somebody ends the command.
  @Test(arguments: ["daemon", "daemons", "setsid"])
  func whatAHookHasStartedIsEnded(deed: String) throws {
    let scene = try Aftermath.Scene()
    let intruder = try TestKind.path("intruder.c")
    let child = try Taskhost.start(
      ["plugin", "call", intruder, "perform", deed, "--timeout", "2s"], environment: scene.environment)
    let end = try child.finish()
    #expect(end == .exited(0) || end == .exited(107), "\(child.errorText)")
    if deed != "setsid" { #expect(child.outputText.contains("feedback"), "\(child.outputText)") }
    #expect(scene.processes().isEmpty)
  }

  /// Children that this process had before it became the command are not its own.
  @Test func processesOfOthersAreLeftAlone() throws {
    let scene = try Aftermath.Scene()
    let child = try Child(
      "/bin/sh",
      [
        "-c", #"sleep 1000 > /dev/null 2>&1 & echo $!; exec "$0" plugin call "$1" perform daemon"#,
        Taskhost.executable, try TestKind.path("intruder.c"),
      ], environment: Taskhost.environment.merging(scene.environment) { $1 })
    #expect(try child.finish() == .exited(0), "\(child.errorText)")
    let other = try #require(child.outputText.split(separator: "\n").first.flatMap { Int($0) })
    #expect(scene.processes() == [other])
    kill(pid_t(other), SIGKILL)
  }

  @Test(arguments: [["call", "perform", "hang"], ["check", "--only", "perform-examples", "--", "hang"]])
  func aSignalEndsAllOfIt(words: [String]) throws {
    let scene = try Aftermath.Scene()
    let plugin = try TestKind.path("callee.c")
    for signal in [SIGTERM, SIGHUP, SIGINT] {
      let child = try Taskhost.start(
        ["plugin", words[0], plugin] + words.dropFirst(), environment: scene.environment)
      try child.wait(for: "a process of the plugin") { _ in scene.processes().count > 1 }
      child.send(signal)
      #expect(try child.finish() == .signaled(signal), "\(child.errorText)")
      #expect(scene.processes().isEmpty)
    }
  }

  /// The time counts from the start: also while nobody writes what is to be read.
  @Test func anInputThatDoesNotEndIsGivenUp() throws {
    let shop = try Workshop()
    let fifo = shop.path("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    let plugin = try TestKind.path("callee.c")
    let waiting = try Self.call(["perform", "@\(fifo)", "--timeout", "300ms"])
    #expect(waiting.end == .exited(104), "\(waiting.text)")
    #expect(
      waiting.errors.contains(
        "\(fifo) can not be read: it has not come to its end within --timeout 300ms"), "\(waiting.text)")
    let open = try Taskhost.start(
      ["plugin", "call", plugin, "perform", "-", "--timeout", "300ms"], input: true)
    try open.write("not all of it")
    #expect(try open.finish() == .exited(104))
    #expect(open.errorText.contains("standard input can not be read: it has not come"), "\(open.errorText)")
    // What is written in time is read to its end.
    let writer = try Child(
      "/bin/sh", ["-c", #"printf 'echo later' > "$0""#, fifo], environment: Taskhost.environment)
    let read = try Self.call(["perform", "@\(fifo)", "--raw", "--timeout", "60s"])
    #expect(read.output == "echo later", "\(read.text)")
    #expect(try writer.finish() == .exited(0))
    // A signal ends the waiting.
    let signaled = try Taskhost.start(["plugin", "call", plugin, "perform", "@\(fifo)", "--timeout", "1h"])
    try signaled.wait(for: "it to wait") {
      try String(contentsOfFile: "/proc/\($0.pid)/wchan", encoding: .utf8).contains("poll")
        || String(contentsOfFile: "/proc/\($0.pid)/stat", encoding: .utf8).contains(") S ")
    }
    signaled.send(SIGTERM)
    #expect(try signaled.finish() == .signaled(SIGTERM))
  }

  @Test func argumentsThatAreNotTextAreBytes() throws {
    let shop = try Workshop()
    func call(_ script: String) throws -> Child {
      let child = try Child(
        "/bin/sh",
        ["-c", "cd \"$2\" && \(script)", Taskhost.executable, try TestKind.path("callee.c"), shop.directory],
        environment: Taskhost.environment)
      try child.finish()
      return child
    }
    let raw = try call(#"exec "$0" plugin call "$1" perform "$(printf 'echo \377\303\244')" --raw"#)
    #expect(
      raw.end == .exited(0) && raw.output == Array("echo ".utf8) + [0xFF, 0xC3, 0xA4], "\(raw.errorText)")
    let file = try call(
      #"name=$(printf 'n\376'); printf echo > "$name"; exec "$0" plugin call "$1" perform "@$name" --raw"#)
    #expect(file.outputText == "echo", "\(file.errorText)")
    let shared = try call(#"exec "$0" plugin call "$1" perform shared --shared="$(printf '\377')" --raw"#)
    #expect(shared.outputText == "1", "\(shared.errorText)")
    let twins = try call(
      #"exec "$0" plugin call "$1" perform "$(printf 'a\377')" --shared "$(printf 'a\376')""#)
    #expect(twins.end == .exited(2) && twins.errorText.contains("look alike"), "\(twins.errorText)")
    let setting = try call(#"exec "$0" plugin call "$1" perform a --set "refuse=$(printf '\376')""#)
    #expect(setting.end == .exited(2) && setting.errorText.contains("is not UTF-8"), "\(setting.errorText)")
  }

  /// More than the parser gets, and more than fits into one argument of a process.
  @Test func manyWordsComeInOrder() throws {
    let words = (0..<12_000).map { "a word of some length, which is number \($0)" }
    let text = words.map { $0 + "\n" }.joined()
    let plan = ["plan", "--output", "tasks", "--raw"]
    #expect(try Self.call(plan + words).output == text)
    #expect(try Self.call(["plan"] + words + ["--output", "tasks", "--raw"]).output == text)
    let check = try Taskhost.plain(
      ["plugin", "check", try TestKind.path("callee.c"), "--only", "loads", "--"] + words)
    #expect(check.end == .exited(0) && check.output.contains("1 check: 1 passed"), "\(check)")
    let without = try Called(["plugin", "check", try TestKind.path("callee.c")] + words)
    #expect(without.end == .exited(2), "\(without.text)")
  }

  /// Nothing that a plugin says reaches a terminal as it is.
  @Test(arguments: [
    "perform x", "perform fail", "queue_new", "summary", "plan x", "perform x --calls", "perform x --json",
    "queue_new --set refuse=1",
  ])
  func whatAPluginSaysIsNoCommandOfTheTerminal(words: String) throws {
    let plugin = try TestKind.path("painter.c")
    let called = try Called(["plugin", "call", plugin] + words.split(separator: " ").map(String.init))
    // Objects are for programs, which JSON asks to escape less for.
    let plain: Set<Unicode.Scalar> = words.contains("--json") ? ["\n", "\u{9b}"] : ["\n"]
    #expect(called.text.contains("red"), "\(called.text)")
    #expect(
      !called.text.unicodeScalars.contains {
        $0.properties.generalCategory == .control && !plain.contains($0)
      },
      "\(called.text)")
  }

  @Test(arguments: [["--calls"], ["--json"], ["--set", "refuse=1"]])
  func norWhatItSaysToChecks(words: [String]) throws {
    let called = try Called(["plugin", "check"] + words + [try TestKind.path("painter.c")])
    let plain: Set<Unicode.Scalar> = words.contains("--json") ? ["\n", "\u{9b}"] : ["\n"]
    #expect(called.text.contains("Summary") || called.text.contains("summary"), "\(called.text)")
    #expect(
      !called.text.unicodeScalars.contains {
        $0.properties.generalCategory == .control && !plain.contains($0)
      },
      "\(called.text)")
  }

  @Test func aHookIsCalledSeveralTimes() throws {
    let object = try Self.object(["perform", "echo", "--repeat", "500"])
    #expect(object["times"] as? Int == 500)
    let least = try #require(object["min_ns"] as? Int)
    let median = try #require(object["median_ns"] as? Int)
    #expect(least > 0 && least <= median)
    let text = try Self.call(["perform", "echo", "--repeat", "5"])
    #expect(text.first.contains("perform: TH_OK, 5 times, min "), "\(text.text)")
  }
}

/// What `taskhost plugin call` has said.
struct Called {
  var end: Child.End
  var output: String
  var errors: String

  init(_ arguments: [String]) throws {
    let run = try Taskhost.plain(arguments)
    (end, output, errors) = (run.end, run.output, run.errors)
  }

  var text: String { "\(end)\n\(output)\(errors)" }
  var first: String { output.split(separator: "\n").first.map(String.init) ?? "" }

  /// The lines of --calls.
  var calls: [(name: String, line: String)] {
    (output + errors).split(separator: "\n").compactMap { line in
      guard let match = line.firstMatch(of: /^ +call: (?:[^:( ]+:)?([a-z_0-9]+)\(/) else { return nil }
      return (String(match.1), String(line))
    }
  }
}
