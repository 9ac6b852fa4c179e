internal import CPosix
internal import Glibc
internal import TaskHost

/// The files of a plugin as they lie in a directory and below it, without what a build makes.
struct SourceTree {
  private static let mostFiles = 10_000
  private static let deepest = 16
  private static let outputs = [".o", ".so", ".a", ".d", ".dwo", ".swp", ".swx", ".tmp", ".log", "~"]
  private static let outputDirectories = ["build", "target", "node_modules", "__pycache__"]

  private struct Stamp: Equatable {
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  private var files: [String: Stamp] = [:]
  private(set) var directories: [String] = []
  /// Shared objects, also in directories of a build.
  private(set) var libraries: [(path: String, seconds: Int, nanoseconds: Int)] = []

  init(_ directory: String) {
    scan(directory, depth: 0, isOutput: false)
    libraries.sort { ($0.seconds, $0.nanoseconds) > ($1.seconds, $1.nanoseconds) }
  }

  /// The files that differ, in their order; one that is gone, too.
  func changes(since old: SourceTree) -> [String] {
    Set(files.keys).union(old.files.keys).filter { files[$0] != old.files[$0] }.sorted()
  }

  private mutating func scan(_ directory: String, depth: Int, isOutput: Bool) {
    guard depth < Self.deepest, let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    if !isOutput { directories.append(directory) }
    while files.count < Self.mostFiles, let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(".") { continue }
      let path = directory + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        scan(path, depth: depth + 1, isOutput: isOutput || Self.outputDirectories.contains(name))
      case S_IFREG:
        if name.hasSuffix(".so") {
          libraries.append((path, status.st_mtim.tv_sec, status.st_mtim.tv_nsec))
        } else if !isOutput, !Self.outputs.contains(where: name.hasSuffix) {
          files[path] = Stamp(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
        }
      default: break
      }
    }
  }
}

/// Tells when something may have changed below a directory.
struct SourceWatch: ~Copyable {
  private let descriptor: Int32
  private let directory: String
  /// Editors write a file in several steps.
  private static let settling: Int32 = 50

  init(_ directory: String) throws(CommandFailure) {
    self.directory = directory
    descriptor = cpx_watch_open()
    guard descriptor >= 0 else { throw Self.failure(directory) }
    try follow(SourceTree(directory))
  }

  deinit { close(descriptor) }

  private static func failure(_ directory: String) -> CommandFailure {
    CommandFailure(
      RunError(.infrastructure, "\(directory) can not be watched: \(String(cString: strerror(errno)))"))
  }

  /// Watches each directory of `tree`; those that are watched go on being so.
  private func follow(_ tree: SourceTree) throws(CommandFailure) {
    for directory in tree.directories where cpx_watch_directory(descriptor, directory) != 0 {
      // One that has just been deleted is no loss.
      if errno != ENOENT, errno != ENOTDIR { throw Self.failure(directory) }
    }
  }

  /// Waits until the files differ from `old`; the process sleeps meanwhile.
  borrowing func next(
    after old: SourceTree, _ programs: borrowing WatchedPrograms
  ) throws(CommandFailure) -> (tree: SourceTree, changes: [String]) {
    while true {
      let tree = SourceTree(directory)
      try follow(tree)
      let changes = tree.changes(since: old)
      if !changes.isEmpty { return (tree, changes) }
      guard programs.wait(for: descriptor, milliseconds: -1) >= 0 else { throw Self.failure(directory) }
      while programs.wait(for: descriptor, milliseconds: Self.settling) > 0 {}
    }
  }
}
