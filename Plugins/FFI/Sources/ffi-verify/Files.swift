internal import Glibc

/// Descriptors that are closed when nobody has them any more.
final class OpenFile {
  let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// All bytes, up to `limit` of them; nil: there are more.
  func read(atMost limit: Int, _ name: String) throws(Stop) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(.badInput, "cannot read \(name)") }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { return nil }
      bytes += chunk[..<count]
    }
  }

  func write(_ bytes: [UInt8], _ name: String) throws(Stop) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .system(.cannotWrite, "cannot write \(name)") }
      written += count
    }
  }
}

enum Files {
  /// As large as what the kind reads.
  private static let largest = 16 << 20

  static func signatures(_ path: String) throws(Stop) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.badInput, "cannot read \(path)") }
    guard let bytes = try OpenFile(descriptor).read(atMost: largest, path) else {
      throw Stop(.badInput, "'\(path)' is larger than 16 MiB; expected a file of signatures")
    }
    return bytes
  }

  /// Whether both are one file, under whatever names.
  static func areSame(_ first: String, _ second: String) -> Bool {
    var (a, b) = (stat(), stat())
    return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_mode & S_IFMT == S_IFREG
      && a.st_dev == b.st_dev && a.st_ino == b.st_ino
  }

  static func emit(_ text: String, to path: String) throws(Stop) {
    // Without O_NONBLOCK the open of a FIFO would wait for its reader.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw errno == ENXIO
        ? Stop(.cannotWrite, "cannot write \(path): nobody reads it")
        : .system(.cannotWrite, "cannot write \(path)")
    }
    let file = OpenFile(descriptor)
    _ = fcntl(descriptor, F_SETFL, O_WRONLY)
    try file.write(Array(text.utf8), path)
  }
}

/// What was found, kept until it can be seen that all of it is written.
struct Report {
  private var text: [UInt8] = []

  mutating func line(_ line: String) { text += "\(line)\n".utf8 }

  mutating func add(_ bytes: [UInt8]) { text += bytes }

  /// A reader that has gone is no error.
  mutating func flush() throws(Stop) {
    defer { text = [] }
    var written = 0
    while written < text.count {
      let count = text.withUnsafeBytes { write(1, $0.baseAddress! + written, $0.count - written) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EPIPE { return }
      guard count > 0 else { throw .system(.cannotWrite, "cannot write to standard output") }
      written += count
    }
  }
}
