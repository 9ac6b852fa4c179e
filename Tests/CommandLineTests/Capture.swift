import CommandLineInterface
import Foundation
import Scheduling
import TaskHost
import WorkerPool

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

  static let diagnostic = DiagnosticReport(
    task: 2, severity: .failed, file: "set.mm", line: 12, column: 7, label: "id", step: 3,
    message: "stack has 2 entries",
    json: #"{ "found": ["a", 1.5e3, null], "step": 9, "\u0076": 2, "found": 0 }"#)

  static func ended(_ reason: ExitReason, signal: Int32? = nil, exitCode: Int32? = nil, tail: String = "")
    -> RunEvent
  {
    .pool(
      .worker(
        WorkerReport(
          id: 1, slot: 0, pid: 4711,
          event: .ended(
            WorkerEnd(
              exitCode: exitCode, signal: signal, dumpedCore: false, peakMemoryBytes: 12 << 20,
              cpuNanoseconds: 1_500_000_000, reason: reason, outputTail: tail)))))
  }

  static let death = WorkerEnd(
    exitCode: nil, signal: 11, dumpedCore: false, peakMemoryBytes: 12 << 20, cpuNanoseconds: 1_500_000_000,
    reason: .crashed(signal: 11), outputTail: "")

  /// More than head and tail hold.
  static var printed: TrialOutput {
    var output = TrialOutput()
    output.append(Array(repeating: UInt8(ascii: "a"), count: 2040) + Array("the head".utf8))
    output.append(Array(repeating: UInt8(ascii: "b"), count: 4000))
    return output
  }

  static func task(_ number: UInt64, _ name: String, _ event: TaskReport.Event) -> RunEvent {
    .pool(.task(TaskReport(number: number, name: name, event: event)))
  }

  static func progress(_ done: UInt64, of total: UInt64) -> RunEvent {
    .pool(.progress(ProgressReport(done: done, total: total, units: "proofs", running: 2)))
  }

  static let status = StatusReport(
    running: [
      .init(
        task: 2, name: "b", worker: 1, pid: 4711, state: .performing, elapsedNanoseconds: 1_500_000_000,
        done: 3,
        total: 10)
    ], waiting: 1, queued: 4, done: 7, starting: 2)

  static func summary(_ code: ExitCode = .failed, signal: Int32? = nil) -> RunSummary {
    RunSummary(
      outcomes: [("passed", 1), ("failed", 1), ("crashed", 1)], tasks: 3,
      cases: CaseCounts(passed: 5, pending: 1, failed: 2), elapsedNanoseconds: 2_500_000_000,
      workersStarted: 3,
      peakWorkerMemoryBytes: 12 << 20, text: "proof: 5 of 8 proofs are good", exitCode: code, signal: signal)
  }

  static let all: [RunEvent] = [
    .started(start),
    .pool(.worker(WorkerReport(id: 1, slot: 0, pid: 4711, event: .spawned))),
    .pool(.worker(WorkerReport(id: 1, slot: 0, pid: 4711, event: .fresh))),
    task(1, "a", .queued(parent: nil)),
    task(2, "b", .queued(parent: 1)),
    task(3, "c", .pinned(worker: 1, parent: 1)),
    task(3, "c", .marshalError(.toWorker, actual: 200, limit: 100, message: "too long")),
    task(3, "c", .stale),
    .pool(
      .trial(TrialReport(task: 1, worker: 1, number: 1, result: .answered, durationNanoseconds: 1_000_000))),
    .pool(
      .trial(
        TrialReport(
          task: 2, worker: 1, number: 1, result: .failed(code: -3, message: "no"), durationNanoseconds: 2))),
    .pool(
      .trial(
        TrialReport(
          task: 2, worker: 1, number: 2, result: .crashed, durationNanoseconds: 2, death: death))
    ),
    .pool(
      .trial(
        TrialReport(
          task: 2, worker: 1, number: 3, result: .exceeded("memory"), durationNanoseconds: 2, death: death,
          output: printed))),
    .pool(.trial(TrialReport(task: 2, worker: 1, number: 3, result: .timedOut, durationNanoseconds: 2))),
    .pool(.trial(TrialReport(task: 2, worker: 1, number: 4, result: .cancelled, durationNanoseconds: 2))),
    .pool(.trial(TrialReport(task: 2, worker: 2, number: 4, result: .superseded, durationNanoseconds: 2))),
    .pool(.feedback(worker: 1, bytes: Array("half".utf8))),
    .pool(.feedback(worker: 1, bytes: [0xFF, 0x00, 0x61, 0x62])),
    .pool(.diagnostic(diagnostic)),
    .pool(
      .diagnostic(
        DiagnosticReport(
          task: nil, severity: .note, file: "", line: 0, column: 0, label: "", step: 0, message: "x", json: ""
        ))),
    .pool(.output(worker: 1, stream: 1, bytes: Array("hello\nwor".utf8))),
    .pool(.output(worker: 1, stream: 2, bytes: [0xC3, 0x28])),
    .pool(.log(LogLine(level: .warn, worker: 1, message: "low"))),
    .pool(.log(LogLine(level: .info, worker: nil, message: "fine"))),
    progress(1, of: 3),
    .pool(.status(status)),
    .pool(.warning("odd")),
    task(
      1, "a",
      .finished(
        .passed, tries: 1, durationNanoseconds: 1_000_000, cases: CaseCounts(passed: 5, pending: 1),
        message: "")),
    .pool(.worker(WorkerReport(id: 1, slot: 0, pid: 4711, event: .old(jobsDone: 1, competenceBytes: 8)))),
    task(
      2, "b",
      .finished(
        .crashed, tries: 4, durationNanoseconds: 412_000_000, cases: CaseCounts(failed: 1), message: "SIGSEGV"
      )),
    ended(.crashed(signal: 11), signal: 11, tail: "oops\nhelp\n"),
    ended(.bootFailed(phase: "load", message: "no such file"), exitCode: 3),
    ended(.protocolFault("bad_frame"), signal: 9),
    ended(.limit("memory"), signal: 9),
    ended(.recycled, exitCode: 0),
    ended(.unkillable),
    .paused(running: 2),
    .resumed(pausedNanoseconds: 1_500_000_000),
    .cancelling(.timeout(nanoseconds: 2_000_000_000), running: 2),
    .cancelling(.signal(2), running: 1),
    .finished(summary()),
  ]
}

func report(_ events: [RunEvent], to reporter: any Reporter) {
  for event in events { reporter.report(event) }
}
