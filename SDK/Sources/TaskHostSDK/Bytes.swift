public import CTaskHost

/// Bytes that are lent for the length of a call. Copy what must live longer.
public struct Bytes {
  /// The C value.
  public let raw: th_bytes

  /// Wraps the C value.
  @inlinable
  public init(_ raw: th_bytes) { self.raw = raw }

  /// How many they are.
  @inlinable
  public var count: Int { raw.len }

  /// Whether there are none.
  @inlinable
  public var isEmpty: Bool { raw.len == 0 }

  /// The memory itself.
  @inlinable
  public var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: raw.ptr, count: raw.len) }

  /// One byte; the index must be in range.
  @inlinable
  public subscript(index: Int) -> UInt8 { buffer[index] }

  /// A copy as text; what is not UTF-8 is repaired.
  public var text: String { String(decoding: buffer, as: UTF8.self) }

  /// Lends the bytes of a text for the length of `body`.
  @inlinable
  public static func lending<Result, Failure: Error>(
    _ text: String, _ body: (th_bytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var text = text
    var outcome: Swift.Result<Result, Failure>?
    text.withUTF8 { utf8 in
      do throws(Failure) {
        outcome = .success(try body(th_bytes(ptr: utf8.baseAddress, len: utf8.count)))
      } catch {
        outcome = .failure(error)
      }
    }
    return try outcome!.get()
  }
}

/// The words of a submission, lent for the length of a call.
public struct Words: RandomAccessCollection {
  let start: UnsafePointer<th_bytes>?
  /// How many they are.
  public let count: Int

  init(_ start: UnsafePointer<th_bytes>?, _ count: Int) {
    self.start = start
    self.count = count
  }

  /// The first word's place.
  public var startIndex: Int { 0 }
  /// One past the last word's place.
  public var endIndex: Int { count }
  /// One word.
  public subscript(index: Int) -> Bytes {
    precondition(index >= 0 && index < count)
    return Bytes(start![index])
  }
}
