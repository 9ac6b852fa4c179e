/// Members of a JSON object, each with its comma in front: a line begins with a member that is written out.
extension ByteBuffer {
  @inline(__always)
  mutating func name(_ name: StaticString) {
    append(",\"")
    append(name)
    append("\":")
  }

  mutating func member(_ name: StaticString, _ value: String) {
    self.name(name)
    append(json: value)
  }

  mutating func member(_ name: StaticString, word: StaticString) {
    self.name(name)
    append(0x22)
    append(word)
    append(0x22)
  }

  /// `word` has nothing that would have to be escaped.
  mutating func member(_ name: StaticString, plain word: String) {
    self.name(name)
    append(0x22)
    append(word)
    append(0x22)
  }

  mutating func member(_ name: StaticString, _ value: UInt64) {
    self.name(name)
    append(decimal: value)
  }

  mutating func member(_ name: StaticString, _ value: Int) {
    self.name(name)
    append(decimal: Int64(value))
  }

  mutating func member(_ name: StaticString, _ value: Int32) { member(name, Int(value)) }

  mutating func member(_ name: StaticString, _ value: Bool) {
    self.name(name)
    append(value ? "true" : "false")
  }

  mutating func member(_ name: StaticString, seconds duration: Duration) {
    self.name(name)
    append(seconds: duration.nanoseconds, digits: 9)
  }

  /// `data` for UTF-8, else `data_base64`.
  mutating func member(data bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
      if UTF8Scalar.isValid(bytes) {
        name("data")
        append(json: bytes)
      } else {
        name("data_base64")
        append(0x22)
        append(base64: bytes)
        append(0x22)
      }
    }
  }

  mutating func append(json text: String) {
    var text = text
    text.withUTF8 { append(json: $0) }
  }

  /// `bytes`, which are UTF-8, as a JSON string.
  mutating func append(json bytes: UnsafeBufferPointer<UInt8>) {
    append(0x22)
    var plain = 0
    for index in bytes.indices {
      let byte = bytes[index]
      if byte >= 0x20 && byte != 0x22 && byte != 0x5C { continue }
      append(UnsafeBufferPointer(rebasing: bytes[plain..<index]))
      plain = index + 1
      append(0x5C)
      switch byte {
      case 0x22, 0x5C: append(byte)
      case 0x0A: append(0x6E)
      case 0x0D: append(0x72)
      case 0x09: append(0x74)
      default:
        append("u00")
        append(HexDigit.lower(byte >> 4))
        append(HexDigit.lower(byte & 15))
      }
    }
    append(UnsafeBufferPointer(rebasing: bytes[plain...]))
    append(0x22)
  }

  mutating func append(base64 bytes: UnsafeBufferPointer<UInt8>) {
    func digit(_ bits: UInt32) -> UInt8 {
      switch UInt8(bits & 63) {
      case let v where v < 26: 0x41 + v
      case let v where v < 52: 0x61 + v - 26
      case let v where v < 62: 0x30 + v - 52
      case 62: 0x2B
      default: 0x2F
      }
    }
    var index = 0
    while index < bytes.count {
      let rest = bytes.count - index
      let bits =
        UInt32(bytes[index]) << 16 | (rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
        | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
      append(digit(bits >> 18))
      append(digit(bits >> 12))
      append(rest > 1 ? digit(bits >> 6) : 0x3D)
      append(rest > 2 ? digit(bits) : 0x3D)
      index += 3
    }
  }
}

extension Duration {
  /// None that is shown is negative.
  var nanoseconds: UInt64 {
    // Up to 18 s without a division of 128 bits.
    if let few = UInt64(exactly: attoseconds) { return few / 1_000_000_000 }
    return UInt64(clamping: attoseconds / 1_000_000_000)
  }
}
