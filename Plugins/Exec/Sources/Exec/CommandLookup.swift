internal import Glibc

/// Finds commands as a shell does: names with a slash are paths, others are looked for in PATH.
enum CommandLookup {
  /// The errno of the first reason why nothing was found, if it is worth more than that nothing was there.
  enum Result: Equatable {
    case found([UInt8])
    case missing(Int32)
  }

  static func find(_ name: some Collection<UInt8>) -> Result {
    let name = Array(name)
    if name.isEmpty { return .missing(ENOENT) }
    if name.contains(UInt8(ascii: "/")) {
      let error = problem(name).error
      return error == 0 ? .found(name) : .missing(error)
    }
    var reason = ENOENT
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    for directory in path.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
      let candidate =
        (directory.isEmpty ? [UInt8(ascii: ".")] : Array(directory)) + [UInt8(ascii: "/")] + name
      let (error, isThere) = problem(candidate)
      if error == 0 { return .found(candidate) }
      // A directory that this user may not look into is as good as none.
      if isThere, error == EACCES { reason = error }
    }
    return .missing(reason)
  }

  /// 0 for a file that may be executed; and whether something is there.
  private static func problem(_ path: [UInt8]) -> (error: Int32, isThere: Bool) {
    var status = stat()
    let text = path.map { CChar(bitPattern: $0) } + [0]
    guard stat(text, &status) == 0 else { return (errno, false) }
    guard status.st_mode & S_IFMT == S_IFREG else { return (EACCES, true) }
    return (access(text, X_OK) == 0 ? 0 : errno, true)
  }
}
