/// Text of plugins on its way to a terminal: nothing in it may move the cursor, change colours, hide or reorder
/// what others wrote, or start a line.
extension ByteBuffer {
  mutating func append(escaped text: String) {
    var text = text
    text.withUTF8 { append(escaped: $0) }
  }

  /// Control characters become `\n`, `\x1b` or `\u{85}`, and bytes that are not UTF-8 become `\xff`.
  /// Tabulators stay.
  mutating func append(escaped bytes: UnsafeBufferPointer<UInt8>) {
    var index = 0
    var plain = 0
    func isPlain(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte < 0x7F) || byte == 0x09 }
    while index < bytes.count {
      if isPlain(bytes[index]) {
        index += 1
        continue
      }
      append(UnsafeBufferPointer(rebasing: bytes[plain..<index]))
      let (scalar, length) = UTF8Scalar.decode(bytes, at: index)
      switch scalar {
      case nil: append(escapedByte: bytes[index])
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case let scalar? where scalar < 0x80: append(escapedByte: UInt8(scalar))
      case let scalar? where UTF8Scalar.isInvisible(scalar):
        append("\\u{")
        append(String(scalar, radix: 16))
        append(0x7D)
      default: append(UnsafeBufferPointer(rebasing: bytes[index..<index + length]))
      }
      index += length
      plain = index
    }
    append(UnsafeBufferPointer(rebasing: bytes[plain..<index]))
  }

  private mutating func append(escapedByte byte: UInt8) {
    append("\\x")
    append(HexDigit.lower(byte >> 4))
    append(HexDigit.lower(byte & 15))
  }
}

enum HexDigit {
  static func lower(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}

enum UTF8Scalar {
  /// The scalar value that begins at `index` and its length in bytes; nil and 1 when there is none.
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (scalar: UInt32?, length: Int) {
    let first = bytes[index]
    let length: Int
    let lowest: UInt32
    var scalar: UInt32
    switch first {
    case 0..<0x80: return (UInt32(first), 1)
    case 0xC2...0xDF: (length, lowest, scalar) = (2, 0x80, UInt32(first & 0x1F))
    case 0xE0...0xEF: (length, lowest, scalar) = (3, 0x800, UInt32(first & 0x0F))
    case 0xF0...0xF4: (length, lowest, scalar) = (4, 0x10000, UInt32(first & 0x07))
    default: return (nil, 1)
    }
    guard index + length <= bytes.count else { return (nil, 1) }
    for offset in 1..<length {
      let next = bytes[index + offset]
      guard next & 0xC0 == 0x80 else { return (nil, 1) }
      scalar = scalar << 6 | UInt32(next & 0x3F)
    }
    guard scalar >= lowest, scalar <= 0x10FFFF, !(0xD800...0xDFFF).contains(scalar) else { return (nil, 1) }
    return (scalar, length)
  }

  static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count {
      if bytes[index] < 0x80 {
        index += 1
        continue
      }
      let (scalar, length) = decode(bytes, at: index)
      guard scalar != nil else { return false }
      index += length
    }
    return true
  }

  /// Controls of the C1 range, marks that reorder text or hide in it, and the line separators of Unicode.
  static func isInvisible(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x80...0x9F, 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
      0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
    default: false
    }
  }
}
