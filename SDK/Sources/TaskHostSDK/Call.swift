public import CTaskHost

/// How grave a diagnostic is.
public enum Severity: UInt32, Sendable {
  /// Something worth knowing.
  case note = 0
  /// Something doubtful.
  case warning = 1
  /// Neither good nor bad: something is still missing.
  case incomplete = 2
  /// The kind's verdict on its input is "bad".
  case failed = 3
  /// Given up at a limit.
  case limit = 4
  /// No verdict could be reached.
  case error = 5
}

/// A message about a place in some input.
public struct Diagnostic: Equatable, Sendable {
  /// How grave it is.
  public var severity: Severity
  /// The file it is about; empty for none.
  public var file = ""
  /// From 1; 0 when it is unknown.
  public var line = 0
  /// From 1; 0 when it is unknown.
  public var column = 0
  /// A position in the kind's own counting, from 1; 0 for none.
  public var step = 0
  /// The name of what it is about.
  public var label = ""
  /// What it says.
  public var message: String
  /// More members of the event, as the text of one JSON object; may be empty.
  public var json = ""

  /// A diagnostic without a place; set what more is known.
  public init(_ severity: Severity, _ message: String) {
    self.severity = severity
    self.message = message
  }
}

/// The services of one call of one hook. It ends with the call.
public struct Call {
  /// The C value.
  public let raw: UnsafeMutablePointer<th_call>

  /// Wraps the C value.
  @inlinable
  public init(_ raw: UnsafeMutablePointer<th_call>) { self.raw = raw }

  /// The request in a worker, the task in the host.
  @inlinable
  public var id: UInt64 { raw.pointee.id }

  /// Whether this call should give up. It costs a nanosecond: ask it inside long loops.
  @inlinable
  public var isCancelled: Bool { th_cancelled(raw) != 0 }

  /// When the call must have ended, on CLOCK_MONOTONIC; nil for never.
  @inlinable
  public var deadlineNanoseconds: UInt64? { raw.pointee.deadline_ns == 0 ? nil : raw.pointee.deadline_ns }

  /// Sends bytes to the other side, in order.
  public func feedback(_ text: String) {
    Bytes.lending(text) { raw.pointee.feedback(raw, $0) }
  }

  /// Sends bytes to the other side, in order.
  @inlinable
  public func feedback(_ bytes: Bytes) { raw.pointee.feedback(raw, bytes.raw) }

  /// How far the call or the run has come; `total` 0 when that is unknown.
  public func progress(_ done: UInt64, of total: UInt64, _ units: String) {
    Bytes.lending(units) { raw.pointee.progress(raw, done, total, $0) }
  }

  /// What the task counts for, in hooks that settle it.
  public func count(passed: UInt64, pending: UInt64, failed: UInt64) {
    raw.pointee.count(raw, passed, pending, failed)
  }

  /// Reports a diagnostic.
  public func diagnostic(_ diagnostic: Diagnostic) {
    Bytes.lending(diagnostic.file) { file in
      Bytes.lending(diagnostic.label) { label in
        Bytes.lending(diagnostic.message) { message in
          Bytes.lending(diagnostic.json) { json in
            var c = th_diagnostic()
            c.size = UInt32(MemoryLayout<th_diagnostic>.size)
            c.severity = diagnostic.severity.rawValue
            c.line = UInt32(clamping: diagnostic.line)
            c.column = UInt32(clamping: diagnostic.column)
            c.step = UInt64(clamping: diagnostic.step)
            c.file = file
            c.label = label
            c.message = message
            c.json = json
            raw.pointee.diagnostic(raw, &c)
          }
        }
      }
    }
  }

  /// Hands an error over to the host and returns its code.
  func fail(_ error: any Error) -> th_status {
    let known = error as? KindError ?? KindError(code: internalErrorCode, message: "\(error)")
    return Bytes.lending(known.message) { raw.pointee.fail(raw, known.code, $0) }
  }
}
