internal import Scheduling
internal import Wire

// Spans that plugins have marked in their workers, on their way into a trace.
extension Pool {
  func receiveSpans(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    guard tracer != nil else {
      throw .badFrame(
        found: "spans", expected: "a frame of a worker that nobody traces", offset: 0)
    }
    let message = try SpansMessage(frame.payload)
    // They come right before the answer to their request: one message at a time is kept.
    guard scheduler.task(inFlight: frame.id, on: worker.id) != nil else { return }
    worker.spans = FittedSpans(
      message, by: worker.isRelayed ? .age(at: now.nanoseconds) : .clock(behind: pausedNanoseconds))
  }

  /// What is known of the trial that has just ended; nil if its worker has marked nothing.
  func takeSpans(of worker: WorkerHandle, within bounds: ClosedRange<UInt64>) -> FittedSpans? {
    guard var spans = worker.spans else { return nil }
    worker.spans = nil
    spans.fit(bounds)
    return spans
  }
}

/// Spans as a trace can show them, whatever a worker says: within their trial, each in another one or beside it.
struct FittedSpans {
  enum Shift {
    /// The clock of the pool is behind that of the machine.
    case clock(behind: UInt64)
    /// The clock is that of another machine: what counts is how old something was when it was sent.
    case age(at: UInt64)
  }

  private(set) var start: UInt64
  private(set) var end: UInt64
  let dropped: UInt64
  private(set) var spans: [SpansMessage.Span]

  init(_ message: SpansMessage, by shift: Shift) {
    func shifted(_ time: UInt64) -> UInt64 {
      switch shift {
      case .clock(let behind): return time - min(behind, time)
      case .age(let at):
        let age = message.sentAt - min(time, message.sentAt)
        return at - min(age, at)
      }
    }
    start = shifted(message.begunAt)
    end = shifted(message.endedAt)
    dropped = message.dropped
    spans = message.spans.map {
      SpansMessage.Span(name: $0.name, start: shifted($0.start), end: shifted($0.end))
    }
  }

  mutating func fit(_ bounds: ClosedRange<UInt64>) {
    start = min(max(start, bounds.lowerBound), bounds.upperBound)
    end = min(max(end, start), bounds.upperBound)
    for index in spans.indices {
      spans[index].start = min(max(spans[index].start, start), end)
      spans[index].end = min(max(spans[index].end, spans[index].start), end)
    }
    spans.sort { ($0.start, $1.end) < ($1.start, $0.end) }
    var open: [UInt64] = []
    for index in spans.indices {
      while let last = open.last, last <= spans[index].start { open.removeLast() }
      if let last = open.last { spans[index].end = min(spans[index].end, last) }
      open.append(spans[index].end)
    }
  }
}
