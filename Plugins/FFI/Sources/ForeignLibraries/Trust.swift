internal import Glibc

/// Who could have written a file, or put another one in its place.
enum Trust {
  /// The file and each directory above it belong to root or to this user, and nobody else may write there.
  static func check(_ path: String, _ status: stat) throws(LibraryError) {
    try check(path, status, isDirectory: false)
    var directory = path
    while let slash = directory.lastIndex(of: "/") {
      directory = String(directory[..<slash])
      let name = directory.isEmpty ? "/" : directory
      var status = stat()
      guard stat(name, &status) == 0 else { throw .system("cannot examine '\(name)'") }
      try check(name, status, isDirectory: true)
    }
  }

  private static func check(_ path: String, _ status: stat, isDirectory: Bool) throws(LibraryError) {
    guard status.st_uid == 0 || status.st_uid == geteuid() else {
      throw LibraryError("'\(path)' belongs to user \(status.st_uid), expected root or user \(geteuid())")
    }
    let isOpen = status.st_mode & 0o022 != 0
    let isSticky = isDirectory && status.st_mode & S_ISVTX != 0
    if isOpen, !isSticky { throw LibraryError("'\(path)' may be written by others") }
  }
}
