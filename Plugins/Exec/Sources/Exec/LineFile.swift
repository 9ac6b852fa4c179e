internal import Commands
internal import Glibc

/// The files of `::::`.
enum LineFile {
  /// The lines of a file, without their ends.
  static func read(_ path: [UInt8]) throws(InputSources.Problem) -> [[UInt8]] {
    let name = String(decoding: path, as: UTF8.self)
    guard path != [UInt8(ascii: "-")] else {
      throw InputSources.Problem(message: "':::: -' is not read here; give standard input with --from -")
    }
    let text = path.map { CChar(bitPattern: $0) } + [0]
    let descriptor = open(text, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw problem(name) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      let count = bytes.count
      var error: Int32 = 0
      bytes.append(contentsOf: repeatElement(0, count: 1 << 16))
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, 1 << 16) }
      if got < 0 { error = errno }
      bytes.removeLast((1 << 16) - max(got, 0))
      if got == 0 { break }
      if got < 0, error != EINTR {
        errno = error
        throw problem(name)
      }
    }
    var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func problem(_ name: String) -> InputSources.Problem {
    InputSources.Problem(message: "cannot read '\(name)': \(String(cString: strerror(errno)))")
  }
}
