internal import WorkerPool

/// Tells what happens in a pool in the library's words.
///
/// All of it is of the pool's thread, which alone calls `translate`; it is made by another one and handed over with the pool.
final class EventTranslator: @unchecked Sendable {
  private let events: EventQueue
  private let surroundings: WorkerSurroundings
  private let forwarder = LineForwarder()
  private let onReady: (@Sendable (UInt64, Int32) -> Void)?
  private let onPrint: (@Sendable (PrintedBytes) -> Void)?
  private(set) var lastEnded: UInt64 = 0
  private(set) var lastPid: Int32 = -1

  init(
    _ events: EventQueue, _ surroundings: WorkerSurroundings, onReady: (@Sendable (UInt64, Int32) -> Void)?,
    onPrint: (@Sendable (PrintedBytes) -> Void)?
  ) {
    self.events = events
    self.surroundings = surroundings
    self.onReady = onReady
    self.onPrint = onPrint
  }

  func translate(_ event: PoolEvent) {
    switch event {
    case .worker(let report): tell(report)
    case .log(let line):
      events.add(.log(worker: line.worker ?? 0, KindLogLine(line)))
    case .output(let worker, let stream, let bytes):
      if surroundings.output(stream) == .forwarded {
        forwarder.forward(bytes, worker: worker, stream: stream)
      } else {
        events.add(.output(worker: worker, stream: stream, bytes: bytes))
      }
    case .feedback(let worker, let bytes): events.add(.feedback(worker: worker, bytes: bytes))
    case .diagnostic(let report): events.add(.finding(Finding(report)))
    case .warning(let text): events.add(.warning(text))
    case .printed(let report):
      onPrint?(PrintedBytes(report))
    case .task, .trial, .progress, .status: break
    }
  }

  private func tell(_ report: WorkerReport) {
    switch report.event {
    case .spawned: events.add(.spawned(worker: report.id, pid: report.pid))
    case .fresh:
      events.add(.ready(worker: report.id, pid: report.pid))
      onReady?(report.id, report.pid)
    case .old: break
    case .dying: events.add(.dying(worker: report.id, pid: report.pid))
    case .ended(let end):
      (lastEnded, lastPid) = (report.id, report.pid)
      forwarder.end(worker: report.id)
      events.add(.ended(ExitReport(worker: report.id, pid: report.pid, end)))
    }
  }
}

extension Finding {
  init(_ report: DiagnosticReport) {
    let severity: Severity =
      switch report.severity {
      case .note: .note
      case .warning: .warning
      case .incomplete: .incomplete
      case .failed: .failed
      case .limit: .limit
      case .error: .error
      }
    self.init(
      task: report.task, severity: severity, file: report.file,
      line: report.line, column: report.column, label: report.label, step: report.step,
      message: report.message, json: report.json)
  }
}
