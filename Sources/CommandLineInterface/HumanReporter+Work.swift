internal import Scheduling
internal import Settings
internal import WorkerPool

/// Tasks and workers.
extension HumanReporter {
  func show(_ report: TaskReport) {
    switch report.event {
    case .queued, .pinned, .stale: break
    case .marshalError(let direction, let actual, let limit, let message):
      if style.onlyProgress { return }
      screen.line("TOO LARGE", .warning) {
        $0.append(escaped: report.name)
        $0.append(direction == .toWorker ? ": request of " : ": response of ")
        $0.append(decimal: actual)
        $0.append(actual == 1 ? " byte, limit " : " bytes, limit ")
        $0.append(decimal: limit)
        if !message.isEmpty {
          $0.append(": ")
          $0.append(escaped: message)
        }
      }
    case .finished(let outcome, let tries, let duration, _, let message):
      let isBad = outcome.isBad
      guard isBad || (style.verbose && !style.onlyProgress) else { return }
      let entry = FailureList.Entry(
        outcome: outcome, name: report.name, tries: tries, durationNanoseconds: duration, message: message)
      show(entry)
      if isBad { failures.add(entry, line: screen.lineCount) }
    }
  }

  func show(_ entry: FailureList.Entry) {
    screen.line(entry.outcome.statusWord, entry.outcome.paint) {
      $0.append(timing: entry.durationNanoseconds)
      $0.append(escaped: entry.name)
      if entry.tries > 1 { $0.append(" (\(entry.tries) tries)") }
      if !entry.message.isEmpty {
        $0.append(": ")
        $0.append(escaped: entry.message)
      }
    }
  }

  func show(_ report: WorkerReport) {
    switch report.event {
    case .spawned, .old: break
    case .fresh:
      guard style.verbose, !style.onlyProgress else { return }
      screen.line("Worker", .plain) {
        $0.append("\(report.id) (\(report.place), slot \(report.slot)) is ready")
      }
    case .ended(let end):
      showUnfinishedLines(of: report.id)
      if end.isAbnormal {
        show(end, of: report)
      } else if style.verbose, !style.onlyProgress {
        screen.line("Worker", .plain) { $0.append("\(report.id) ended: \(end.reason.word)") }
      }
    }
  }

  /// One line with all that is known: a worker that died without a cause helps nobody.
  private func show(_ end: WorkerEnd, of report: WorkerReport) {
    screen.line("WORKER", .bad) {
      $0.append("\(report.id) (\(report.place)) ")
      switch end.reason {
      case .bootFailed(let phase, let message):
        $0.append("could not start, phase ")
        $0.append(escaped: phase)
        $0.append(": ")
        $0.append(escaped: message)
      case .crashed(let signal):
        $0.append("crashed: \(signalName(signal))\(end.dumpedCore ? ", core dumped" : "")")
      case .exited(let code): $0.append("exited with code \(code)")
      case .protocolFault(let fault):
        $0.append("broke the protocol: ")
        $0.append(escaped: fault)
      case .timedOut: $0.append("was killed: over its time limit")
      case .limit(let limit): $0.append("went over its limit: \(limit)")
      case .stopped: $0.append("was killed: it had been stopped")
      case .unkillable: $0.append("is still there 5 s after SIGKILL; nothing waits for it")
      case .retired, .recycled, .cancelled, .shutdown: $0.append("ended: \(end.reason.word)")
      }
      if !end.reason.tellsHow {
        if let signal = end.signal {
          $0.append(", \(signalName(signal))")
        } else if let code = end.exitCode {
          $0.append(", exit code \(code)")
        }
      }
      if end.peakMemoryBytes > 0 { $0.append(", peak memory \(ByteSize.text(end.peakMemoryBytes))") }
      let tail = end.outputTail.split(separator: "\n", omittingEmptySubsequences: true).suffix(3)
      if !tail.isEmpty {
        $0.append("; said last: ")
        $0.append(escaped: tail.joined(separator: " | "))
      }
    }
  }
}

extension WorkerReport {
  fileprivate var place: String { pid > 0 ? "pid \(pid)" : "in the host" }
}

extension ExitReason {
  /// What is said of it includes the signal or the exit code, as far as they say anything.
  fileprivate var tellsHow: Bool {
    switch self {
    case .bootFailed, .crashed, .exited: true
    default: false
    }
  }
}

extension WorkerEnd {
  /// Whether the user should hear of it: neither on demand nor at the end of the run.
  var isAbnormal: Bool {
    switch reason {
    case .retired, .recycled, .cancelled, .shutdown: false
    case .bootFailed, .crashed, .exited, .protocolFault, .timedOut, .limit, .stopped, .unkillable: true
    }
  }
}

extension Outcome {
  var statusWord: String {
    switch self {
    case .passed: "PASS"
    case .failed: "FAIL"
    case .crashed: "CRASH"
    default: "\(word)".uppercased()
    }
  }

  var paint: Paint {
    switch self {
    case .passed: .good
    case .pending, .stale, .cancelled, .replaced: .warning
    case .failed, .expired, .timeout, .limit, .crashed, .error, .lost, .unmatched: .bad
    }
  }
}

extension ByteBuffer {
  /// "[   0.412s] ".
  mutating func append(timing nanoseconds: UInt64) {
    append(0x5B)
    var seconds = nanoseconds / 1_000_000_000
    var width = 1
    while seconds >= 10 {
      seconds /= 10
      width += 1
    }
    append(repeating: 0x20, count: 4 - width)
    append(seconds: nanoseconds, digits: 3)
    append("s] ")
  }
}

/// Tasks that went wrong, for the end of the run.
struct FailureList {
  private static let longest = 100

  struct Entry {
    var outcome: Outcome
    var name: String
    var tries: Int
    var durationNanoseconds: UInt64
    var message: String
  }
  private(set) var entries: [Entry] = []
  private(set) var count = 0
  /// Which line of the run showed the first one.
  private(set) var firstLine = 0

  mutating func add(_ entry: Entry, line: Int) {
    if count == 0 { firstLine = line }
    count += 1
    if entries.count < FailureList.longest { entries.append(entry) }
  }

  var unlisted: Int { count - entries.count }
}
