/// Writes the fields of a control payload: integers as they lie in memory, bytes behind their length.
package struct PayloadWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func put(_ value: UInt64) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  package mutating func put(_ value: some Sequence<UInt8>) {
    let start = bytes.count
    put(UInt64(0))
    bytes.append(contentsOf: value)
    let length = UInt64(bytes.count - start - 8)
    withUnsafeBytes(of: length) { bytes.replaceSubrange(start..<start + 8, with: $0) }
  }

  package mutating func put(_ text: String) { put(text.utf8) }

  package mutating func put(_ values: [String]) {
    put(UInt64(values.count))
    for value in values { put(value) }
  }
}

/// Reads what a `PayloadWriter` wrote, and trusts none of it.
package struct PayloadReader {
  private let bytes: UnsafeRawBufferPointer
  private let type: FrameType
  private var position = 0

  package init(_ bytes: UnsafeRawBufferPointer, of type: FrameType) {
    self.bytes = bytes
    self.type = type
  }

  package mutating func number() throws(WireError) -> UInt64 {
    guard bytes.count - position >= 8 else { throw shortBy("a number", 8) }
    defer { position += 8 }
    return bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
  }

  package mutating func int32() throws(WireError) -> Int32 {
    let value = try number()
    guard let small = Int32(exactly: Int64(bitPattern: value)) else {
      throw .badPayload(of: type, "\(value) does not fit 32 bits")
    }
    return small
  }

  package mutating func slice() throws(WireError) -> UnsafeRawBufferPointer {
    let length = try number()
    guard length <= UInt64(bytes.count - position) else { throw shortBy("a field", Int(clamping: length)) }
    defer { position += Int(length) }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(length)])
  }

  package mutating func text() throws(WireError) -> String {
    String(decoding: try slice(), as: UTF8.self)
  }

  package mutating func texts() throws(WireError) -> [String] {
    let count = try number()
    // Each text takes at least its length.
    guard count <= UInt64((bytes.count - position) / 8) else { throw shortBy("a list", Int(clamping: count)) }
    var values: [String] = []
    for _ in 0..<count { values.append(try text()) }
    return values
  }

  package func finish() throws(WireError) {
    guard position == bytes.count else {
      throw .badPayload(of: type, "\(bytes.count - position) bytes more than expected")
    }
  }

  private func shortBy(_ what: String, _ need: Int) -> WireError {
    .badPayload(of: type, "\(what) of \(need) bytes at \(position), \(bytes.count - position) are left")
  }
}
