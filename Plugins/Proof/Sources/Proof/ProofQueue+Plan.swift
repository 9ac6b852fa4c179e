internal import Glibc
internal import TaskHostSDK

extension ProofQueue {
  /// Each word is the path of a database. Nothing is read here: a task says "part i of n", and every worker cuts the
  /// database in the same way.
  func plan(words: Words, call: Call, shared: Output, tasks: ListOutput) throws {
    var paths: [SharedState.Path] = []
    var sizes: [Int] = []
    for word in words {
      let shown = word.text
      guard !word.buffer.contains(0) else { throw KindError.badInput("a path must not hold a NUL byte") }
      sizes.append(try Self.size(of: shown))
      paths.append(SharedState.Path(path: try Self.absolute(shown), shown: shown))
      databases.append(Progress(shown: shown))
    }
    for (file, path) in paths.enumerated() {
      // Proofs are about 60 % of a database.
      let text = sizes[file] / 5 * 3
      let parts = min(max((text + options.batchBytes - 1) / options.batchBytes, 1), 100_000)
      for part in 0..<parts {
        try add(ProofTask(file: file, shown: path.shown, work: .part(part, of: parts)), tasks)
      }
    }
    try SharedState(options: options, paths: paths).write(to: shared)
  }

  /// The size of a file that can be opened for reading.
  private static func size(of path: String) throws(KindError) -> Int {
    // Without O_NONBLOCK the open of a FIFO would wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .badInput("cannot open '\(path)': \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .badInput("cannot examine '\(path)': \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw .badInput("'\(path)' is a directory; expected a Metamath database")
    default: throw .badInput("'\(path)' is not a regular file; expected a Metamath database")
    }
  }

  private static func absolute(_ path: String) throws(KindError) -> String {
    if path.utf8.first == UInt8(ascii: "/") { return path }
    guard let directory = getcwd(nil, 0) else {
      throw .badInput("cannot tell the current directory: \(String(cString: strerror(errno)))")
    }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }
}
