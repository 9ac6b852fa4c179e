internal import Glibc

/// Where the dynamic loader would find a soname: its cache, then its usual directories. Variables are not looked at.
package enum LibrarySearch {
  #if arch(x86_64)
    private static let kind: UInt32 = 0x0303
    private static let directories = [
      "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64",
    ]
  #else
    private static let kind: UInt32 = 0x0A03
    private static let directories = [
      "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64",
    ]
  #endif

  /// The path of a library by its soname; one that is absolute is its own path.
  package static func path(of name: String) throws(LibraryError) -> String {
    if name.hasPrefix("/") { return name }
    if let found = cached(name) { return found }
    let all = directories + ["/lib", "/usr/lib"]
    for directory in all where access("\(directory)/\(name)", R_OK) == 0 { return "\(directory)/\(name)" }
    throw LibraryError(
      "there is no library '\(name)': not in the cache of the loader, and not in \(all.joined(separator: ", "))"
    )
  }

  /// The format is that of glibc 2.2 and later.
  private static func cached(_ name: String) -> String? {
    let cache: [UInt8]
    do {
      let file = try OpenFile("/etc/ld.so.cache")
      cache = try file.read(min(file.size, 16 << 20), at: 0)
    } catch {
      // A system may have none.
      return nil
    }
    guard cache.starts(with: "glibc-ld.so.cache1.1".utf8) else { return nil }
    let count = Int(cache.number(20, UInt32.self))
    for index in 0..<min(count, 100_000) {
      let entry = 48 + index * 24
      guard cache.number(entry, UInt32.self) == kind,
        cache.text(Int(cache.number(entry + 4, UInt32.self))) == name
      else { continue }
      let path = cache.text(Int(cache.number(entry + 8, UInt32.self)))
      if path.hasPrefix("/"), access(path, R_OK) == 0 { return path }
    }
    return nil
  }
}
