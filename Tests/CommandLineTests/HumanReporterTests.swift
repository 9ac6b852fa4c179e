import CommandLineInterface
import Foundation
import TaskHost
import Testing

struct HumanReporterTests {
  private func shown(
    _ events: [RunEvent], _ change: (inout HumanStyle) -> Void = { _ in }
  ) throws -> String {
    let capture = try Capture()
    var style = HumanStyle(color: false, progress: .none)
    change(&style)
    let reporter = HumanReporter(
      output: capture.output, data: capture.output, style: style, clock: HandClock().clock)
    report(events, to: reporter)
    return try capture.text()
  }

  @Test func `a run is told line by line, with its own last word`() throws {
    #expect(
      try shown(Script.all) == """
           TOO LARGE c: request of 200 bytes, limit 100: too long
        worker 1 feedback: half
        worker 1 feedback: \\xff\\x00ab
        set.mm:12:7: failed: label id step 3: stack has 2 entries
        note: x
        worker 1 stdout: hello
        worker 1: log warn: low
              Status 1 running, 5 queued, 7 done, 2 workers starting
          performing [   1.500s] b (worker 1, pid 4711) at 3 of 10
        warning: odd
               CRASH [   0.412s] b (4 tries): SIGSEGV
        worker 1 stdout: wor
        worker 1 stderr: \\xc3(
              WORKER 1 (pid 4711) crashed: SIGSEGV, peak memory 12M; said last: oops | help
              WORKER 1 (pid 4711) could not start, phase load: no such file, peak memory 12M
              WORKER 1 (pid 4711) broke the protocol: bad_frame, SIGKILL, peak memory 12M
              WORKER 1 (pid 4711) went over its limit: memory, SIGKILL, peak memory 12M
              WORKER 1 (pid 4711) is still there 5 s after SIGKILL; nothing waits for it, peak memory 12M
              Paused with 2 tasks under way
             Resumed after 00:00:01
          Cancelling as the time of the run is over: 2 tasks still running (Ctrl-C twice to kill)
          Cancelling due to SIGINT: 1 task still running (again to kill)
             Summary [   2.500s] 3 tasks: 1 passed, 1 failed, 1 crashed
               CRASH [   0.412s] b (4 tries): SIGSEGV
        proof: 5 of 8 proofs are good

        """)
  }

  @Test func `a run in which all passed is one line`() throws {
    var summary = Script.summary(.ok)
    summary.ended.outcomes = [.passed: 3]
    #expect(
      try shown([.started(Script.start), .finished(summary)]) == "proof: 5 of 8 proofs are good\n")
  }

  @Test func `why no more workers were started stands above the last line`() throws {
    var summary = Script.summary(.pluginRefused)
    summary.failure = "init failed\n"
    let lines = try shown([.finished(summary)]).split(separator: "\n")
    #expect(
      lines.suffix(2) == [
        "error: no more workers were started: init failed\\n", "proof: 5 of 8 proofs are good",
      ])
  }

  @Test func `verbose shows what is quiet else, and the last line stays the last`() throws {
    let lines = try shown(Script.all) { $0.verbose = true }.split(separator: "\n")
    #expect(lines.contains("      Worker 1 (pid 4711, slot 0) is ready"))
    #expect(lines.contains("        PASS [   0.001s] a"))
    #expect(lines.contains("log info: fine"))
    #expect(lines.contains("   Exit code 100: one or more tasks failed"))
    #expect(lines.last == "proof: 5 of 8 proofs are good")
  }

  @Test func `only progress leaves findings and the end`() throws {
    let text = try shown(Script.all) { $0.onlyProgress = true }
    for gone in ["note", "warning", "stdout", "feedback", "log warn"] { #expect(!text.contains(gone)) }
    for kept in ["set.mm:12:7: failed", "CRASH", "crashed: SIGSEGV", "5 of 8"] {
      #expect(text.contains(kept))
    }
  }

  @Test func `colours are around words and change nothing else`() throws {
    let plain = try shown(Script.all)
    let painted = try shown(Script.all) { $0.color = true }
    #expect(painted.contains("\u{1B}[1;31mfailed\u{1B}[0m: label id"))
    #expect(painted.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
  }

  @Test func `bad tasks are listed once more only if something came after them`() throws {
    let failed = Script.task(
      1, "t",
      .ended(.failed, tries: 1, duration: .zero, cases: CaseCount(failed: 1), message: "no"))
    let listed = "        FAIL [   0.000s] t: no\n"
    let once = try shown([.started(Script.start), failed, .finished(Script.summary())])
    #expect(once.components(separatedBy: listed).count - 1 == 2 - 1)
    let later: [RunEvent] = [.warning("w"), .finished(Script.summary())]
    let twice = try shown([.started(Script.start), failed] + later)
    #expect(twice.components(separatedBy: listed).count - 1 == 2)
  }

  @Test func `more bad tasks than fit are counted`() throws {
    let failures = (1...150).map { number in
      Script.task(
        number, "t\(number)",
        .ended(.error, tries: 1, duration: .zero, cases: CaseCount(failed: 1), message: ""))
    }
    let text = try shown(failures + [.warning("w"), .finished(Script.summary())])
    #expect(text.contains("... and 50 more"))
  }

  @Test(arguments: [
    (ExitReport.Reason.retired, false), (.recycled, false), (.shutdown, false), (.cancelled, false),
    (.timedOut, true), (.stopped, true), (.limit("cpu"), true),
    (.exited(code: 3), true), (.protocolFault("eof"), true),
  ])
  func `only abnormal ends of workers are told`(reason: ExitReport.Reason, told: Bool) throws {
    #expect(try shown([Script.ended(reason)]).contains("pid 4711") == told)
  }

  @Test func `what a worker printed last is shown, though its end is not`() throws {
    let printed = RunEvent.output(worker: 2, stream: 2, bytes: Array("end".utf8))
    var summary = Script.summary(.ok)
    summary.ended.outcomes = [.passed: 1]
    #expect(
      try shown([printed, .finished(summary)]) == "worker 2 stderr: end\nproof: 5 of 8 proofs are good\n")
  }

  @Test func `a long line of a plugin is broken, an unended one shown at the end of its worker`() throws {
    let text = try shown([
      .output(worker: 1, stream: 1, bytes: [UInt8](repeating: 0x61, count: 10_000)),
      Script.ended(.retired),
    ])
    #expect(text.split(separator: "\n").map(\.count) == [8192 + 17, 10_000 - 8192 + 17])
  }
}
