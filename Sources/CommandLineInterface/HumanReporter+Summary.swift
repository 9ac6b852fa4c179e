internal import Settings
internal import TaskHost

/// The beginning and the end of a run.
extension HumanReporter {
  func show(_ start: RunStart) {
    progress.start()
    guard style.verbose else { return }
    screen.line("Starting", .good) {
      let tasks = start.tasks.map { "of \($0) \($0 == 1 ? "task" : "tasks")" } ?? "of tasks as they come"
      $0.append("run \(start.runID) \(tasks), kind ")
      $0.append(escaped: "\(start.kind) \(start.kindVersion) (\(start.pluginPath), ABI \(start.abi))")
      $0.append(start.inProcess ? ", in this process" : ", \(start.workers) workers")
    }
  }

  func show(_ cause: CancelCause, _ running: Int) {
    progress.prefix = "Cancelling"
    screen.line("Cancelling", .warning) {
      switch cause {
      case .signal(let signal): $0.append("due to \(ExitReport.name(ofSignal: signal))")
      case .timeout: $0.append("as the time of the run is over")
      }
      $0.append(": \(tasks(running)) still running (")
      if case .signal = cause { $0.append("again ") } else { $0.append("Ctrl-C twice ") }
      $0.append("to kill)")
    }
  }

  func tasks(_ count: Int) -> String { count == 1 ? "1 task" : "\(count) tasks" }

  func show(_ summary: RunSummary) {
    progress.stop(screen)
    // Most workers end without being mentioned.
    showUnfinishedLines(of: nil)
    let count = summary.ended.tasks
    if style.verbose || summary.signal != nil || summary.ended[.passed] < count {
      screen.line("Summary", summary.exitCode == .ok ? .good : .bad) {
        $0.append(timing: summary.elapsed)
        $0.append("\(tasks(count)): \(summary.ended.text)")
        if summary.superseded > 0 {
          $0.append(" (\(summary.superseded) \(summary.superseded == 1 ? "trial" : "trials") superseded)")
        }
      }
    }
    // They were shown when they happened; once more only if something came after them.
    if screen.lineCount > failures.firstLine + failures.count {
      for entry in failures.entries { show(entry) }
      if failures.unlisted > 0 { screen.line { $0.append("             ... and \(failures.unlisted) more") } }
    }
    if style.verbose {
      screen.line("Workers", .plain) {
        $0.append(
          "\(summary.workersStarted) started, peak memory \(ByteSize.text(summary.peakWorkerMemoryBytes))")
      }
      screen.line("Exit code", .plain) {
        if let signal = summary.signal {
          $0.append("by \(ExitReport.name(ofSignal: signal))")
        } else {
          $0.append("\(summary.exitCode.rawValue): \(summary.exitCode.meaning)")
        }
      }
    }
    if summary.isOverTime {
      screen.line {
        $0.append(
          label: "error", .bad, "the run was ended: it took longer than --run-timeout allows",
          color: style.color)
      }
    }
    if let failure = summary.failure {
      screen.line {
        $0.append(label: "error", .bad, "no more workers were started: \(failure)", color: style.color)
      }
    }
    screen.line { $0.append(escaped: summary.text) }
  }
}
