internal import TaskHost

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
      member("signal_name", ExitReport.name(ofSignal: signal))
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
      member("signal_name", ExitReport.name(ofSignal: signal))
    }
    if summary.isOverTime { member("timed_out", true) }
    name("outcomes")
    append(0x7B)
    var isFirst = true
    for outcome in TaskOutcome.allCases where summary.ended[outcome] > 0 {
      if !isFirst { append(0x2C) }
      isFirst = false
      append(json: outcome.rawValue)
      append(0x3A)
      append(decimal: Int64(summary.ended[outcome]))
    }
    append(0x7D)
    member("tasks", summary.ended.tasks)
    name("cases")
    append("{\"passed\":")
    append(decimal: summary.ended.cases.passed)
    member("pending", summary.ended.cases.pending)
    member("failed", summary.ended.cases.failed)
    append(0x7D)
    member("elapsed", seconds: summary.elapsed)
    if summary.superseded > 0 { member("superseded", summary.superseded) }
    member("workers_started", summary.workersStarted)
    member("peak_memory", summary.peakWorkerMemoryBytes)
  }

  mutating func members(of report: Finding) {
    member("severity", report.severity.rawValue)
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

extension KindLogLine.Level {
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
