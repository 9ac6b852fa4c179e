package import TaskHost

/// How a run is shown to people.
package struct HumanStyle {
  package enum Progress: Sendable {
    /// In place, on a terminal of `columns` columns as it is at that moment.
    case bar(columns: @Sendable () -> Int, unicode: Bool)
    case counter
    case none
  }
  package var color: Bool
  package var progress: Progress
  /// Show neither notes, warnings, logs nor what plugins print.
  package var onlyProgress = false
  /// Show workers, tasks that passed and all logs, too.
  package var verbose = false

  package init(color: Bool, progress: Progress) {
    self.color = color
    self.progress = progress
  }
}

/// Shows a run on standard error: findings as they come, how far the run is, and at the end what the kind says
/// about it. Text of plugins is escaped.
package final class HumanReporter: LosingReporter {
  let screen: Screen
  /// For what tasks print on standard output.
  let data: DataOutput
  let style: HumanStyle
  @exclusivity(unchecked) var progress: ProgressLine
  var failures = FailureList()
  var printed = PrintedLines()

  package init(output: DataOutput, data: DataOutput, style: HumanStyle, clock: Clock = .system) {
    self.style = style
    self.data = data
    screen = Screen(output: output, data: data, usesColor: style.color)
    progress = ProgressLine(style: style, clock: clock)
  }

  package var wantsTaskEvents: Bool { style.verbose }
  package var hasLostOutput: Bool { data.isAbandoned }

  package func report(_ event: consuming RunEvent) {
    switch event {
    case .started(let start): show(start)
    case .worker(let worker): show(worker)
    case .task(let task): show(task)
    case .trial: break
    case .feedback(let worker, let bytes):
      if !style.onlyProgress { show(bytes, of: worker, as: "feedback") }
    case .finding(let finding): show(finding)
    case .output(let worker, let stream, let bytes):
      guard !style.onlyProgress else { break }
      for line in printed.lines(of: worker, stream: stream, adding: bytes) {
        show(line, of: worker, as: stream == 1 ? "stdout" : "stderr")
      }
    case .printed(let printed): show(printed)
    case .log(let worker, let line): show(line, of: worker)
    case .progress(let report): progress.report = report
    case .status(let status): show(status)
    case .warning(let message):
      if !style.onlyProgress {
        screen.line { $0.append(label: "warning", .warning, message, color: style.color) }
      }
    case .cancelling(let cause, let running): show(cause, running)
    case .paused(let running):
      progress.pause(screen)
      screen.line("Paused", .warning) { $0.append("with \(tasks(running)) under way") }
    case .resumed(let length):
      progress.resume(after: length)
      screen.line("Resumed", .warning) { $0.append("after \(Elapsed.text(length.nanoseconds))") }
    case .finished(let summary): show(summary)
    }
    progress.update(screen)
  }

  package func flush() throws {
    progress.update(screen)
    screen.settle()
    try data.flush()
    try screen.flush()
  }

  /// The run broke off: nothing of the bar may stay, and nothing that was printed may be lost.
  package func stop() {
    progress.stop(screen)
    showUnfinishedLines(of: nil)
  }
}

extension ByteBuffer {
  /// "warning: text".
  mutating func append(label: String, _ paint: Paint, _ text: String, color: Bool) {
    append(painted: label, paint, color: color)
    append(": ")
    append(escaped: text)
  }
}
