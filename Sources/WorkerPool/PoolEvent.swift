package import Scheduling

/// What the pool tells whoever runs it, in the order in which it happened, on the reactor's thread.
package enum PoolEvent {
  case worker(WorkerReport)
  case task(TaskReport)
  case trial(TrialReport)
  case feedback(worker: UInt64, bytes: [UInt8])
  case diagnostic(DiagnosticReport)
  /// Bytes that plugin code printed; `stream` is 1 or 2.
  case output(worker: UInt64, stream: Int32, bytes: [UInt8])
  case log(LogLine)
  case printed(PrintReport)
  case progress(ProgressReport)
  /// Somebody has asked what the run is at.
  case status(StatusReport)
  /// Something the user should know and that no task is to blame for.
  case warning(String)
}

/// A worker process: `id` counts the workers of the run from 1, `slot` its place from 0.
package struct WorkerReport {
  package enum Event {
    /// The process exists; whether it can work is not known yet.
    case spawned
    case fresh
    case old(jobsDone: UInt64, competenceBytes: Int)
    /// Its process has begun to end by itself. `ended` says how.
    case dying
    case ended(WorkerEnd)
  }
  package var id: UInt64
  package var slot: Int
  package var pid: Int32
  package var event: Event

  package init(
    id: UInt64, slot: Int, pid: Int32, event: Event
  ) {
    self.id = id
    self.slot = slot
    self.pid = pid
    self.event = event
  }
}

/// The exact end of one worker process.
package struct WorkerEnd: Sendable {
  /// Nil for a signal.
  package var exitCode: Int32?
  package var signal: Int32?
  package var dumpedCore: Bool
  package var peakMemoryBytes: UInt64
  package var cpuNanoseconds: UInt64
  package var reason: ExitReason
  /// What the plugin or our worker said last, for an abnormal end: lines of its stderr.
  package var outputTail: String

  package init(
    exitCode: Int32?, signal: Int32?, dumpedCore: Bool, peakMemoryBytes: UInt64, cpuNanoseconds: UInt64,
    reason: ExitReason, outputTail: String
  ) {
    self.exitCode = exitCode
    self.signal = signal
    self.dumpedCore = dumpedCore
    self.peakMemoryBytes = peakMemoryBytes
    self.cpuNanoseconds = cpuNanoseconds
    self.reason = reason
    self.outputTail = outputTail
  }

  /// Where there is no process whose end could be looked at.
  static func unknown(_ reason: ExitReason, outputTail: String = "") -> WorkerEnd {
    WorkerEnd(
      exitCode: nil, signal: nil, dumpedCore: false, peakMemoryBytes: 0, cpuNanoseconds: 0, reason: reason,
      outputTail: outputTail)
  }
}

/// A piece of what a task has printed. All pieces of a task follow each other.
package struct PrintReport: Sendable {
  package var task: UInt64
  /// Empty unless the pool is to say it.
  package var name = ""
  /// 1 or 2.
  package var stream: Int32
  package var bytes: [UInt8]

  package init(task: UInt64, name: String = "", stream: Int32, bytes: [UInt8]) {
    self.task = task
    self.name = name
    self.stream = stream
    self.bytes = bytes
  }
}

/// Why a worker ended. One closed list for events, messages and tests.
package enum ExitReason: Equatable, Sendable {
  /// In order: told to, between requests.
  case retired
  /// The same, as it had done enough, was old enough or large enough to give way to a fresh one.
  case recycled
  /// It could not start; the phase is "handshake", "load" or "init".
  case bootFailed(phase: String, message: String)
  case crashed(signal: Int32)
  case exited(code: Int32)
  /// What it wrote is not our protocol: `bad_frame`, `truncated`, `too_large`, `eof`, `backlog`.
  case protocolFault(String)
  case timedOut
  /// It was killed, or has died, for a limit: `memory`, `cpu`, `file_size` or `output`.
  case limit(String)
  case cancelled
  /// SIGSTOP and the like: it was killed.
  case stopped
  /// SIGKILL did not end it: it hangs in the kernel. How it ends, if ever, is not waited for.
  case unkillable
  /// The run was over or interrupted.
  case shutdown

  package var word: String {
    switch self {
    case .retired: "retired"
    case .recycled: "recycled"
    case .bootFailed: "boot_failed"
    case .crashed: "crashed"
    case .exited: "exited"
    case .protocolFault: "protocol"
    case .timedOut: "timeout"
    case .limit: "limit"
    case .cancelled: "cancelled"
    case .stopped: "stopped"
    case .unkillable: "unkillable"
    case .shutdown: "shutdown"
    }
  }
}

