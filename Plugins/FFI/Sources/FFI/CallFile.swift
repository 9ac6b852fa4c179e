internal import ForeignLibraries
internal import ForeignSignatures
internal import Glibc
internal import TaskHostSDK

/// A file of calls, one JSON object in each line. It is read at positions: a pipe has none.
final class CallFile {
  let path: String
  let shown: String
  let size: UInt64
  let changed: UInt64
  private let descriptor: Int32

  init(
    _ shown: String, hint: String = "calls that come over a pipe are read with --from -"
  ) throws(KindError) {
    self.shown = shown
    guard !shown.utf8.contains(0) else { throw .badInput("a path must not hold a NUL byte") }
    path = try Self.absolute(shown)
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .badInput("cannot open '\(shown)': \(String(cString: strerror(errno)))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .badInput("'\(shown)' is no regular file; \(hint)")
    }
    size = UInt64(status.st_size)
    changed = Self.time(status)
  }

  deinit { close(descriptor) }

  private static func time(_ status: stat) -> UInt64 {
    UInt64(bitPattern: Int64(status.st_mtim.tv_sec)) &* 1_000_000_000
      &+ UInt64(bitPattern: Int64(status.st_mtim.tv_nsec))
  }

  private static func absolute(_ path: String) throws(KindError) -> String {
    if path.utf8.first == UInt8(ascii: "/") { return path }
    guard let directory = getcwd(nil, 0) else {
      throw .badInput("cannot tell the current directory: \(String(cString: strerror(errno)))")
    }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }

  /// Fills memory from a position; how much there was.
  func read(into memory: UnsafeMutableRawBufferPointer, at offset: Int) throws(KindError) -> Int {
    var done = 0
    while done < memory.count {
      let got = pread(descriptor, memory.baseAddress! + done, memory.count - done, off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .badInput("cannot read '\(shown)': \(String(cString: strerror(errno)))") }
      if got == 0 { break }
      done += got
    }
    return done
  }

  /// Whether it is still the file that was split into tasks.
  func isUnchanged() -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && UInt64(status.st_size) == size && Self.time(status) == changed
  }

  /// Each line that is not blank, with its number and its place.
  func forEachLine(
    _ body: (_ number: Int, _ offset: Int, _ line: UnsafeRawBufferPointer) throws(KindError) -> Void
  ) throws(KindError) {
    let chunk = 1 << 20
    var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 16)
    defer { memory.deallocate() }
    var filled = 0
    var offset = 0
    var number = 1
    while true {
      let got = try read(
        into: UnsafeMutableRawBufferPointer(rebasing: memory[filled...]), at: offset + filled)
      filled += got
      var start = 0
      while start < filled {
        let rest = UnsafeRawBufferPointer(rebasing: memory[start..<filled])
        let end = rest.firstByte(0x0A) ?? (got == 0 ? rest.count : nil)
        guard let end else { break }
        let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
        if !line.isBlank { try body(number, offset + start, line) }
        number += 1
        start += end + 1
      }
      if got == 0 { return }
      start = min(start, filled)
      memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<filled]))
      filled -= start
      offset += start
      if filled > memory.count - chunk / 2 {
        guard memory.count < Self.longest else {
          throw .badInput("\(shown):\(number): this line is longer than \(Self.longest >> 20) MiB")
        }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count * 2, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<filled]))
        memory.deallocate()
        memory = larger
      }
    }
  }

  private static let longest = 256 << 20
}

extension UnsafeRawBufferPointer {
  func firstByte(_ byte: UInt8) -> Int? {
    guard let start = baseAddress, let found = memchr(start, Int32(byte), count) else { return nil }
    return start.distance(to: UnsafeRawPointer(found))
  }

  var isBlank: Bool { allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }

  /// The name of the function that a line calls; nil where the worker will find what is wrong with it.
  func calledName() -> String? {
    var rest = self[...]
    func skip() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }
    skip()
    if rest.first == UInt8(ascii: "{") {
      rest = rest.dropFirst()
      skip()
      if rest.starts(with: "\"call\"".utf8) {
        rest = rest.dropFirst(6)
        skip()
        if rest.first == UInt8(ascii: ":") {
          rest = rest.dropFirst()
          skip()
          if rest.first == UInt8(ascii: "\"") {
            let name = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
            if let end = name.firstByte(UInt8(ascii: "\"")),
              name[..<end].allSatisfy({ $0 != UInt8(ascii: "\\") })
            {
              return String(decoding: name[..<end], as: UTF8.self)
            }
          }
        }
      }
    }
    return nameByReading()
  }

  /// Where it is not the first member.
  private func nameByReading() -> String? {
    var reader = JSONReader(self)
    do throws(JSONReader.Failure) {
      guard case .object(let members) = try reader.read().value else { return nil }
      for (key, value) in members {
        guard case .text(let name, false) = key.value, reader.slice(name).elementsEqual("call".utf8),
          case .text(let called, false) = value.value
        else { continue }
        return String(decoding: reader.slice(called), as: UTF8.self)
      }
    } catch {
      // The worker reads it again, and says what is wrong.
      return nil
    }
    return nil
  }
}
