/// Base64 as in RFC 4648, section 4: with padding, without line ends.
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// 255 for what is no digit.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  /// How many bytes a text stands for; nil if it can not be base64.
  package static func decodedCount(_ text: UnsafeRawBufferPointer) -> Int? {
    guard text.count.isMultiple(of: 4) else { return nil }
    guard let last = text.last else { return 0 }
    let padding = last != UInt8(ascii: "=") ? 0 : text[text.count - 2] != UInt8(ascii: "=") ? 1 : 2
    return text.count / 4 * 3 - padding
  }

  /// Fills memory of `decodedCount` bytes; nil, or where the text is wrong.
  package static func decode(
    _ text: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
  ) -> Int? {
    values.withUnsafeBufferPointer { values in
      let whole = memory.count / 3
      var input = 0
      var output = 0
      for _ in 0..<whole {
        let a = values[Int(text[input])]
        let b = values[Int(text[input + 1])]
        let c = values[Int(text[input + 2])]
        let d = values[Int(text[input + 3])]
        // A digit has six bits.
        guard a | b | c | d < 64 else { return wrong(text, input, values) }
        let bits = UInt32(a) << 18 | UInt32(b) << 12 | UInt32(c) << 6 | UInt32(d)
        memory[output] = UInt8(truncatingIfNeeded: bits >> 16)
        memory[output + 1] = UInt8(truncatingIfNeeded: bits >> 8)
        memory[output + 2] = UInt8(truncatingIfNeeded: bits)
        input += 4
        output += 3
      }
      let rest = memory.count - output
      guard rest > 0 else { return nil }
      let a = values[Int(text[input])]
      let b = values[Int(text[input + 1])]
      let c = rest == 2 ? values[Int(text[input + 2])] : 0
      guard a | b | c < 64 else { return wrong(text, input, values) }
      let bits = UInt32(a) << 18 | UInt32(b) << 12 | UInt32(c) << 6
      memory[output] = UInt8(truncatingIfNeeded: bits >> 16)
      if rest == 2 { memory[output + 1] = UInt8(truncatingIfNeeded: bits >> 8) }
      // Bits that stand for nothing: two texts would be the same bytes.
      let isClean = bits & (rest == 2 ? 0xFF : 0xFFFF) == 0
      return isClean ? nil : input + rest
    }
  }

  private static func wrong(
    _ text: UnsafeRawBufferPointer, _ start: Int, _ values: UnsafeBufferPointer<UInt8>
  ) -> Int {
    (start..<min(start + 4, text.count)).first { values[Int(text[$0])] == 255 } ?? start
  }

  package static func encode(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var bits = UInt32(bytes[index]) << 16
      if count > 1 { bits |= UInt32(bytes[index + 1]) << 8 }
      if count > 2 { bits |= UInt32(bytes[index + 2]) }
      for digit in 0..<4 {
        text.append(digit <= count ? alphabet[Int(bits >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
      }
      index += 3
    }
  }
}
