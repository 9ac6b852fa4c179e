/// A value of JSON that stays where it was read: numbers and texts are ranges of the input.
package struct JSONNode {
  package enum Value {
    case null
    case boolean(Bool)
    case number(Range<Int>)
    /// Between the quotes.
    case text(Range<Int>, hasEscapes: Bool)
    case array([JSONNode])
    case object([(key: JSONNode, value: JSONNode)])
  }

  package var value: Value
  /// In bytes from the start of the input.
  package var offset: Int

  package var typeName: String {
    switch value {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number: "a number"
    case .text: "a text"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// Reads one value of JSON (RFC 8259) out of memory that outlives what is read.
package struct JSONReader {
  package struct Failure: Error {
    package var offset: Int
    package var message: String
  }

  package let bytes: UnsafeRawBufferPointer
  private var position = 0

  private static let deepest = 16

  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The one value of the input.
  package mutating func read() throws(Failure) -> JSONNode {
    let node = try value(0)
    skipSpace()
    guard position == bytes.count else { throw failure("there is something behind the value") }
    return node
  }

  private func failure(_ message: String) -> Failure { Failure(offset: position, message: message) }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(_ depth: Int) throws(Failure) -> JSONNode {
    skipSpace()
    guard position < bytes.count else { throw failure("the text ends where a value is expected") }
    guard depth <= Self.deepest else { throw failure("more than \(Self.deepest) brackets within each other") }
    let start = position
    switch bytes[position] {
    case UInt8(ascii: "{"): return JSONNode(value: .object(try object(depth)), offset: start)
    case UInt8(ascii: "["): return JSONNode(value: .array(try array(depth)), offset: start)
    case UInt8(ascii: "\""): return try text()
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONNode.Value) throws(Failure) -> JSONNode {
    let start = position
    let isThere = word.withUTF8Buffer { bytes[start...].starts(with: $0) }
    guard isThere else { throw failure("expected a value of JSON") }
    position += word.utf8CodeUnitCount
    return JSONNode(value: value, offset: start)
  }

  private mutating func object(_ depth: Int) throws(Failure) -> [(key: JSONNode, value: JSONNode)] {
    var members: [(key: JSONNode, value: JSONNode)] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return members }
    while true {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw failure("expected the name of a member in quotes")
      }
      let key = try text()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure("expected ':'") }
      members.append((key, try value(depth + 1)))
      skipSpace()
      if take(UInt8(ascii: "}")) { return members }
      guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or '}'") }
    }
  }

  private mutating func array(_ depth: Int) throws(Failure) -> [JSONNode] {
    var elements: [JSONNode] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value(depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or ']'") }
    }
  }

  private mutating func text() throws(Failure) -> JSONNode {
    let start = position
    position += 1
    let first = position
    var hasEscapes = false
    skipPlain()
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return JSONNode(value: .text(first..<position - 1, hasEscapes: hasEscapes), offset: start)
      }
      guard byte >= 0x20 else { throw failure("a control character inside a text") }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        position += 2
        skipPlain()
      } else {
        position += 1
      }
    }
    position = start
    throw failure("a text without its end")
  }

  /// 64 bytes at a time, as long as none of them ends a text or has a meaning of its own in it. Most of a call may be data.
  private mutating func skipPlain() {
    let ones = SIMD8<UInt64>(repeating: 0x0101_0101_0101_0101)
    let quote = ones &* 0x22
    let slash = ones &* 0x5C
    let space = ones &* 0x20
    var here = position
    let last = bytes.count - 64
    while here <= last {
      let chunk = bytes.loadUnaligned(fromByteOffset: here, as: SIMD8<UInt64>.self)
      let quotes = chunk ^ quote
      let slashes = chunk ^ slash
      // The high bit of a byte that is zero, or below a space; none of a byte that is neither.
      let found = (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes | (chunk &- space) & ~chunk
      let low = found[0] | found[1] | found[2] | found[3]
      let high = found[4] | found[5] | found[6] | found[7]
      if (low | high) & 0x8080_8080_8080_8080 != 0 { break }
      here &+= 64
    }
    position = here
  }

  private mutating func number() throws(Failure) -> JSONNode {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let firstDigit = position
    guard digits() > 0 else {
      position = start
      throw failure("expected a value of JSON")
    }
    guard position == firstDigit + 1 || bytes[firstDigit] != UInt8(ascii: "0") else {
      position = start
      throw failure("a number that begins with 0")
    }
    if take(UInt8(ascii: ".")), digits() == 0 { throw failure("expected a digit") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      if digits() == 0 { throw failure("expected a digit") }
    }
    return JSONNode(value: .number(start..<position), offset: start)
  }

  private mutating func digits() -> Int {
    let start = position
    while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
    return position - start
  }

  // MARK: Texts

  package func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[range])
  }

  /// The bytes that a text with escapes stands for.
  package func unescaped(_ range: Range<Int>) throws(Failure) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      let escape = bytes[index]
      index += 1
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
      case UInt8(ascii: "b"): result.append(8)
      case UInt8(ascii: "f"): result.append(12)
      case UInt8(ascii: "n"): result.append(10)
      case UInt8(ascii: "r"): result.append(13)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "u"):
        let scalar = try unicode(&index, range)
        result.append(contentsOf: String(Character(scalar)).utf8)
      default: throw Failure(offset: index - 2, message: "no escape of JSON")
      }
    }
    return result
  }

  private func unicode(_ index: inout Int, _ range: Range<Int>) throws(Failure) -> Unicode.Scalar {
    let start = index - 2
    var unit = try hexadecimal(&index, range)
    if unit >> 10 == 0xD800 >> 10, index + 1 < range.upperBound, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u")
    {
      index += 2
      let low = try hexadecimal(&index, range)
      guard low >> 10 == 0xDC00 >> 10 else {
        throw Failure(offset: start, message: "half of a surrogate pair")
      }
      unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(unit) else {
      throw Failure(offset: start, message: "half of a surrogate pair")
    }
    return scalar
  }

  private func hexadecimal(_ index: inout Int, _ range: Range<Int>) throws(Failure) -> UInt32 {
    let digits = bytes[index..<min(index + 4, range.upperBound)]
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw Failure(offset: index - 2, message: "expected four hexadecimal digits behind \\u") }
    index += 4
    return value
  }
}
