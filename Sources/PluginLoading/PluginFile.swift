internal import Crypto
internal import Glibc

/// What the kernel says about a file.
struct FileStatus: Sendable {
  /// Absolute, without symbolic links.
  let path: String
  let stamp: FileStamp
  /// Of the last change of the contents, in nanoseconds; its owner can set it at will.
  let modified: Int64
  let mode: mode_t
  let owner: uid_t

  init(path: String, _ status: stat) {
    self.path = path
    stamp = FileStamp(status)
    modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    mode = status.st_mode
    owner = status.st_uid
  }

  /// Looks at `path`, which must be canonical; nil when that can not be.
  static func of(_ path: String) -> FileStatus? {
    var status = stat()
    return lstat(path, &status) == 0 ? FileStatus(path: path, status) : nil
  }
}

extension FileStamp {
  /// That of the file at `path`, which must be canonical; nil when it can not be looked at.
  package static func now(of path: String) -> FileStamp? { FileStatus.of(path)?.stamp }
}

/// A plugin file, open for reading: everything that is checked is checked on this one descriptor.
package struct PluginFile: ~Copyable {
  let descriptor: Int32
  let status: FileStatus

  /// Absolute, without symbolic links.
  package var path: String { status.path }
  package var stamp: FileStamp { status.stamp }
  var mode: mode_t { status.mode }
  var owner: uid_t { status.owner }

  static let largestSize: UInt64 = 512 << 20

  private init(descriptor: Int32, path: String, status: stat) {
    self.descriptor = descriptor
    self.status = FileStatus(path: path, status)
  }

  /// Opens `path`, which must be a regular file (L01).
  package static func open(_ path: String) throws(Refusal) -> PluginFile {
    func refusal(_ found: String, _ cure: String) -> Refusal {
      Refusal(
        file: path, rule: .regularFile, found: found, expected: "a readable regular file", cure: cure)
    }
    guard !path.utf8.contains(0) else { throw refusal("a path with a NUL", "Check the path.") }
    guard let resolved = realpath(path, nil) else {
      // What is not UTF-8 has become this character on its way.
      if errno == ENOENT, path.unicodeScalars.contains("\u{FFFD}") {
        throw refusal("a path that leads to no file, or is not UTF-8", "Rename the file or its directory.")
      }
      throw refusal("a path that leads to no file (\(errnoText()))", "Check the path and its permissions.")
    }
    defer { free(resolved) }
    guard let canonical = String(validatingCString: resolved) else {
      throw refusal("a path that is not UTF-8", "Rename the file or its directory.")
    }
    // Without O_NONBLOCK a FIFO would wait here for its writer.
    let descriptor = Glibc.open(resolved, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw refusal("a file that cannot be opened (\(errnoText()))", "Check its permissions.")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let text = errnoText()
      close(descriptor)
      throw refusal("a file without status (\(text))", "Check the file system.")
    }
    let file = PluginFile(descriptor: descriptor, path: canonical, status: status)
    guard file.mode & S_IFMT == S_IFREG else {
      throw refusal(Self.typeName(file.mode), "Name the shared object itself.")
    }
    guard file.stamp.size <= Self.largestSize else {
      throw refusal(
        "\(file.stamp.size) bytes, more than \(Self.largestSize)",
        "Link fewer things into the plugin, or strip it.")
    }
    return file
  }

  deinit { close(descriptor) }

  /// Hashes the whole file.
  package borrowing func digest() throws(Refusal) -> PluginDigest {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { chunk.deallocate() }
    var hasher = SHA256()
    var offset: UInt64 = 0
    while true {
      let count = pread(descriptor, chunk.baseAddress, chunk.count, off_t(offset))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw Refusal(
          file: path, rule: .regularFile, found: "a read error at byte \(offset) (\(errnoText()))",
          expected: "a readable regular file", cure: "Check the file system.")
      }
      if count == 0 { break }
      hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
      offset += UInt64(count)
    }
    return PluginDigest(bytes: Array(hasher.finalize()))
  }

  /// The stamp and the digest.
  package borrowing func identity() throws(Refusal) -> PluginIdentity {
    PluginIdentity(stamp: stamp, digest: try digest())
  }

  private static func typeName(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a directory"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "a file of another type"
    }
  }
}

extension PluginFile {
  /// Opens `path` and makes sure that it is the file that the host has loaded. An unchanged file is known by
  /// its stamp; only another one, such as a copy on another machine, is hashed.
  package static func verify(
    _ path: String, expected: PluginIdentity
  ) throws(Refusal) -> PluginFile {
    let file = try open(path)
    if file.stamp == expected.stamp { return file }
    let digest = try file.digest()
    guard digest == expected.digest else {
      throw Refusal(
        file: file.path, rule: .sameAsHost,
        found: "SHA-256 \(digest) (\(file.stamp)) in the worker",
        expected: "SHA-256 \(expected.digest) (\(expected.stamp)), as the host has loaded",
        cure: "The file has changed since: start the run again, and install plugins by rename.")
    }
    return file
  }
}

extension FileStamp {
  init(_ status: stat) {
    self.init(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: UInt64(max(0, status.st_size)),
      changed: Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec))
  }
}

func errnoText() -> String { String(cString: strerror(errno)) }
