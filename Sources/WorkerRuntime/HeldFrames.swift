internal import Wire

/// The frames of a host: those that were held while a request waited come first, then those that follow.
final class HeldFrames {
  /// More than a host has under way.
  private static let most = 4 * CancelPage.slots

  let received: ReceiveBuffer
  private let held = ReceiveBuffer(limit: Int(UInt32.max))
  private let holding = SendBuffer()
  private var count = 0
  private var isLent = false

  init(_ received: ReceiveBuffer) { self.received = received }

  /// The next one that is there.
  @inline(__always)
  func next() throws(WireError) -> Frame? {
    if count > 0 {
      count -= 1
      return try held.next()
    }
    return try received.next()
  }

  /// A request begins to wait: its bytes stay where they are.
  func keepLent() {
    guard !isLent else { return }
    isLent = true
    received.keepLent()
    held.keepLent()
  }

  func release() {
    guard isLent else { return }
    isLent = false
    received.release()
    held.release()
  }

  func hold(_ frame: Frame) throws(WireError) {
    guard count < Self.most else {
      throw .badFrame(
        found: "more than \(Self.most) frames behind a request that waits", expected: "fewer", offset: 0)
    }
    count += 1
    holding.append(frame.type, id: frame.id, payload: frame.payload)
    holding.drain { held.append($0) }
  }
}
