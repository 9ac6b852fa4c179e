internal import CPosix
internal import CTaskHost
package import Wire

/// Spans that a plugin marks inside one hook. Only there while somebody records a trace.
package final class SpanRecorder {
  /// Spans that may be open inside each other.
  private static let deepest = 64

  package private(set) var spans: [SpansMessage.Span] = []
  package private(set) var dropped: UInt64 = 0
  private var isRecording = false
  private var open: [Int] = []
  /// Open ones that are not kept.
  private var unkept = 0

  package init() {}

  /// A hook begins.
  package func start() {
    isRecording = true
    spans.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
    (dropped, unkept) = (0, 0)
  }

  /// It has returned: what it has left open ends with it.
  package func finish(at now: UInt64) {
    isRecording = false
    for index in open { spans[index].end = now }
    open.removeAll(keepingCapacity: true)
  }

  package var isEmpty: Bool { spans.isEmpty && dropped == 0 }

  func begin(_ name: th_bytes) {
    guard isRecording else { return }
    guard unkept == 0, spans.count < SpansMessage.most, open.count < Self.deepest else {
      dropped += 1
      unkept += 1
      return
    }
    let now = cpx_now()
    open.append(spans.count)
    spans.append(SpansMessage.Span(name: name.text(limit: SpansMessage.nameLimit), start: now, end: now))
  }

  func end() {
    guard isRecording else { return }
    if unkept > 0 {
      unkept -= 1
    } else if let index = open.popLast() {
      spans[index].end = cpx_now()
    }
  }
}