/// `number` counts the tasks of a run from 1 in the order of acceptance; `name` is the kind's, made only on demand.
package struct TaskReport {
  package enum Event {
    case queued(parent: UInt64?)
    /// Queued for this worker alone.
    case pinned(worker: UInt64, parent: UInt64?)
    /// The kind found at its turn that it is no longer wanted; `finished` follows.
    case stale
    /// A size limit in one direction; `finished` follows unless it is retried or replaced.
    case marshalError(Direction, actual: UInt64, limit: UInt64, message: String)
    case finished(Outcome, tries: Int, durationNanoseconds: UInt64, cases: CaseCounts, message: String)
  }
  package var number: UInt64
  package var name: String
  package var event: Event

  package init(
    number: UInt64, name: String, event: Event
  ) {
    self.number = number
    self.name = name
    self.event = event
  }
}

/// How a task counts in the kind's own cases.
package struct CaseCounts: Equatable, Sendable {
  package var passed: UInt64
  package var pending: UInt64
  package var failed: UInt64

  package init(passed: UInt64 = 0, pending: UInt64 = 0, failed: UInt64 = 0) {
    self.passed = passed
    self.pending = pending
    self.failed = failed
  }

  /// Saturates: the numbers are those of a plugin.
  mutating func add(_ other: CaseCounts) {
    passed = Self.sum(passed, other.passed)
    pending = Self.sum(pending, other.pending)
    failed = Self.sum(failed, other.failed)
  }

  @inline(__always)
  private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }
}

/// One attempt at one task on one worker.
package struct TrialReport {
  package enum Result: Equatable {
    case answered
    /// `perform` returned this failure.
    case failed(code: Int32, message: String)
    /// The worker died while it performed it.
    case crashed
    case cancelled
    case timedOut
    /// It met this limit: a word of `ExitReason.limit`.
    case exceeded(String)
    /// It does not count: another trial of the same task did, or went on.
    case superseded
  }
  package var task: UInt64
  package var worker: UInt64
  package var number: Int
  package var result: Result
  package var durationNanoseconds: UInt64
  /// Of its worker, where the trial ended with it.
  package var death: WorkerEnd?
  /// What it printed, unless it was answered.
  package var output = TrialOutput()

  package init(
    task: UInt64, worker: UInt64, number: Int, result: Result, durationNanoseconds: UInt64,
    death: WorkerEnd? = nil, output: TrialOutput = TrialOutput()
  ) {
    self.task = task
    self.worker = worker
    self.number = number
    self.result = result
    self.durationNanoseconds = durationNanoseconds
    self.death = death
    self.output = output
  }
}

package enum DiagnosticSeverity: UInt32, Comparable, Sendable {
  case note = 0
  case warning, incomplete, failed, limit, error

  package static func < (a: DiagnosticSeverity, b: DiagnosticSeverity) -> Bool { a.rawValue < b.rawValue }

  package var word: String {
    switch self {
    case .note: "note"
    case .warning: "warning"
    case .incomplete: "incomplete"
    case .failed: "failed"
    case .limit: "limit"
    case .error: "error"
    }
  }
}

/// A finding of the kind about its input. Delivered in the order of the tasks, whatever the workers did.
package struct DiagnosticReport {
  package var task: UInt64?
  package var severity: DiagnosticSeverity
  package var file: String
  package var line: UInt32
  package var column: UInt32
  package var label: String
  package var step: UInt64
  package var message: String
  /// One JSON object of the kind's, checked to be one; empty if none.
  package var json: String

  package init(
    task: UInt64?, severity: DiagnosticSeverity, file: String, line: UInt32, column: UInt32, label: String,
    step: UInt64, message: String, json: String
  ) {
    self.task = task
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.label = label
    self.step = step
    self.message = message
    self.json = json
  }
}

package enum LogLevel: Int32, Sendable {
  case trace = 0
  case debug, info, warn, error
}

package struct LogLine {
  package var level: LogLevel
  /// Nil for the host's side of the kind.
  package var worker: UInt64?
  package var message: String

  package init(level: LogLevel, worker: UInt64?, message: String) {
    self.level = level
    self.worker = worker
    self.message = message
  }
}

/// How far the run has come, in units of the kind (of tasks, if it reports none). Total 0 = unknown.
package struct ProgressReport {
  package var done: UInt64
  package var total: UInt64
  package var units: String
  package var running: Int

  package init(
    done: UInt64, total: UInt64, units: String, running: Int
  ) {
    self.done = done
    self.total = total
    self.units = units
    self.running = running
  }
}
