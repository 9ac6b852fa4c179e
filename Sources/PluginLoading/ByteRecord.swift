/// Values one after the other, as a file of this program keeps them for its next start, or a process of it tells another one.
package struct RecordWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func add(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func add(_ value: Bool) { add(value ? 1 as UInt8 : 0) }

  package mutating func add(_ value: [UInt8]) {
    add(UInt32(clamping: value.count))
    bytes += value
  }

  package mutating func add(_ value: String) {
    add(UInt32(clamping: value.utf8.count))
    bytes += value.utf8
  }

  package mutating func add<Element>(
    _ values: [Element], _ body: (inout RecordWriter, Element) -> Void
  ) {
    add(UInt32(clamping: values.count))
    for value in values { body(&self, value) }
  }

  /// Whether there is one, and then the value.
  package mutating func add<Value>(optional value: Value?, _ body: (inout RecordWriter, Value) -> Void) {
    add(value != nil)
    if let value { body(&self, value) }
  }
}

/// The bytes are not what a `RecordWriter` writes.
package struct RecordError: Error {
  package init() {}
}

/// Reads what a `RecordWriter` has written. The bytes may be anything: each value that is not there is an error.
package struct RecordReader {
  private let bytes: ArraySlice<UInt8>
  package private(set) var position: Int

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  package var isAtEnd: Bool { position == bytes.endIndex }

  private mutating func take(_ count: Int) throws(RecordError) -> Range<Int> {
    guard count >= 0, count <= bytes.endIndex - position else { throw RecordError() }
    defer { position += count }
    return position..<position + count
  }

  package mutating func integer<Integer: FixedWidthInteger>(
    _: Integer.Type = Integer.self
  ) throws(RecordError) -> Integer {
    let range = try take(MemoryLayout<Integer>.size)
    return bytes.withUnsafeBytes {
      Integer(
        littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound - bytes.startIndex, as: Integer.self))
    }
  }

  package mutating func boolean() throws(RecordError) -> Bool {
    let byte: UInt8 = try integer()
    guard byte < 2 else { throw RecordError() }
    return byte == 1
  }

  package mutating func slice() throws(RecordError) -> ArraySlice<UInt8> {
    bytes[try take(Int(try integer(UInt32.self)))]
  }

  package mutating func array() throws(RecordError) -> [UInt8] { Array(try slice()) }

  package mutating func text() throws(RecordError) -> String {
    let text = try slice()
    do throws(UTF8.ValidationError) {
      // The general way, by way of any collection, takes five times as long for the short texts that these are.
      return String(copying: try UTF8Span(validating: text.span))
    } catch {
      throw RecordError()
    }
  }

  package mutating func list<Element>(
    _ body: (inout RecordReader) throws(RecordError) -> Element
  ) throws(RecordError) -> [Element] {
    let count = Int(try integer(UInt32.self))
    // Each element takes a byte at least, so a length that is made up ends here.
    guard count <= bytes.endIndex - position else { throw RecordError() }
    var result: [Element] = []
    for _ in 0..<count { result.append(try body(&self)) }
    return result
  }

  package mutating func optional<Value>(
    _ body: (inout RecordReader) throws(RecordError) -> Value
  ) throws(RecordError) -> Value? {
    try boolean() ? try body(&self) : nil
  }
}
