public import CTaskHost

/// A value that crosses between host and workers: how it becomes bytes, and how bytes become it again.
///
/// Texts, numbers and byte arrays are payloads. A struct of numbers becomes one by `BitwisePayload`; anything else says itself how
/// it is written, with `PayloadReader` and the `write` functions of `Output`.
public protocol Payload {
  /// Reads the value; throws `KindError.badInput` when the bytes are none.
  init(payload: Bytes) throws(KindError)
  /// Writes the value.
  func write(to output: Output) throws(KindError)
}

/// A struct that is copied byte by byte, in the order of the machine: it goes between processes of one library.
public protocol BitwisePayload: Payload, BitwiseCopyable {}

extension BitwisePayload {
  /// The bytes must be as many as the value has.
  @inlinable
  public init(payload: Bytes) throws(KindError) { self = try payload.bits(as: Self.self) }

  /// Its bytes.
  @inlinable
  public func write(to output: Output) throws(KindError) {
    var copy = self
    guard withUnsafeBytes(of: &copy, { th_write(output.raw, $0.baseAddress, $0.count) }) == 0 else {
      throw Output.full
    }
  }
}

extension Payload where Self: FixedWidthInteger & BitwiseCopyable {
  /// A number in the byte order of the machine.
  @inlinable
  public init(payload: Bytes) throws(KindError) { self = try payload.bits(as: Self.self) }

  /// In the byte order of the machine.
  @inlinable
  public func write(to output: Output) throws(KindError) { try output.write(self) }
}

extension Int: Payload {}
extension Int64: Payload {}
extension Int32: Payload {}
extension UInt64: Payload {}
extension UInt32: Payload {}
extension UInt8: Payload {}

extension String: Payload {
  /// What is not UTF-8 is repaired.
  public init(payload: Bytes) throws(KindError) { self = payload.text }

  /// As UTF-8.
  public func write(to output: Output) throws(KindError) { try output.write(self) }
}

extension [UInt8]: Payload {
  /// A copy.
  public init(payload: Bytes) throws(KindError) { self = Array(payload.buffer) }

  /// The bytes.
  public func write(to output: Output) throws(KindError) {
    let status = withUnsafeBytes { th_write(output.raw, $0.baseAddress, $0.count) }
    guard status == 0 else { throw Output.full }
  }
}

/// Nothing: the response of a kind whose findings are all that it has to say.
public struct NoPayload: Payload {
  /// There is only one.
  public init() {}
  /// There must be no bytes.
  public init(payload: Bytes) throws(KindError) {
    guard payload.isEmpty else { throw .badInput("found \(payload.count) bytes, expected none") }
  }
  /// Writes nothing.
  public func write(to output: Output) throws(KindError) {}
}

extension Bytes {
  /// A value whose bytes these are.
  @inlinable
  func bits<Value: BitwiseCopyable>(as type: Value.Type) throws(KindError) -> Value {
    guard count == MemoryLayout<Value>.size else {
      throw .badInput("found \(count) bytes, expected \(MemoryLayout<Value>.size)")
    }
    return buffer.loadUnaligned(as: Value.self)
  }
}

/// Reads the parts of a payload one after the other.
public struct PayloadReader {
  private let bytes: Bytes
  private var offset = 0

  /// From the first byte on.
  public init(_ bytes: Bytes) { self.bytes = bytes }

  /// How many bytes are left.
  public var rest: Int { bytes.count - offset }

  /// A number that was written with `Output.write`.
  public mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type = Number.self
  ) throws(KindError) -> Number {
    try part(MemoryLayout<Number>.size).bits(as: Number.self)
  }

  /// A text behind its length, as `Output.write(counted:)` writes it.
  public mutating func text() throws(KindError) -> String {
    let count = try number(UInt32.self)
    return try part(Int(count)).text
  }

  /// Some bytes, lent as the whole is.
  public mutating func part(_ count: Int) throws(KindError) -> Bytes {
    guard count <= rest else { throw .badInput("found \(rest) bytes, expected \(count) more") }
    defer { offset += count }
    var raw = bytes.raw
    raw.ptr = count == 0 ? nil : raw.ptr + offset
    raw.len = count
    return Bytes(raw)
  }

  /// Nothing may be left.
  public func end() throws(KindError) {
    guard rest == 0 else { throw .badInput("there are \(rest) bytes more than expected") }
  }
}

extension Output {
  /// A text behind its length, for a payload that has more than it.
  public func write(counted text: String) throws(KindError) {
    try write(UInt32(clamping: text.utf8.count))
    try write(text)
  }
}
