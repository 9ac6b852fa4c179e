internal import TaskHost
internal import WorkerPool

extension ByteBuffer {
  mutating func members(of start: RunStart) {
    member("kind", start.kind)
    member("kind_id", start.kindID)
    member("kind_version", start.kindVersion)
    member("plugin", start.pluginPath)
    member("abi", start.abi)
    member("workers", start.workers)
    member("in_process", start.inProcess)
    if let tasks = start.tasks { member("tasks", tasks) }
  }

  mutating func members(of cause: CancelCause) {
    switch cause {
    case .signal(let signal):
      member("cause", word: "signal")
      member("signal", signal)
      member("signal_name", signalName(signal))
    case .timeout(let limit):
      member("cause", word: "timeout")
      member("limit", seconds: limit)
    }
  }

  mutating func members(of summary: RunSummary) {
    member("summary", summary.text)
    member("exit_code", summary.exitCode.rawValue)
    if let failure = summary.failure { member("failure", failure) }
    if let signal = summary.signal {
      member("signal", signal)
      member("signal_name", signalName(signal))
    }
    if summary.isOverTime { member("timed_out", true) }
    name("outcomes")
    append(0x7B)
    for (index, entry) in summary.outcomes.enumerated() {
      if index > 0 { append(0x2C) }
      append(json: entry.outcome)
      append(0x3A)
      append(decimal: Int64(entry.count))
    }
    append(0x7D)
    member("tasks", summary.tasks)
    name("cases")
    append("{\"passed\":")
    append(decimal: summary.cases.passed)
    member("pending", summary.cases.pending)
    member("failed", summary.cases.failed)
    append(0x7D)
    member("elapsed", seconds: summary.elapsedNanoseconds)
    if summary.superseded > 0 { member("superseded", summary.superseded) }
    member("workers_started", summary.workersStarted)
    member("peak_memory", summary.peakWorkerMemoryBytes)
  }

  mutating func members(of report: DiagnosticReport) {
    member("severity", report.severity.word)
    if let task = report.task { member("task", task) }
    if !report.file.isEmpty { member("file", report.file) }
    if report.line > 0 { member("line", UInt64(report.line)) }
    if report.column > 0 { member("column", UInt64(report.column)) }
    if !report.label.isEmpty { member("label", report.label) }
    if report.step > 0 { member("step", report.step) }
    member("message", report.message)
    if !report.json.isEmpty, !mergeMembers(of: report.json, except: diagnosticMembers) {
      member("invalid_json", report.json)
    }
  }
}

/// Names that the members of a kind cannot take.
private let diagnosticMembers: Set<String> = [
  "v", "ts", "run", "seq", "type", "event", "severity", "task", "file", "line", "column", "label", "step",
  "message", "invalid_json",
]

extension LogLevel {
  var jsonWord: StaticString {
    switch self {
    case .trace: "trace"
    case .debug: "debug"
    case .info: "info"
    case .warn: "warn"
    case .error: "error"
    }
  }
}
