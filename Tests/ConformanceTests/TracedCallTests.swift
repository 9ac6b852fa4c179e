import Foundation
import TestSupport
import Testing

/// Calls of hooks, noted by thunks in their place.
@Suite struct TracedCallTests {
  private static func check(_ words: [String]) throws -> Called {
    try Called(["plugin", "check", try TestKind.path("callee.c"), "--only", "perform-output-bounds"] + words)
  }

  @Test func aCheckShowsItsCallsInOrder() throws {
    let checked = try Self.check(["--calls"])
    #expect(checked.end == .exited(0), "\(checked.text)")
    #expect(
      checked.output.contains("PASS ") && checked.output.contains("perform-output-bounds: perform writes"))
    let names = checked.calls.map(\.name).filter { $0 != "extension" }
    #expect(names.prefix(4) == ["taskhost_plugin_v1", "queue_new", "plan", "worker_new"], "\(checked.text)")
    #expect(names.filter { $0 == "perform" }.count > 1)
    let performed = try #require(checked.calls.first { $0.name == "perform" })
    #expect(
      performed.line.contains("perform(request \"echo a\") = TH_OK, response \"echo a\", "),
      "\(performed.line)")
    #expect(checked.output.contains("plan(words 1) = TH_OK, shared \"for all\", "))
  }

  @Test func theyAreInTheObjectsToo() throws {
    let checked = try Self.check(["--calls", "--json"])
    let line = try #require(checked.output.split(separator: "\n").first)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let calls = try #require(object["calls"] as? [[String: Any]])
    let performed = calls.filter { $0["hook"] as? String == "perform" }
    #expect(performed.count > 1)
    for call in performed {
      #expect(call["arguments"] as? String == "request \"echo a\"" && call["result"] as? String == "TH_OK")
      #expect(call["outputs"] as? String == "response \"echo a\"" && (call["elapsed_ns"] as? Int ?? 0) > 0)
    }
  }

  /// Nothing is made at run time that nobody has asked for.
  @Test func withoutTheOptionThereAreNoneAndNoCodeIsMade() throws {
    let checked = try Self.check([])
    #expect(checked.calls.isEmpty && !checked.output.contains("PASS"), "\(checked.text)")
    let kind = try TestKind.path("callee.c")
    #expect(try Called(["plugin", "call", kind, "perform", "rwx", "--raw"]).output == "0")
    let traced = try Called(["plugin", "call", kind, "perform", "rwx", "--raw", "--calls"]).output
    #expect(Int(traced) ?? 0 > 0)
  }

  @Test func newerHooksAndTablesAreTracedToo() throws {
    let kind = try TestKind.path("callee.c")
    let many = try Called(["plugin", "call", kind, "perform_many", "echo", "--calls"])
    let line = try #require(many.calls.first { $0.name == "perform_many" }?.line, "\(many.text)")
    #expect(line.contains("call: perform_many(requests \"echo\") = TH_OK, out \"many: echo\", "), "\(line)")
    let price = try Called(["plugin", "call", kind, "price", "ab", "21", "0", "--calls"])
    #expect(
      price.output.contains("call: org.example.batch/1:price(what \"ab\", factor 21, count 0) = 42, "),
      "\(price.text)")
    let asked = try Called(["plugin", "call", kind, "perform", "ask", "--calls"])
    #expect(
      asked.output.contains("call: taskhost.host_service/1:on_call(worker_status Fresh, request \"ask\")"))
  }

  @Test func argumentsAreShownInShort() throws {
    let kind = try TestKind.path("callee.c")
    func line(_ words: [String]) throws -> String {
      try Called(["plugin", "call", kind] + words + ["--calls"]).output
    }
    #expect(
      try line(["perform", "binary"]).contains("perform(request \"binary\") = TH_OK, response 0x000102ff, "))
    let long = String(repeating: "x", count: 300)
    let shown = String(repeating: "x", count: 32)
    #expect(try line(["perform", long]).contains("perform(request \"\(shown)\"... (300 bytes)) = TH_OK"))
    #expect(try line(["on_task_gone"]).contains("on_task_gone(gone cause 3, task NULL) = TH_OK, "))
    #expect(
      try line(["task_match", "t", "--competence", "able"]).contains(
        "task_match(worker_status Old \"able\", task \"t\") = -4, "))
    #expect(
      try line(["forward_feedback", "7", ""]).contains("forward_feedback(worker_id 7, feedback \"\"), "))
  }

  /// The first and the last are kept; a log without end would be memory without end.
  @Test func ofManyCallsTheFirstAndTheLastAreKept() throws {
    let kind = try TestKind.path("callee.c")
    let called = try Called([
      "plugin", "call", kind, "perform", "echo", "--calls", "--repeat", "5000", "--timeout", "60s",
    ])
    #expect(called.end == .exited(0))
    #expect(called.calls.count == 2048 && called.calls.last?.name == "queue_free", "\(called.calls.count)")
    #expect(called.output.contains("  call: ... "))
  }

  /// What a policy of the system forbids ends in words.
  @Test func whereNoCodeCanBeMadeThatIsTold() throws {
    let kind = try TestKind.path("callee.c")
    let guardian = try TestKind.program("nocode.c")
    for words in [
      ["plugin", "call", kind, "perform", "echo"], ["plugin", "check", kind, "--only", "loads"],
    ] {
      let plain = try Child(guardian, [Taskhost.executable] + words, environment: Taskhost.environment)
      #expect(try plain.finish(seconds: 120) == .exited(0), "\(plain.outputText)\(plain.errorText)")
      let traced = try Child(
        guardian, [Taskhost.executable] + words + ["--calls"], environment: Taskhost.environment)
      #expect(try traced.finish(seconds: 120) == .exited(107), "\(traced.outputText)\(traced.errorText)")
      #expect(
        traced.errorText.contains(
          "calls can not be traced: the system allows no code that is made at run time"),
        "\(traced.errorText)")
    }
  }

  @Test func theHostLoadsNoLibraryForIt() throws {
    let child = try Child("/usr/bin/env", ["ldd", Taskhost.executable], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(0))
    #expect(!child.outputText.contains("libffi"), "\(child.outputText)")
    #expect(child.outputText.contains("libc.so"))
  }
}
