internal import Glibc

/// Calls of the file system, with errors that say what could not be done.
enum Directory {
  enum Entry: Equatable { case missing, directory, other }

  static func entry(_ path: String) throws(ScaffoldingError) -> Entry {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return .missing }
      throw failure("\(path) can not be looked at")
    }
    return status.st_mode & S_IFMT == S_IFDIR ? .directory : .other
  }

  /// The names in a directory, without `.` and `..`, sorted.
  static func names(_ path: String) throws(ScaffoldingError) -> [String] {
    guard let stream = opendir(path) else { throw failure("\(path) can not be read") }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// With all that is missing above it.
  static func make(_ path: String) throws(ScaffoldingError) {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw failure("\(path) can not be made")
    }
    try make(String(path[..<slash]))
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("\(path) can not be made") }
  }

  static func write(_ file: Project.File, into directory: String) throws(ScaffoldingError) {
    let path = "\(directory)/\(file.path)"
    if let slash = path.lastIndex(of: "/") { try make(String(path[..<slash])) }
    switch file.content {
    case .link(let target):
      guard symlink(target, path) == 0 else { throw failure("\(path) can not be made") }
    case .bytes(let bytes):
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw failure("\(path) can not be written") }
      var written = 0
      while written < bytes.count {
        let count = bytes.withUnsafeBytes {
          Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          let error = failure("\(path) can not be written")
          close(descriptor)
          throw error
        }
        written += count
      }
      guard close(descriptor) == 0 else { throw failure("\(path) can not be written") }
    }
  }

  static func move(_ path: String, to target: String) throws(ScaffoldingError) {
    if rename(path, target) == 0 { return }
    // Somebody else has been quicker.
    if errno == ENOTEMPTY || errno == EEXIST { throw ScaffoldingError(.occupied, "\(target) is not empty") }
    throw failure("\(target) can not be made")
  }

  /// With all that is in it; links are not followed.
  static func remove(_ path: String) throws(ScaffoldingError) {
    switch try entry(path) {
    case .missing: return
    case .other: guard unlink(path) == 0 else { throw failure("\(path) can not be removed") }
    case .directory:
      for name in try names(path) { try remove("\(path)/\(name)") }
      guard rmdir(path) == 0 else { throw failure("\(path) can not be removed") }
    }
  }

  /// A lock on a directory that ends with its holder; nil when somebody else has it.
  static func lock(_ path: String) -> Int32? {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// What the last call has left in `errno`.
  static func failure(_ message: String) -> ScaffoldingError {
    ScaffoldingError(.cannotWrite, message, cause: String(cString: strerror(errno)))
  }
}
