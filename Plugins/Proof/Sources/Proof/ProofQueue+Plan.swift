internal import Glibc
internal import TaskHostSDK

extension ProofQueue {
  /// Each word is the path of a database. Nothing is read here: a task says "part i of n", and every worker cuts the
  /// database in the same way.
  func plan(words: Words, call: Call, shared: Output, tasks: ListOutput) throws {
    guard !words.isEmpty else { throw KindError.badInput("expected the path of a Metamath database") }
    var paths: [SharedState.Path] = []
    for word in words {
      let shown = word.text
      let size = try Self.size(of: shown)
      paths.append(SharedState.Path(path: try Self.absolute(shown), shown: shown))
      databases.append(Progress(shown: shown))
      // Proofs are about 60 % of a database.
      let parts = min(max((size / 5 * 3 + options.batchBytes - 1) / options.batchBytes, 1), 100_000)
      for part in 0..<parts {
        try add(ProofTask(file: paths.count - 1, shown: shown, work: .part(part, of: parts)), tasks)
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
