internal import Glibc

/// What tells one state of a file from another.
package struct FileIdentity: Equatable, Sendable {
  package var device: UInt64
  package var inode: UInt64
  package var size: UInt64
  package var modifiedSeconds: Int64
  package var modifiedNanoseconds: Int64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = UInt64(status.st_size)
    modifiedSeconds = Int64(status.st_mtim.tv_sec)
    modifiedNanoseconds = Int64(status.st_mtim.tv_nsec)
  }
}

/// The text of one file, read whole and followed by zeros. Read and not mapped: a file that is cut off while it is
/// checked must not end the process.
struct SourceFile {
  let path: String
  let text: UnsafeMutablePointer<UInt8>
  let count: Int
  let identity: FileIdentity
  /// False when some byte is neither printable nor white space.
  let isClean: Bool

  var end: UnsafePointer<UInt8> { UnsafePointer(text + count) }

  func deallocate() { Pages.deallocate(UnsafeMutableRawPointer(text), bytes: count + 1) }

  func contains(_ p: UnsafePointer<UInt8>) -> Bool { p >= UnsafePointer(text) && p <= end }

  /// Line and column, from 1, in bytes.
  func position(of p: UnsafePointer<UInt8>) -> (line: Int, column: Int) {
    var line = 1
    var lineStart = UnsafePointer(text)
    while let newline = memchr(lineStart, 10, p - lineStart) {
      lineStart = UnsafePointer(newline.assumingMemoryBound(to: UInt8.self)) + 1
      line += 1
    }
    return (line, p - lineStart + 1)
  }
}

/// A file that is open but not yet read.
struct OpenFile {
  private let descriptor: Int32
  /// As messages show it.
  let path: String
  let identity: FileIdentity

  struct Failure: Error {
    var message: String
  }

  init(path: String, shownAs shown: String) throws(Failure) {
    // Without O_NONBLOCK the open of a FIFO would wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Failure(message: "cannot open the file: \(String(cString: strerror(errno)))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let text = String(cString: strerror(errno))
      Glibc.close(descriptor)
      throw Failure(message: "cannot examine the file: \(text)")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      Glibc.close(descriptor)
      let what = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
      throw Failure(message: "this is \(what); expected a Metamath database")
    }
    self.descriptor = descriptor
    self.path = shown
    identity = FileIdentity(status)
  }

  func close() { Glibc.close(descriptor) }

  func read() throws(Failure) -> SourceFile {
    let size = Int(identity.size)
    let memory = Pages.allocate(bytes: size + 1)
    let text = memory.assumingMemoryBound(to: UInt8.self)
    var count = 0
    var isClean = true
    while true {
      // Each piece is looked at while it is in the cache.
      let got = Glibc.read(descriptor, text + count, min(size + 1 - count, 1 << 19))
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else {
        let reason = String(cString: strerror(errno))
        Pages.deallocate(memory, bytes: size + 1)
        throw Failure(message: "cannot read the file: \(reason)")
      }
      if got == 0 { break }
      isClean = Bytes.allLegal(text + count, got) && isClean
      count += got
      if count > size { break }
    }
    var status = stat()
    guard count == size, fstat(descriptor, &status) == 0, FileIdentity(status) == identity else {
      Pages.deallocate(memory, bytes: size + 1)
      throw Failure(message: "the file changed while it was read")
    }
    memset(text + count, 0, Pages.slack)
    return SourceFile(
      path: path, text: text, count: count, identity: identity, isClean: isClean)
  }
}
