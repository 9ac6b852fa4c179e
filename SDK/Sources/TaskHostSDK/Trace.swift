internal import CTaskHost

/// Spans with names of the kind's own in the trace of a run: `taskhost.trace/1`.
///
/// There is one only while somebody records a trace, so what is kept is optional, and costs nothing else:
///
///     let trace = Trace(host)
///     let lines = trace.span("read", call) { read(path) }
public struct Trace: @unchecked Sendable {
  let raw: UnsafePointer<th_trace>

  /// Nil when nobody records a trace.
  public init?(_ host: Host) {
    guard let table = host.services("taskhost.trace/1"),
      table.load(as: UInt32.self) >= MemoryLayout<th_trace>.size
    else { return nil }
    raw = table.assumingMemoryBound(to: th_trace.self)
  }

  /// A span begins, inside those that are open. On the thread of the hook.
  public func begin(_ name: String, _ call: Call) {
    Bytes.lending(name) { raw.pointee.begin(call.raw, $0) }
  }

  /// The one that was begun last ends. What is open when the hook returns ends there.
  public func end(_ call: Call) { raw.pointee.end(call.raw) }
}

extension Optional where Wrapped == Trace {
  /// The body as one span. The name is made only when there is a trace.
  public func span<R, E: Error>(
    _ name: @autoclosure () -> String, _ call: Call, _ body: () throws(E) -> R
  ) throws(E) -> R {
    guard let trace = self else { return try body() }
    trace.begin(name(), call)
    defer { trace.end(call) }
    return try body()
  }
}
