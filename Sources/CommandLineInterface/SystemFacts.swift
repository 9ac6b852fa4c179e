internal import Glibc
internal import TaskHost

enum SystemFacts {
  /// Nil where it has been removed.
  static func workingDirectory() -> String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  /// The file of this process.
  static func executable() throws(CommandFailure) -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw CommandFailure(
        RunError(
          .infrastructure, "cannot find the file of this program", causes: [String(cString: strerror(errno))])
      )
    }
    defer { free(path) }
    return String(cString: path)
  }

  static func variableNames() -> [String] {
    var names: [String] = []
    var entry = environ
    while let text = entry.pointee {
      names.append(
        String(decoding: String(cString: text).utf8.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self))
      entry += 1
    }
    return names
  }
}

enum TerminalSize {
  /// The width now; 80 when the terminal does not say.
  static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
