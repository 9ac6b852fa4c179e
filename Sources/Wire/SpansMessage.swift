/// Spans with names of the kind's own within one request, as its worker has measured them: CLOCK_MONOTONIC of its machine, in
/// nanoseconds.
package struct SpansMessage: Equatable, Sendable {
  package struct Span: Equatable, Sendable {
    package var name: String
    package var start: UInt64
    package var end: UInt64

    package init(name: String, start: UInt64, end: UInt64) {
      self.name = name
      self.start = start
      self.end = end
    }
  }

  /// Of one request, and of one hook in the host.
  package static let most = 256
  package static let nameLimit = 128

  /// When this was written, and the request that it is about.
  package var sentAt: UInt64
  package var begunAt: UInt64
  package var endedAt: UInt64
  /// More than could be kept.
  package var dropped: UInt64
  package var spans: [Span]

  package init(sentAt: UInt64, begunAt: UInt64, endedAt: UInt64, dropped: UInt64, spans: [Span]) {
    self.sentAt = sentAt
    self.begunAt = begunAt
    self.endedAt = endedAt
    self.dropped = dropped
    self.spans = spans
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    for number in [sentAt, begunAt, endedAt, dropped, UInt64(spans.count)] { out.put(number) }
    for span in spans {
      out.put(span.start)
      out.put(span.end)
      out.put(span.name)
    }
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .spans)
    sentAt = try reader.number()
    begunAt = try reader.number()
    endedAt = try reader.number()
    dropped = try reader.number()
    let count = try reader.number()
    guard count <= UInt64(Self.most) else {
      throw .badPayload(of: .spans, "\(count) spans, expected \(Self.most) at most")
    }
    spans = []
    for _ in 0..<count {
      let (start, end) = (try reader.number(), try reader.number())
      let name = try reader.slice()
      guard name.count <= 3 * Self.nameLimit else {
        throw .badPayload(of: .spans, "a name of \(name.count) bytes")
      }
      spans.append(Span(name: String(decoding: name, as: UTF8.self), start: start, end: end))
    }
    try reader.finish()
  }
}
