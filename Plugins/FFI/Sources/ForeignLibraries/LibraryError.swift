internal import Glibc

/// Why a file is not used as a library.
package struct LibraryError: Error, Equatable {
  package var message: String

  package init(_ message: String) { self.message = message }

  static func system(_ what: String) -> LibraryError {
    LibraryError("\(what): \(String(cString: strerror(errno)))")
  }
}

/// A file that is open for reading at positions. It is never mapped: one that shrinks meanwhile must not end the host.
final class OpenFile {
  let path: String
  let status: stat
  private let descriptor: Int32

  init(_ path: String) throws(LibraryError) {
    self.path = path
    // Without O_NONBLOCK the open of a FIFO would wait for its writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system("cannot open '\(path)'") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = LibraryError.system("cannot examine '\(path)'")
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw LibraryError("'\(path)' is no regular file")
    }
    self.status = status
  }

  deinit { close(descriptor) }

  var size: Int { Int(status.st_size) }

  func read(_ count: Int, at offset: Int) throws(LibraryError) -> [UInt8] {
    guard offset >= 0, count >= 0, count <= size, offset <= size - count else {
      throw LibraryError("'\(path)' is damaged: something lies behind its end")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset + done))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw .system("cannot read '\(path)'") }
      done += got
    }
    return bytes
  }
}

extension [UInt8] {
  /// A number at this offset, in the byte order of the machine; 0 beyond the end.
  func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: Number.Type) -> Number {
    guard offset >= 0, count >= MemoryLayout<Number>.size, offset <= count - MemoryLayout<Number>.size else {
      return 0
    }
    return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }

  /// Up to the next NUL.
  func text(_ offset: Int) -> String {
    guard offset >= 0, offset < count else { return "" }
    return String(decoding: self[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }
}
