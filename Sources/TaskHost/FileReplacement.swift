internal import Glibc

/// What is in the way of a file.
struct FileFailure: Error {
  var message: String

  init(_ what: String, _ code: Int32 = errno) { message = "\(what): \(String(cString: strerror(code)))" }
}

func parent(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Makes the directory and those above it that are missing.
func makeDirectories(_ path: String) throws(FileFailure) {
  if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
  guard errno == ENOENT, path != "/", path != "." else { throw FileFailure("\(path) could not be made") }
  try makeDirectories(parent(of: path))
  guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw FileFailure("\(path) could not be made") }
}

/// A file on its way: hidden until it takes the place of another one, and gone if it never does.
struct FileDraft: ~Copyable {
  let path: String
  private let descriptor: Int32
  private var isDone = false

  private static let prefix = ".taskhost-"

  /// In the directory in which it is to appear. Its name begins with a dot, so nobody looks for plugins in it. It is locked as long as
  /// its maker is at it.
  init(in directory: String) throws(FileFailure) {
    path = "\(directory)/\(Self.prefix)\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileFailure("\(directory) can not be written") }
    // Where files can not be locked, what a killed process leaves stays.
    flock(descriptor, LOCK_EX | LOCK_NB)
  }

  /// Deletes the drafts in a directory whose makers were killed.
  static func removeLeftovers(in directory: String) {
    guard let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasPrefix(prefix) else { continue }
      let numbers = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
      // One that somebody makes this moment may not be locked yet.
      guard numbers.count == 2, let maker = pid_t(numbers[0]), UInt32(numbers[1]) != nil,
        kill(maker, 0) != 0, errno == ESRCH
      else { continue }
      let path = "\(directory)/\(name)"
      let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard file >= 0 else { continue }
      defer { close(file) }
      var status = stat()
      if fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, flock(file, LOCK_EX | LOCK_NB) == 0 {
        unlink(path)
      }
    }
  }

  deinit {
    close(descriptor)
    if !isDone { unlink(path) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileFailure("\(path) could not be written", count == 0 ? ENOSPC : errno) }
      written += count
    }
  }

  /// All that is left to read of `source`, unless `isInterrupted` between two pieces.
  func copy(
    from source: Int32, named name: String, _ isInterrupted: () -> Bool
  ) throws(FileFailure) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { chunk.deallocate() }
    while true {
      if isInterrupted() { throw FileFailure("interrupted", EINTR) }
      let count = read(source, chunk.baseAddress, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileFailure("\(name) could not be read") }
      if count == 0 { return }
      try write(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
    }
  }

  /// What was written is on the disk, with these rights.
  func settle(mode: mode_t) throws(FileFailure) {
    guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else {
      throw FileFailure("\(path) could not be written")
    }
  }

  /// Takes the place of `target`, in one step.
  consuming func become(_ target: String) throws(FileFailure) {
    guard rename(path, target) == 0 else { throw FileFailure("\(target) could not be replaced") }
    isDone = true
    // The name, too, is to outlast a loss of power; not every file system can promise that.
    let directory = open(parent(of: target), O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }
}

/// Puts a file with these bytes into the place of what there is.
func replaceFile(_ path: String, mode: mode_t, _ bytes: [UInt8]) throws(FileFailure) {
  let draft = try FileDraft(in: parent(of: path))
  var failure: FileFailure?
  bytes.withUnsafeBytes { bytes in
    do throws(FileFailure) { try draft.write(bytes) } catch { failure = error }
  }
  if let failure { throw failure }
  try draft.settle(mode: mode)
  try draft.become(path)
}
