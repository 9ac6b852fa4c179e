internal import CPosix
internal import Glibc

/// Where a cache lies from one start to the next: a file that only its owner can read, in a directory that is the user's alone.
package struct CacheFile: Sendable {
  /// Absolute.
  package let directory: String
  private static let name = "plugins.cache"

  package init(directory: String) { self.directory = directory }

  /// `$XDG_CACHE_HOME/taskhost`, by default below `~/.cache`; nil where there is neither, or where what the user says does not count.
  package static func ofUser(_ variable: (String) -> String?) -> CacheFile? {
    if cposix_plugin_is_privileged() != 0 { return nil }
    func absolute(_ name: String) -> String? {
      variable(name).flatMap { $0.utf8.first == UInt8(ascii: "/") ? $0 : nil }
    }
    let base = absolute("XDG_CACHE_HOME") ?? absolute("HOME").map { $0 + "/.cache" }
    return base.map { CacheFile(directory: $0 + "/taskhost") }
  }

  /// What was kept last. Whatever is wrong with it, it is then empty: a cache is no reason to fail.
  package func read(settlingTime: Int64 = ContentsCache.settlingTime) -> ContentsCache {
    let empty = ContentsCache(settlingTime: settlingTime)
    let place = openDirectory()
    guard place >= 0 else { return empty }
    defer { close(place) }
    // Without O_NONBLOCK a FIFO would wait here for its writer.
    let file = openat(place, Self.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { return empty }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Self.isOurs(status),
      status.st_size > 0, status.st_size <= ContentsCache.largestFile
    else { return empty }
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        let count = Glibc.read(file, buffer.baseAddress.map { $0 + filled }, size - filled)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { break }
        filled += count
      }
    }
    return ContentsCache(encoded: bytes, settlingTime: settlingTime)
  }

  /// Puts `cache` in the place of what is there. Readers see the old one or the new one.
  package func write(_ cache: ContentsCache) {
    makeDirectory()
    let place = openDirectory()
    guard place >= 0 else { return }
    defer { close(place) }
    let temporary = ".plugins.\(getpid()).tmp"
    var file = openat(place, temporary, O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    if file < 0, errno == EEXIST {
      // Left by a process of the same number that was killed.
      unlinkat(place, temporary, 0)
      file = openat(place, temporary, O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    }
    guard file >= 0 else { return }
    let bytes = cache.encoded()
    let isWhole = bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(file, bytes.baseAddress.map { $0 + written }, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return false }
        written += count
      }
      return true
    }
    guard close(file) == 0, isWhole, renameat(place, temporary, place, Self.name) == 0 else {
      unlinkat(place, temporary, 0)
      return
    }
  }

  private func openDirectory() -> Int32 {
    let place = open(directory, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW)
    guard place >= 0 else { return -1 }
    var status = stat()
    if fstat(place, &status) == 0, Self.isOurs(status) { return place }
    close(place)
    return -1
  }

  /// With the directory above it, where that is missing, too.
  private func makeDirectory() {
    if mkdir(directory, 0o700) == 0 || errno != ENOENT { return }
    mkdir(parentDirectory(of: directory), 0o700)
    mkdir(directory, 0o700)
  }

  /// Nobody else could have written it.
  private static func isOurs(_ status: stat) -> Bool {
    status.st_uid == geteuid() && status.st_mode & (S_IWGRP | S_IWOTH) == 0
  }
}
