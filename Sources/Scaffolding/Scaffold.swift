internal import Glibc

/// Makes the folder of a new kind: whole, or not at all.
package enum Scaffold {
  package struct Made: Equatable, Sendable {
    package var files: Int
    /// What runs that were interrupted had left, and is gone now.
    package var removed: [String]
  }

  /// Writes beside its place, and then renames. With `force` into a folder that is not empty: its other files stay, those of
  /// the same names are replaced one by one.
  package static func make(
    _ project: Project, named name: KindName, in parent: String, force: Bool
  ) throws(ScaffoldingError) -> Made {
    let target = "\(parent)/\(name.text)"
    let isOccupied = try occupied(target, name, force)
    let removed = try removeLeftovers(of: name, in: parent)
    let draft = try makeDraft(of: name, in: parent)
    defer { close(draft.lock) }
    do throws(ScaffoldingError) {
      for file in project.files { try Directory.write(file, into: draft.path) }
      if isOccupied {
        for file in project.files {
          if let slash = file.path.lastIndex(of: "/") {
            try Directory.make("\(target)/\(file.path[..<slash])")
          }
          try Directory.move("\(draft.path)/\(file.path)", to: "\(target)/\(file.path)")
        }
        try Directory.remove(draft.path)
      } else {
        try Directory.move(draft.path, to: target)
      }
    } catch {
      // The first error is the one to tell; what is left is told by the next run.
      do throws(ScaffoldingError) { try Directory.remove(draft.path) } catch {}
      throw error
    }
    return Made(files: project.files.count, removed: removed)
  }

  /// Brings the copy of the SDK in a project up to date; the paths that have changed.
  package static func updateSDK(in directory: String, version: String) throws(ScaffoldingError) -> [String] {
    var language: Language?
    for candidate in [Language.swift, .rust, .cpp, .c] where language == nil {
      if try Directory.entry("\(directory)/\(candidate.mark)") != .missing { language = candidate }
    }
    guard let language else {
      throw ScaffoldingError(
        .noCopy, "\(directory) has no copy of the SDK: there is no \(Language.c.mark)")
    }
    var changed: [String] = []
    for file in Project.sdk(language, version: version) {
      guard case .bytes(let bytes) = file.content else { continue }
      let path = "\(directory)/\(file.path)"
      if contents(path) == bytes { continue }
      let draft = Project.File(path: file.path + ".new", content: file.content)
      try Directory.remove("\(directory)/\(draft.path)")
      try Directory.write(draft, into: directory)
      try Directory.move("\(directory)/\(draft.path)", to: path)
      changed.append(file.path)
    }
    return changed
  }

  /// Whether there are files at the place; throws if they are in the way.
  private static func occupied(
    _ target: String, _ name: KindName, _ force: Bool
  ) throws(ScaffoldingError) -> Bool {
    switch try Directory.entry(target) {
    case .missing: return false
    case .other: throw ScaffoldingError(.occupied, "\(target) is there, and is no directory")
    case .directory:
      if try Directory.names(target).isEmpty { return false }
      guard force else { throw ScaffoldingError(.occupied, "\(target) is not empty") }
      return true
    }
  }

  /// Nobody else has this name: a draft is locked as long as its maker lives.
  private static func makeDraft(
    of name: KindName, in parent: String
  ) throws(ScaffoldingError) -> (path: String, lock: Int32) {
    for number in 0..<100 {
      let path = "\(parent)/\(prefix(name))\(getpid())-\(number)"
      if mkdir(path, 0o777) == 0 {
        guard let lock = Directory.lock(path) else { throw Directory.failure("\(path) can not be locked") }
        return (path, lock)
      }
      guard errno == EEXIST else {
        throw ScaffoldingError(
          .cannotWrite, "nothing can be made in \(parent)", cause: String(cString: strerror(errno)))
      }
    }
    throw ScaffoldingError(.cannotWrite, "there are too many drafts in \(parent)")
  }

  private static func removeLeftovers(
    of name: KindName, in parent: String
  ) throws(ScaffoldingError) -> [String] {
    var removed: [String] = []
    for entry in try Directory.names(parent) where entry.hasPrefix(prefix(name)) {
      // Locked: its maker is still at it.
      guard let lock = Directory.lock("\(parent)/\(entry)") else { continue }
      defer { close(lock) }
      try Directory.remove("\(parent)/\(entry)")
      removed.append(entry)
    }
    return removed
  }

  private static func prefix(_ name: KindName) -> String { ".\(name.text).new-" }

  /// Nil when the file is not there or can not be read: it is then written, which tells why.
  private static func contents(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return ferror(file) == 0 ? bytes : nil
  }
}
