internal import CTaskHost

/// Text in memory of a fixed size, made without an allocation: one NUL at least follows, as the memory was zero.
struct TraceText {
  private let memory: UnsafeMutableRawBufferPointer
  private var count = 0

  /// Bytes that are shown of a payload.
  private static let shown = 32

  init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  /// What was written; the memory may be from another process.
  var string: String {
    let length = memory.firstIndex(of: 0) ?? memory.count
    return String(decoding: UnsafeRawBufferPointer(rebasing: memory[..<length]), as: UTF8.self)
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    guard count + 1 < memory.count else { return }
    memory[count] = byte
    count += 1
  }

  mutating func append(_ text: StaticString) {
    for offset in 0..<text.utf8CodeUnitCount { append(text.utf8Start[offset]) }
  }

  mutating func append(_ text: [UInt8]) { for byte in text { append(byte) } }

  mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: value.magnitude)
  }

  /// ", NAME ", without the comma at the beginning.
  mutating func begin(_ name: [UInt8]) {
    if count > 0 { append(", ") }
    append(name)
    append(UInt8(ascii: " "))
  }

  /// The first of `bytes`: as text in quotes where they are text, else as hexadecimal digits.
  mutating func append(payload start: UnsafeRawPointer?, _ length: Int) {
    let bytes = UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : max(0, length))
    let isText = bytes.prefix(Self.shown).allSatisfy {
      (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"")
    }
    let first = bytes.prefix(isText ? Self.shown : Self.shown / 2)
    if isText {
      append(UInt8(ascii: "\""))
      for byte in first { append(byte) }
      append(UInt8(ascii: "\""))
    } else {
      append("0x")
      for byte in first {
        append(Self.digit(byte >> 4))
        append(Self.digit(byte & 15))
      }
    }
    if first.count < bytes.count {
      append("... (")
      append(decimal: UInt64(bytes.count))
      append(" bytes)")
    }
  }

  mutating func append(payload bytes: th_bytes) { append(payload: bytes.ptr, bytes.len) }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }
}
