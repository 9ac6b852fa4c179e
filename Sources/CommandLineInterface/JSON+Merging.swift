/// Members of a JSON object that a kind wrote, on their way into one of our lines.
extension ByteBuffer {
  /// Appends the members of `object`, which is the text of a JSON object, except those whose name is in
  /// `reserved` or came before. Space between tokens is dropped, so the line stays one line.
  /// False, and nothing appended, when it is not a JSON object.
  mutating func mergeMembers(of object: String, except reserved: Set<String>) -> Bool {
    let start = count
    var object = object
    let valid = object.withUTF8 { bytes in
      var copier = JSONCopier(bytes: bytes)
      return copier.copyMembers(to: &self, except: reserved)
    }
    if !valid { truncate(to: start) }
    return valid
  }
}

/// Copies one JSON value after another, checking its grammar.
private struct JSONCopier: ~Copyable {
  let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0

  private static let deepest = 128

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func copyMembers(to buffer: inout ByteBuffer, except reserved: Set<String>) -> Bool {
    var seen = reserved
    guard skip(0x7B) else { return false }
    if skip(0x7D) { return isAtEnd }
    repeat {
      let start = buffer.count
      buffer.append(0x2C)
      skipSpace()
      let nameStart = buffer.count
      guard copyString(to: &buffer) else { return false }
      let name = JSONCopier.decoded(UnsafeBufferPointer(rebasing: buffer.bytes[nameStart...]))
      guard skip(0x3A) else { return false }
      buffer.append(0x3A)
      guard copyValue(to: &buffer, depth: 1) else { return false }
      if !seen.insert(name).inserted { buffer.truncate(to: start) }
    } while skip(0x2C)
    return skip(0x7D) && isAtEnd
  }

  private var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return index == bytes.count
    }
  }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    skipSpace()
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func copyValue(to buffer: inout ByteBuffer, depth: Int) -> Bool {
    skipSpace()
    guard index < bytes.count, depth <= JSONCopier.deepest else { return false }
    switch bytes[index] {
    case 0x22: return copyString(to: &buffer)
    case 0x7B: return copyList(0x7B, 0x7D, named: true, to: &buffer, depth: depth)
    case 0x5B: return copyList(0x5B, 0x5D, named: false, to: &buffer, depth: depth)
    case 0x74: return copy("true", to: &buffer)
    case 0x66: return copy("false", to: &buffer)
    case 0x6E: return copy("null", to: &buffer)
    default: return copyNumber(to: &buffer)
    }
  }

  private mutating func copyList(
    _ open: UInt8, _ close: UInt8, named: Bool, to buffer: inout ByteBuffer, depth: Int
  ) -> Bool {
    index += 1
    buffer.append(open)
    if !skip(close) {
      var isFirst = true
      repeat {
        if !isFirst { buffer.append(0x2C) }
        isFirst = false
        if named {
          skipSpace()
          guard copyString(to: &buffer), skip(0x3A) else { return false }
          buffer.append(0x3A)
        }
        guard copyValue(to: &buffer, depth: depth + 1) else { return false }
      } while skip(0x2C)
      guard skip(close) else { return false }
    }
    buffer.append(close)
    return true
  }

  private mutating func copy(_ word: StaticString, to buffer: inout ByteBuffer) -> Bool {
    let length = word.utf8CodeUnitCount
    guard index + length <= bytes.count else { return false }
    for offset in 0..<length where bytes[index + offset] != word.utf8Start[offset] { return false }
    buffer.append(word)
    index += length
    return true
  }

  private mutating func copyNumber(to buffer: inout ByteBuffer) -> Bool {
    let start = index
    func digits() -> Bool {
      let first = index
      while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
      return index > first
    }
    func take(_ accepted: UInt8...) -> Bool {
      guard index < bytes.count, accepted.contains(bytes[index]) else { return false }
      index += 1
      return true
    }
    _ = take(0x2D)
    if !take(0x30) {
      guard digits() else { return false }
    }
    if take(0x2E) {
      guard digits() else { return false }
    }
    if take(0x65, 0x45) {
      _ = take(0x2B, 0x2D)
      guard digits() else { return false }
    }
    buffer.append(UnsafeBufferPointer(rebasing: bytes[start..<index]))
    return true
  }

  private mutating func copyString(to buffer: inout ByteBuffer) -> Bool {
    guard index < bytes.count, bytes[index] == 0x22 else { return false }
    let start = index
    index += 1
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case 0x22:
        buffer.append(UnsafeBufferPointer(rebasing: bytes[start..<index]))
        return true
      case 0x5C:
        guard index < bytes.count else { return false }
        let escape = bytes[index]
        index += 1
        if escape == 0x75 {
          guard index + 4 <= bytes.count, JSONCopier.hex(bytes[index..<index + 4]) != nil else {
            return false
          }
          index += 4
        } else if ![0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74].contains(escape) {
          return false
        }
      case 0..<0x20: return false
      default: break
      }
    }
    return false
  }

  private static func hex(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt16? {
    // A sign would be accepted by UInt16.
    guard digits.allSatisfy({ $0 != 0x2B && $0 != 0x2D }) else { return nil }
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  /// What a JSON string with its quotes means.
  private static func decoded(_ string: UnsafeBufferPointer<UInt8>) -> String {
    guard string.contains(0x5C) else { return String(decoding: string.dropFirst().dropLast(), as: UTF8.self) }
    var units: [UInt16] = []
    var index = 1
    while index < string.count - 1 {
      if string[index] != 0x5C {
        let (scalar, length) = UTF8Scalar.decode(string, at: index)
        units += Array(String(Unicode.Scalar(scalar ?? 0xFFFD) ?? "\u{FFFD}").utf16)
        index += length
        continue
      }
      let escape = string[index + 1]
      index += 2
      switch escape {
      case 0x75:
        units.append(hex(string[index..<index + 4]) ?? 0xFFFD)
        index += 4
      case 0x62: units.append(8)
      case 0x66: units.append(12)
      case 0x6E: units.append(10)
      case 0x72: units.append(13)
      case 0x74: units.append(9)
      default: units.append(UInt16(escape))
      }
    }
    return String(decoding: units, as: UTF16.self)
  }
}
