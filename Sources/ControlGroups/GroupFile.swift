internal import Glibc

/// The small files by which the kernel speaks of groups.
enum GroupFile {
  /// Nil: it can not be read; `errno` says why.
  static func read(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return read(file)
  }

  /// From its beginning. Nil as above.
  static func read(_ file: Int32) -> String? {
    guard file >= 0 else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = pread(file, &chunk, chunk.count, bytes.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }

  /// 0, or an errno.
  static func write(_ text: String, to path: String) -> Int32 {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return errno }
    defer { close(file) }
    return write(text, to: file)
  }

  static func write(_ text: String, to file: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      while true {
        let count = Glibc.write(file, bytes.baseAddress, bytes.count)
        if count >= 0 { return 0 }
        if errno != EINTR { return errno }
      }
    }
  }

  /// Of a file with lines `NAME NUMBER`; 0 for a name that is not there.
  static func number(_ name: String, in text: String?) -> UInt64 {
    for line in (text ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == name { return UInt64(words[1]) ?? 0 }
    }
    return 0
  }

  static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }
}
