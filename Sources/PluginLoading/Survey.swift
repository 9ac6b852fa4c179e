internal import Glibc

/// One look at plugin files, many or few. What their bytes say comes out of the cache where they have not changed; who may write
/// them is looked up for each, once for each directory.
package struct Survey {
  package private(set) var cache: ContentsCache
  private let policy: LoadPolicy
  private let wantsDigests: Bool
  private var directories = DirectoryFindings()
  /// Directories as they were named, and where they are.
  private var canonicalDirectories: [PathKey: String] = [:]
  private var lastDirectory = (named: "", resolved: "")

  package init(
    cache: ContentsCache = ContentsCache(), policy: LoadPolicy = LoadPolicy(), digests: Bool = false
  ) {
    self.cache = cache
    self.policy = policy
    wantsDigests = digests
  }

  /// What the load rules say about the file at `path`.
  package mutating func inspect(_ path: String, origin: SearchPath.Origin) -> Inspection {
    if let known = lookUp(path, origin) { return known }
    do throws(Refusal) {
      let file = try PluginFile.open(path)
      var contents = FileContents(file)
      if wantsDigests { contents.digest = try file.digest() }
      if let after = file.statusNow(), after.stamp == file.stamp, after.modified == file.status.modified {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        cache.note(
          contents, after, hashed: wantsDigests, now: Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
        )
      }
      return Inspection(file.status, contents, origin: origin, policy: policy, &directories)
    } catch {
      return Inspection(error, origin: origin)
    }
  }

  private mutating func lookUp(_ path: String, _ origin: SearchPath.Origin) -> Inspection? {
    guard let status = status(path),
      status.mode & S_IFMT == S_IFREG, status.stamp.size <= PluginFile.largestSize,
      let contents = cache.contents(status), contents.digest != nil || !wantsDigests
    else { return nil }
    return Inspection(status, contents, origin: origin, policy: policy, &directories)
  }

  /// Of where `realpath` leads, which asks the kernel about each part of a path, once for each directory.
  private mutating func status(_ path: String) -> FileStatus? {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let name = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
    guard !name.isEmpty, name != ".", name != ".." else { return Self.resolve(path).flatMap(FileStatus.of) }
    let directory = slash == path.startIndex ? "/" : slash.map { path[..<$0] } ?? "."
    // Mostly that of the file before.
    if !PathKey.isSame(lastDirectory.named, directory) {
      let named = String(directory)
      guard let resolved = canonicalDirectories[PathKey(named)] ?? Self.resolve(named) else { return nil }
      canonicalDirectories[PathKey(named)] = resolved
      lastDirectory = (named, resolved)
    }
    let resolved = lastDirectory.resolved
    let status = FileStatus.of((resolved == "/" ? "" : resolved) + "/" + name)
    guard let status, status.mode & S_IFMT == S_IFLNK else { return status }
    return Self.resolve(status.path).flatMap(FileStatus.of)
  }

  private static func resolve(_ path: String) -> String? {
    guard !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(validatingCString: resolved)
  }
}

extension PluginFile {
  fileprivate borrowing func statusNow() -> FileStatus? {
    var now = stat()
    return fstat(descriptor, &now) == 0 ? FileStatus(path: path, now) : nil
  }
}
