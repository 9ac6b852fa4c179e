internal import CPosix
internal import Glibc
internal import Scheduling
internal import WorkerPool

/// A log of jobs as GNU parallel writes it. Of the thread of the run.
final class JobLogFile: JobLog {
  private static let head = Array(
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n".utf8)

  private let file: RecordFile

  /// `goesOn`: what is there stays, if it is such a log.
  init(path: String, goesOn: Bool, grace: Duration) throws(RunError) {
    file = try RecordFile(
      "job log", path: path, goesOn ? .append : .replace, isFileOnly: false, grace: grace)
    if goesOn, file.isRegular, try hasHead() { return }
    file.add { $0 += Self.head }
    try file.flush()
  }

  /// Whether it begins as it should; a last line without its end, which a killed run has left, is taken away.
  private func hasHead() throws(RunError) -> Bool {
    var (position, whole) = (0, 0)
    try file.read { (bytes) throws(RunError) in
      for (index, byte) in bytes.enumerated() {
        if position + index < Self.head.count, byte != Self.head[position + index] {
          throw RunError(.badInput, "\(file.title) is not one: its first line is not that of a job log")
        }
        if byte == 0x0A { whole = position + index + 1 }
      }
      position += bytes.count
    }
    if whole < position { try file.cut(to: whole) }
    return whole > 0
  }

  func flush() throws(RunError) { try file.flush() }

  func ended(_ job: JobReport) {
    let (exit, signal) = Self.end(job)
    let now = cpx_wall_clock()
    let start = Self.seconds(now - min(now, job.duration))
    let runtime = Self.seconds(job.duration)
    file.add { buffer in
      buffer += "\(job.number)\t:\t\(start)\t".utf8
      // As wide as there.
      buffer += repeatElement(0x20, count: max(0, 10 - runtime.utf8.count))
      buffer += "\(runtime)\t0\t\(job.printed)\t\(exit)\t\(signal)\t".utf8
      // A line is one job.
      buffer += job.line.map { $0 == 0x0A ? 0 : $0 }
      buffer.append(0x0A)
    }
  }

  private static func end(_ job: JobReport) -> (exitCode: Int32, signal: Int32) {
    switch job.outcome {
    // As GNU parallel has it for what it ends itself.
    case .timeout, .cancelled: return (-1, job.end.flatMap { $0.signal > 0 ? $0.signal : nil } ?? SIGTERM)
    case .passed, .stale, .replaced, .skipped: return job.end.map { ($0.exitCode, $0.signal) } ?? (0, 0)
    default:
      guard let end = job.end, end.exitCode != 0 || end.signal != 0 else { return (1, 0) }
      return (end.exitCode, end.signal)
    }
  }

  private static func seconds(_ nanoseconds: UInt64) -> String {
    let milliseconds = nanoseconds / 1_000_000
    let rest = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.utf8.count) + rest
  }
}
