package import CTaskHost
internal import Glibc

/// Bytes of an open regular file.
package struct FilePiece {
  package var descriptor: Int32
  package var offset: UInt64
  package var count: UInt64
  /// Which file it is, on this machine.
  package var device: UInt64
  package var inode: UInt64

  /// Nil if it is no such file, or a shorter one.
  package init?(_ descriptor: Int32, offset: UInt64, count: UInt64) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let size = UInt64(max(status.st_size, 0))
    guard offset <= size, count <= size - offset else { return nil }
    self.descriptor = descriptor
    self.offset = offset
    self.count = count
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  private static let mostAtOnce = 128 << 10

  /// Gives the bytes one after the other, while that returns TH_OK. A file that has become shorter, or can not be read, is
  /// TH_E_BAD_INPUT.
  package func read(_ body: (UnsafeRawBufferPointer) -> th_status) -> th_status {
    let chunk = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(min(count, UInt64(Self.mostAtOnce))), alignment: 8)
    defer { chunk.deallocate() }
    var done: UInt64 = 0
    while done < count {
      let got = pread(
        descriptor, chunk.baseAddress, Int(min(UInt64(chunk.count), count - done)), off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return TH_E_BAD_INPUT }
      let status = body(UnsafeRawBufferPointer(rebasing: chunk[..<got]))
      guard status == TH_OK else { return status }
      done += UInt64(got)
    }
    return TH_OK
  }
}
