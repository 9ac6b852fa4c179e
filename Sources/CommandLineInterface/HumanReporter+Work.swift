internal import Settings
internal import TaskHost

/// Tasks and workers.
extension HumanReporter {
  func show(_ task: RunEvent.Task) {
    switch task.change {
    case .queued, .pinned, .stale: break
    case .tooLarge(let direction, let actual, let limit, let message):
      if style.onlyProgress { return }
      screen.line("TOO LARGE", .warning) {
        $0.append(escaped: task.name)
        $0.append(direction == .toWorker ? ": request of " : ": response of ")
        $0.append(decimal: actual)
        $0.append(actual == 1 ? " byte, limit " : " bytes, limit ")
        $0.append(decimal: limit)
        if !message.isEmpty {
          $0.append(": ")
          $0.append(escaped: message)
        }
      }
    case .ended(let outcome, let tries, let duration, _, let message):
      let isBad = outcome.isBad
      guard isBad || (style.verbose && !style.onlyProgress) else { return }
      let entry = FailureList.Entry(
        outcome: outcome, name: task.name, tries: tries, duration: duration, message: message)
      show(entry)
      if isBad { failures.add(entry, line: screen.lineCount) }
    }
  }

  func show(_ entry: FailureList.Entry) {
    screen.line(entry.outcome.statusWord, entry.outcome.paint) {
      $0.append(timing: entry.duration)
      $0.append(escaped: entry.name)
      if entry.tries > 1 { $0.append(" (\(entry.tries) tries)") }
      if !entry.message.isEmpty {
        $0.append(": ")
        $0.append(escaped: entry.message)
      }
    }
  }

  func show(_ worker: RunEvent.Worker) {
    switch worker.change {
    case .spawned, .stayed, .dying: break
    case .ready:
      guard style.verbose, !style.onlyProgress else { return }
      screen.line("Worker", .plain) {
        $0.append("\(worker.number) (\(worker.place), slot \(worker.slot)) is ready")
      }
    case .ended(let end):
      showUnfinishedLines(of: worker.number)
      if end.isTold {
        show(end, of: worker)
      } else if style.verbose, !style.onlyProgress {
        screen.line("Worker", .plain) { $0.append("\(worker.number) ended: \(end.reason.word)") }
      }
    }
  }

  /// One line with all that is known: a worker that died without a cause helps nobody.
  private func show(_ end: ExitReport, of worker: RunEvent.Worker) {
    screen.line("WORKER", .bad) {
      $0.append("\(worker.number) (\(worker.place)) ")
      switch end.reason {
      case .startFailed(let phase, let message):
        $0.append("could not start, phase ")
        $0.append(escaped: phase)
        $0.append(": ")
        $0.append(escaped: message)
      case .crashed(let signal):
        $0.append("crashed: \(ExitReport.name(ofSignal: signal))\(end.dumpedCore ? ", core dumped" : "")")
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
          $0.append(", \(ExitReport.name(ofSignal: signal))")
        } else if let code = end.exitCode {
          $0.append(", exit code \(code)")
        }
      }
      if end.peakMemoryBytes > 0 { $0.append(", peak memory \(ByteSize.text(end.peakMemoryBytes))") }
      let tail = end.errorTail.split(separator: "\n", omittingEmptySubsequences: true).suffix(3)
      if !tail.isEmpty {
        $0.append("; said last: ")
        $0.append(escaped: tail.joined(separator: " | "))
      }
    }
  }
}

extension RunEvent.Worker {
  fileprivate var place: String { pid > 0 ? "pid \(pid)" : "in the host" }
}

extension ExitReport.Reason {
  /// What is said of it includes the signal or the exit code, as far as they say anything.
  fileprivate var tellsHow: Bool {
    switch self {
    case .startFailed, .crashed, .exited: true
    default: false
    }
  }
}

extension ExitReport {
  /// Whether the user should hear of it: neither on demand nor at the end of the run.
  var isTold: Bool {
    switch reason {
    case .retired, .recycled, .cancelled, .shutdown: false
    case .startFailed, .crashed, .exited, .protocolFault, .timedOut, .limit, .stopped, .unkillable: true
    }
  }
}

extension TaskOutcome {
  var statusWord: String {
    switch self {
    case .passed: "PASS"
    case .failed: "FAIL"
    case .crashed: "CRASH"
    default: rawValue.uppercased()
    }
  }

  var paint: Paint {
    switch self {
    case .passed: .good
    case .skipped: .plain
    case .pending, .stale, .cancelled, .replaced: .warning
    case .failed, .expired, .timeout, .limit, .crashed, .error, .lost, .unmatched: .bad
    }
  }
}

extension ByteBuffer {
  /// "[   0.412s] ".
  mutating func append(timing duration: Duration) {
    let nanoseconds = duration.nanoseconds
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
    var outcome: TaskOutcome
    var name: String
    var tries: Int
    var duration: Duration
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
