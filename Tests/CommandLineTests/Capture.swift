import CommandLineInterface
import Foundation
import TaskHost

/// A file without a name, and what was written to it.
final class Capture {
  let file: FileHandle
  let output: DataOutput

  init(name: String = "a test") throws {
    var template = Array((NSTemporaryDirectory() + "/capture.XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO) }
    unlink(template)
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    output = DataOutput(descriptor: descriptor, name: name)
  }

  /// All that was written so far.
  func bytes() throws -> Data {
    try output.flush()
    try file.seek(toOffset: 0)
    return try file.readToEnd() ?? Data()
  }

  func text() throws -> String { String(decoding: try bytes(), as: UTF8.self) }

  func lines() throws -> [String] { try text().split(separator: "\n").map(String.init) }
}

/// A clock that a test moves.
final class HandClock {
  var nanoseconds: UInt64 = 1_795_223_815_123_456_789

  var clock: Clock { Clock(wall: { self.nanoseconds }, monotonic: { self.nanoseconds }) }

  func advance(milliseconds: UInt64) { nanoseconds += milliseconds * 1_000_000 }
}

/// One of each event.
enum Script {
  static let runID = "7c1e0f42-0000-4000-8000-000000000001"

  static let start = RunStart(
    runID: runID, kind: "proof", kindID: "org.taskhost.proof", kindVersion: "1.0.0",
    pluginPath: "/p/libproof.so",
    abi: "1.0", workers: 2, inProcess: false, tasks: 3)

  static let finding = Finding(
    task: 2, severity: .failed, file: "set.mm", line: 12, column: 7, label: "id", step: 3,
    message: "stack has 2 entries",
    json: #"{ "found": ["a", 1.5e3, null], "step": 9, "\u0076": 2, "found": 0 }"#)

  static func exit(
    _ reason: ExitReport.Reason, signal: Int32? = nil, exitCode: Int32? = nil, tail: String = ""
  ) -> ExitReport {
    ExitReport(
      worker: 1, pid: 4711, reason: reason, exitCode: exitCode, signal: signal, peakMemoryBytes: 12 << 20,
      processorTime: .milliseconds(1500), errorTail: tail)
  }

  static func worker(_ change: RunEvent.Worker.Change) -> RunEvent {
    .worker(RunEvent.Worker(number: 1, slot: 0, pid: 4711, change: change))
  }

  static func ended(
    _ reason: ExitReport.Reason, signal: Int32? = nil, exitCode: Int32? = nil, tail: String = ""
  ) -> RunEvent {
    worker(.ended(exit(reason, signal: signal, exitCode: exitCode, tail: tail)))
  }

  static func task(_ number: UInt64, _ name: String, _ change: RunEvent.Task.Change) -> RunEvent {
    .task(RunEvent.Task(number: number, name: name, change: change))
  }

  static func trial(
    _ task: UInt64, worker: UInt64 = 1, number: Int = 1, _ result: RunEvent.Trial.Result,
    duration: Duration = .nanoseconds(2), exit: ExitReport? = nil, output: RunEvent.Trial.Output? = nil
  ) -> RunEvent {
    .trial(
      RunEvent.Trial(
        task: task, worker: worker, number: number, result: result, duration: duration, exit: exit,
        output: output))
  }

  /// More than head and tail hold.
  static let printed = RunEvent.Trial.Output(
    head: Array(repeating: UInt8(ascii: "a"), count: 2040) + Array("the head".utf8),
    tail: Array(repeating: UInt8(ascii: "b"), count: 2048), omitted: 1952)

  static func progress(_ done: UInt64, of total: UInt64) -> RunEvent {
    .progress(RunEvent.Progress(done: done, total: total, units: "proofs", running: 2))
  }

  static let status = RunEvent.Status(
    running: [
      .init(
        task: 2, name: "b", worker: 1, pid: 4711, state: .performing, elapsed: .milliseconds(1500), done: 3,
        total: 10)
    ], waiting: 1, queued: 4, done: 7, starting: 2)

  static func summary(_ code: ExitCode = .failed, signal: Int32? = nil) -> RunSummary {
    RunSummary(
      ended: TaskSetResult(
        outcomes: [.passed: 1, .failed: 1, .crashed: 1], cases: CaseCount(passed: 5, pending: 1, failed: 2)),
      elapsed: .milliseconds(2500), workersStarted: 3, peakWorkerMemoryBytes: 12 << 20,
      text: "proof: 5 of 8 proofs are good", exitCode: code, signal: signal)
  }

  static let all: [RunEvent] = [
    .started(start),
    worker(.spawned),
    worker(.ready),
    task(1, "a", .queued(parent: nil)),
    task(2, "b", .queued(parent: 1)),
    task(3, "c", .pinned(worker: 1, parent: 1)),
    task(3, "c", .tooLarge(.toWorker, bytes: 200, limit: 100, message: "too long")),
    task(3, "c", .stale),
    trial(1, .answered, duration: .milliseconds(1)),
    trial(2, .failed(code: -3, message: "no")),
    trial(2, number: 2, .crashed, exit: exit(.crashed(signal: 11), signal: 11)),
    trial(2, number: 3, .limit("memory"), exit: exit(.crashed(signal: 11), signal: 11), output: printed),
    trial(2, number: 3, .timedOut),
    trial(2, number: 4, .cancelled),
    trial(2, worker: 2, number: 4, .superseded),
    .feedback(worker: 1, bytes: Array("half".utf8)),
    .feedback(worker: 1, bytes: [0xFF, 0x00, 0x61, 0x62]),
    .finding(finding),
    .finding(
      Finding(
        task: nil, severity: .note, file: "", line: 0, column: 0, label: "", step: 0, message: "x", json: "")),
    .output(worker: 1, stream: 1, bytes: Array("hello\nwor".utf8)),
    .output(worker: 1, stream: 2, bytes: [0xC3, 0x28]),
    .log(worker: 1, KindLogLine(level: .warn, message: "low")),
    .log(worker: nil, KindLogLine(level: .info, message: "fine")),
    progress(1, of: 3),
    .status(status),
    .warning("odd"),
    task(
      1, "a",
      .ended(
        .passed, tries: 1, duration: .milliseconds(1), cases: CaseCount(passed: 5, pending: 1), message: "")),
    worker(.stayed(jobsDone: 1, competenceBytes: 8)),
    worker(.dying),
    task(
      2, "b",
      .ended(
        .crashed, tries: 4, duration: .milliseconds(412), cases: CaseCount(failed: 1), message: "SIGSEGV")),
    ended(.crashed(signal: 11), signal: 11, tail: "oops\nhelp\n"),
    ended(.startFailed(phase: "load", message: "no such file"), exitCode: 3),
    ended(.protocolFault("bad_frame"), signal: 9),
    ended(.limit("memory"), signal: 9),
    ended(.recycled, exitCode: 0),
    ended(.unkillable),
    .paused(running: 2),
    .resumed(after: .milliseconds(1500)),
    .cancelling(.timeout(.seconds(2)), running: 2),
    .cancelling(.signal(2), running: 1),
    .finished(summary()),
  ]
}

func report(_ events: [RunEvent], to reporter: any RunReporter) {
  for event in events { reporter.report(event) }
}
