package import TaskHost

/// What kinds say while they work.
extension HumanReporter: PrintedFileReporter {
  /// `FILE:LINE:COL: failed: label LABEL step N: message`
  func show(_ report: Finding) {
    let paint: Paint
    switch report.severity {
    case .note:
      if style.onlyProgress { return }
      paint = .plain
    case .warning:
      if style.onlyProgress { return }
      paint = .warning
    case .incomplete, .limit: paint = .warning
    case .failed, .error: paint = .bad
    }
    screen.line {
      if !report.file.isEmpty {
        $0.append(escaped: report.file)
        $0.append(0x3A)
        if report.line > 0 {
          $0.append(decimal: UInt64(report.line))
          $0.append(0x3A)
          if report.column > 0 {
            $0.append(decimal: UInt64(report.column))
            $0.append(0x3A)
          }
        }
        $0.append(0x20)
      }
      $0.append(painted: report.severity.rawValue, paint, color: style.color)
      $0.append(": ")
      if !report.label.isEmpty {
        $0.append("label ")
        $0.append(escaped: report.label)
      }
      if report.step > 0 {
        $0.append(report.label.isEmpty ? "step " : " step ")
        $0.append(decimal: report.step)
      }
      if !report.label.isEmpty || report.step > 0 { $0.append(": ") }
      $0.append(escaped: report.message)
    }
  }

  func show(_ log: KindLogLine, of worker: UInt64?) {
    let paint: Paint
    switch log.level {
    case .trace, .debug, .info:
      guard style.verbose, !style.onlyProgress else { return }
      paint = .plain
    case .warn:
      guard !style.onlyProgress else { return }
      paint = .warning
    case .error: paint = .bad
    }
    screen.line {
      if let worker {
        $0.append("worker ")
        $0.append(decimal: worker)
        $0.append(": ")
      }
      $0.append(label: "log \(log.level)", paint, log.message, color: style.color)
    }
  }

  /// What workers printed without a line end; nil means all workers.
  func showUnfinishedLines(of worker: UInt64?) {
    for (worker, stream, line) in printed.rest(of: worker) where !style.onlyProgress {
      show(line, of: worker, as: stream == 1 ? "stdout" : "stderr")
    }
  }

  /// The same, where it lies in a file: nobody has to read it here.
  package func show(_ file: PrintedFile) -> Int {
    guard file.stream == 1 else { return 0 }
    return screen.passData(from: file.descriptor, file.offset, count: file.count)
  }

  /// As it is: it is what the user wants of the run.
  func show(_ report: PrintedBytes) {
    report.bytes.withUnsafeBufferPointer { bytes in
      if report.stream == 1 {
        screen.passData(bytes)
      } else {
        screen.pass(bytes)
      }
    }
  }

  /// One line that a worker printed or sent.
  func show(_ line: [UInt8], of worker: UInt64, as source: String) {
    screen.line { buffer in
      buffer.append("worker ")
      buffer.append(decimal: worker)
      buffer.append(" ")
      buffer.append(source)
      buffer.append(": ")
      line.withUnsafeBufferPointer { buffer.append(escaped: $0) }
    }
  }
}

/// Joins what workers print into lines.
struct PrintedLines {
  private static let longest = 8 << 10

  private struct Source: Hashable {
    var worker: UInt64
    var stream: Int32
  }
  private var unfinished: [Source: [UInt8]] = [:]

  /// The lines that `bytes` complete. A line longer than 8 KiB is broken.
  mutating func lines(of worker: UInt64, stream: Int32, adding bytes: [UInt8]) -> [[UInt8]] {
    let source = Source(worker: worker, stream: stream)
    var lines = (unfinished.removeValue(forKey: source) ?? []) + bytes
    var complete: [[UInt8]] = []
    var start = 0
    for index in lines.indices {
      if lines[index] == 0x0A {
        complete.append(Array(lines[start..<index]))
        start = index + 1
      } else if index - start + 1 == PrintedLines.longest {
        complete.append(Array(lines[start...index]))
        start = index + 1
      }
    }
    lines.removeFirst(start)
    if !lines.isEmpty { unfinished[source] = lines }
    return complete
  }

  /// What a worker that has ended left without a line end; nil means all workers.
  mutating func rest(of worker: UInt64?) -> [(worker: UInt64, stream: Int32, line: [UInt8])] {
    let sources = unfinished.keys.filter { worker == nil || $0.worker == worker }
    return sources.sorted { ($0.worker, $0.stream) < ($1.worker, $1.stream) }
      .map { ($0.worker, $0.stream, unfinished.removeValue(forKey: $0) ?? []) }
  }
}
