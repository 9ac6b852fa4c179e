internal import Glibc

/// What a library takes with it: the loader would bring it into a worker unseen.
package enum Dependencies {
  /// Checks all that a library needs, and what those need, by the rules for the library itself. Throws the first that is wrong, and
  /// says who needs it.
  package static func check(_ library: SharedObject) throws(LibraryError) {
    var seen: Set<String> = [library.path]
    var rest = [library]
    while let next = rest.popLast() {
      let directories = try runPath(of: next)
      for name in next.needed {
        let path = try find(name, directories, for: next)
        guard let resolved = realpath(path, nil) else { throw .system("cannot find '\(path)'") }
        defer { free(resolved) }
        guard seen.insert(String(cString: resolved)).inserted else { continue }
        do throws(LibraryError) {
          rest.append(try SharedObject(path, withSymbols: false))
        } catch {
          throw LibraryError("\(error.message) (needed by '\(next.path)')")
        }
      }
    }
  }

  /// A relative one would be looked for where a run happens to be; one that others may write is theirs.
  private static func runPath(of library: SharedObject) throws(LibraryError) -> [String] {
    let home = String(library.path.prefix(upTo: library.path.lastIndex(of: "/") ?? library.path.startIndex))
    var directories: [String] = []
    for entry in library.runPath {
      let full = entry.replacing("${ORIGIN}", with: "$ORIGIN").replacing("$ORIGIN", with: home)
      guard full.hasPrefix("/"), entry.hasPrefix("/") || entry.hasPrefix("$") else {
        throw LibraryError("'\(library.path)' looks for libraries in '\(entry)', which is no absolute path")
      }
      var status = stat()
      guard stat(full, &status) == 0 else { continue }
      try Trust.check(full, status)
      directories.append(full)
    }
    return directories
  }

  private static func find(
    _ name: String, _ directories: [String], for library: SharedObject
  ) throws(LibraryError) -> String {
    if name.contains("/") {
      guard name.hasPrefix("/") else {
        throw LibraryError("'\(library.path)' needs '\(name)', which is no absolute path")
      }
      return name
    }
    for directory in directories where access("\(directory)/\(name)", R_OK) == 0 {
      return "\(directory)/\(name)"
    }
    do throws(LibraryError) {
      return try LibrarySearch.path(of: name)
    } catch {
      throw LibraryError("'\(library.path)' needs '\(name)': \(error.message)")
    }
  }
}
