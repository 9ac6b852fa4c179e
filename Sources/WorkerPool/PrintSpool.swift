internal import CPosix
internal import Glibc
internal import Wire

/// A file without a name for what tasks have printed and can not come out yet. It is made when it is needed, and gives back the room
/// of what has come out.
final class PrintSpool {
  private var descriptor: Int32 = -1
  private var end = 0
  private var live = 0

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Where the bytes are.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Range<Int> {
    if descriptor < 0 { try open() }
    var written = 0
    while written < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(end + written))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SystemError(count == 0 ? ENOSPC : errno, Self.name) }
      written += count
    }
    defer { end += bytes.count }
    live += bytes.count
    return end..<end + bytes.count
  }

  func write(_ bytes: [UInt8]) throws(SystemError) -> Range<Int> {
    let result = bytes.withUnsafeBytes { raw in
      Result { () throws(SystemError) in try write(raw) }
    }
    return try result.get()
  }

  /// Gives the bytes piece by piece, and their room back.
  func take(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) throws(SystemError) {
    defer { release(range) }
    try Self.read(descriptor, range, body)
  }

  /// Gives bytes of a file piece by piece.
  static func read(
    _ descriptor: Int32, _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(SystemError) {
    if range.isEmpty { return }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: min(range.count, 256 << 10), alignment: 8)
    defer { chunk.deallocate() }
    var at = range.lowerBound
    while at < range.upperBound {
      let count = pread(descriptor, chunk.baseAddress, min(chunk.count, range.upperBound - at), off_t(at))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SystemError(count == 0 ? EIO : errno, name) }
      body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
      at += count
    }
  }

  /// Nobody wants these bytes any more.
  func release(_ range: Range<Int>) {
    live -= range.count
    if live == 0 {
      // If it can not be made shorter it is used from here on.
      if ftruncate(descriptor, 0) == 0 { end = 0 }
    } else {
      // Where a file can have no holes its room comes back at the end.
      _ = cpx_give_back(descriptor, UInt64(range.lowerBound), UInt64(range.count))
    }
  }

  private static let name = "the file for what tasks print"

  private func open() throws(SystemError) {
    let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    descriptor = cpx_unnamed_file(directory)
    guard descriptor >= 0 else { throw SystemError(errno, "\(Self.name) in \(directory)") }
  }
}
