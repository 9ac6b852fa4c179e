internal import CTaskHost

/// What tasks said that they demand, each text once: options of tasks hold a number in place of it.
package final class DemandTexts {
  private var numbers: [[UInt8]: UInt32] = [:]
  private var texts: [[UInt8]] = []

  package init() {}

  /// From 1; 0 for an empty text.
  func number(of bytes: th_bytes) -> UInt32 {
    guard bytes.len > 0, let start = bytes.ptr else { return 0 }
    let text = Array(UnsafeBufferPointer(start: start, count: bytes.len))
    if let known = numbers[text] { return known }
    texts.append(text)
    numbers[text] = UInt32(texts.count)
    return UInt32(texts.count)
  }

  package func text(_ number: UInt32) -> [UInt8] { texts[Int(number) - 1] }
}
