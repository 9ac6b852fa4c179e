import Foundation
import TestSupport
import Testing

@Suite struct ForeignCrashTests {
  private static let library = """
    kind good = fn i32 wide(i32 x)
    kind boom = fn i32 boom(i32 x)
    kind pure.boom = fn i32 boom(i32 x) pure
    kind maybe = fn i32 maybe(i32 x) pure
    kind overrun = fn void overrun(out bytes<100> buffer, size length)
    kind scribble = fn void scribble(in bytes buffer)
    kind hang = fn i32 hang(i32 x) timeout=200ms
    kind leave = fn void leave(i32 code)
    kind damage = fn void damage()
    kind lie = fn size length_lie(out bytes<8> buffer : inout size length)
    lib "libc.so.6"
    kind strlen = fn size strlen(ptr s)
    """

  private func outcomes(_ run: Taskhost.Finished) -> [String] {
    run.events.named("task.finished").sorted { ($0.number("task") ?? 0) < ($1.number("task") ?? 0) }
      .map { $0.text("outcome") ?? "" }
  }

  /// One failed task, which names signal, library and function; all others are done.
  @Test func aCrashCostsOneTaskAndIsNamed() throws {
    let foreign = try Foreign(library: Self.library)
    var calls = (0..<20).map { "{\"call\":\"good\",\"x\":\($0)}" }
    calls[7] = #"{"call":"boom","x":1}"#
    let run = try foreign.run(calls)
    #expect(run.end == .exited(107))
    #expect(run.outcomes() == ["passed": 19, "crashed": 1])
    let finding = try #require(run.findings.first { $0.text("severity") == "failed" })
    #expect(finding.number("line") == 8 && finding.text("label") == "boom")
    let message = try #require(finding.text("message"))
    #expect(
      message.firstMatch(of: /^signal 11 \(SIGSEGV\) in libforeign\.so!boom\+0x[0-9a-f]+: address 0x8$/)
        != nil,
      "\(message)")
    let crashed = run.events.named("trial.finished").filter { $0.text("result") == "crashed" }
    #expect(crashed.map { $0.number("signal") } == [11])
  }

  /// The library that was called is named where another one has crashed.
  @Test func aCrashElsewhereNamesBoth() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([#"{"call":"strlen","s":"0x10"}"#, #"{"call":"damage"}"#])
    #expect(run.outcomes() == ["crashed": 2])
    let messages = run.findings.compactMap { $0.text("message") }.sorted()
    #expect(messages.count == 2)
    #expect(messages.first?.hasPrefix("signal 11 (SIGSEGV) in libc.so.6") == true, "\(messages)")
    #expect(messages.first?.hasSuffix("during libc.so.6!strlen: address 0x10") == true, "\(messages)")
    #expect(messages.last?.hasPrefix("signal 6 (SIGABRT) in libc.so.6") == true, "\(messages)")
    #expect(messages.last?.hasSuffix("during libforeign.so!damage") == true, "\(messages)")
  }

  @Test func buffersEndAtAGuardPageAndInputsCanNotBeWritten() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([
      #"{"call":"overrun","length":99}"#, #"{"call":"overrun","length":100}"#,
      #"{"call":"scribble","buffer":"abc"}"#,
    ])
    #expect(run.outcomes() == ["passed": 1, "crashed": 2])
    let messages = run.findings.filter { $0.text("severity") == "failed" }.compactMap { $0.text("message") }
    #expect(
      messages.first?.hasSuffix("!overrun+0x0: beyond the end of 'buffer'") == true
        || messages.first?.contains(": beyond the end of 'buffer'") == true, "\(messages)")
    #expect(messages.last?.contains(": a write to the input 'buffer'") == true, "\(messages)")
  }

  /// What says that it may be called again is; what does not is called once.
  @Test func onlyPureFunctionsAreCalledAgain() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([#"{"call":"boom","x":1}"#, #"{"call":"pure.boom","x":1}"#])
    let tries = run.events.named("task.finished").sorted {
      ($0.number("task") ?? 0) < ($1.number("task") ?? 0)
    }
    .map { $0.number("tries") }
    #expect(tries == [1, 3])
    #expect(outcomes(run) == ["crashed", "crashed"])
  }

  /// Of many calls in one task, the one that crashes is found.
  @Test func theCulpritOfABatchIsFound() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run(
      (0..<32).map { "{\"call\":\"maybe\",\"x\":\($0)}" }, ["--set", "batch=32"])
    #expect(run.end == .exited(107))
    let failed = run.findings.filter { $0.text("severity") == "failed" }
    #expect(failed.map { $0.number("line") } == [14])
    #expect(failed.first?.text("message")?.hasPrefix("signal 11 (SIGSEGV) in libforeign.so!") == true)
    let results = try run.results()
    #expect(results.count == 31)
    #expect(results.allSatisfy { $0.value["ret"] as? Int == $0.key })
    #expect(run.summary?.text("summary") == "32 calls: 31 returned, 0 failed, 1 without a result")
  }

  /// Nobody has asked for batches: pure calls of a large file share tasks, each still has its own result, its own place and its own
  /// blame; those of a small one, and those with a time limit, are alone.
  @Test func pureCallsOfALargeFileShareTasks() throws {
    let foreign = try Foreign(
      library: """
        kind maybe = fn i32 maybe(i32 x) pure
        kind limited = fn i32 wide(i32 x) pure, timeout=10s
        """)
    func count(_ run: Taskhost.Finished) -> Int { run.events.named("task.finished").count }
    let many = try foreign.run((0..<2000).map { #"{"call":"maybe","x":\#($0 == 700 ? 13 : $0 + 100)}"# })
    #expect(try many.results().count == 1999 && count(many) < 200, "\(count(many))")
    #expect(try many.results().allSatisfy { $0.value["ret"] as? Int == $0.key + 100 })
    #expect(many.findings.filter { $0.text("severity") == "failed" }.map { $0.number("line") } == [701])
    let few = try foreign.run((0..<64).map { #"{"call":"maybe","x":\#($0 + 100)}"# })
    #expect(count(few) == 64)
    let limited = try foreign.run((0..<300).map { #"{"call":"limited","x":\#($0)}"# })
    #expect(try count(limited) == 300 && limited.results().count == 300)
    let single = try foreign.run(
      (0..<300).map { #"{"call":"maybe","x":\#($0 + 100)}"# }, ["--set", "batch=1"])
    #expect(count(single) == 300)
  }

  @Test func theTimeLimitOfASignatureEndsItsCall() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run(
      [#"{"call":"hang","x":1}"#, #"{"call":"good","x":1}"#], ["--grace", "100ms"])
    #expect(outcomes(run) == ["timeout", "passed"])
  }

  @Test func aProcessThatIsEndedByACallIsToldAsThat() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([#"{"call":"leave","code":3}"#])
    #expect(outcomes(run) == ["crashed"])
    #expect(
      run.findings.map { $0.text("message") } == ["the process ended during libforeign.so!leave: exit code 3"]
    )
  }

  @Test func aLengthThatCanNotBeIsNotBelieved() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([#"{"call":"lie"}"#])
    #expect(run.said == ["1:0: the function says that 'buffer' has 9 elements, there is room for 8"])
    #expect(run.end == .exited(104))
  }
}
