internal import Glibc

/// Why a file is not the ELF file that it should be.
package struct ELFError: Error, Hashable, Sendable {
  package var rule: LoadRule
  /// In the file.
  package var offset: UInt64
  package var found: String
  package var expected: String
}

/// The bytes of an untrusted file: nothing is believed about where they end.
enum ByteSource {
  case descriptor(Int32, size: UInt64)
  case memory([UInt8])

  var size: UInt64 {
    switch self {
    case .descriptor(_, let size): size
    case .memory(let bytes): UInt64(bytes.count)
    }
  }

  /// Reads exactly `count` bytes, at most `limit`; `what` is their name in a message.
  func read(
    _ offset: UInt64, _ count: UInt64, limit: UInt64, rule: LoadRule, _ what: String
  ) throws(ELFError) -> ByteTable {
    guard count <= limit else {
      throw ELFError(
        rule: rule, offset: offset, found: "\(count) bytes of \(what)", expected: "at most \(limit)")
    }
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow, end <= size else {
      throw ELFError(
        rule: rule, offset: min(offset, size), found: "the end of the file (\(size) bytes)",
        expected: "\(count) bytes of \(what) at byte \(offset)")
    }
    switch self {
    case .memory(let bytes): return ByteTable(bytes: Array(bytes[Int(offset)..<Int(end)]), offset: offset)
    case .descriptor(let descriptor, _):
      var failure: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
        while filled < Int(count) {
          let got = pread(
            descriptor, buffer.baseAddress.map { $0 + filled }, Int(count) - filled,
            off_t(offset) + off_t(filled))
          if got < 0 && errno == EINTR { continue }
          if got < 0 { failure = errno }
          if got <= 0 { break }
          filled += got
        }
      }
      guard bytes.count == Int(count) else {
        throw ELFError(
          rule: rule, offset: offset + UInt64(bytes.count),
          found: failure == 0 ? "the end of a shrinking file" : String(cString: strerror(failure)),
          expected: "\(count) bytes of \(what) at byte \(offset)")
      }
      return ByteTable(bytes: bytes, offset: offset)
    }
  }
}

/// A part of a file in memory.
struct ByteTable {
  let bytes: [UInt8]
  /// Where the part begins in the file.
  let offset: UInt64

  /// The little-endian integer at `place`, or nil when the table ends before it does.
  func integer<Integer: FixedWidthInteger>(_ place: Int, as: Integer.Type = Integer.self) -> Integer? {
    guard place >= 0, place <= bytes.count - MemoryLayout<Integer>.size else { return nil }
    return bytes.withUnsafeBytes {
      Integer(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Integer.self))
    }
  }

  /// The same for a table that is known to be long enough.
  func require<Integer: FixedWidthInteger>(
    _ place: Int, as: Integer.Type = Integer.self, rule: LoadRule = .programHeaders
  ) throws(ELFError) -> Integer {
    guard let value = integer(place, as: Integer.self) else {
      throw ELFError(
        rule: rule, offset: offset &+ UInt64(bytes.count), found: "the end of a table",
        expected: "\(MemoryLayout<Integer>.size) bytes at \(place) of it")
    }
    return value
  }

  /// The bytes from `place` up to the next NUL, or nil when there is none.
  func text(_ place: UInt64) -> ArraySlice<UInt8>? {
    guard place < UInt64(bytes.count) else { return nil }
    let rest = bytes[Int(place)...]
    guard let end = rest.firstIndex(of: 0) else { return nil }
    return rest[..<end]
  }
}
