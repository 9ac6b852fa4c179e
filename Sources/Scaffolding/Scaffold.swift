internal import Glibc

/// Makes the folder of a new kind: whole, or not at all.
package enum Scaffold {
  package struct Made: Equatable, Sendable {
    package var files: Int
    /// What runs that were interrupted had left, and is gone now.
    package var removed: [String]
  }

  /// Writes beside its place, and then renames. With `force` into a folder that is not empty: its other files stay, those of
  /// the same names are replaced, all or none. That holds for each end but a sudden one of the process, which may leave some files
  /// new and some old. It ends early, with nothing changed, where `isInterrupted`.
  package static func make(
    _ project: Project, named name: KindName, in parent: String, force: Bool,
    isInterrupted: () -> Bool = { false }
  ) throws(ScaffoldingError) -> Made {
    let target = "\(parent)/\(name.text)"
    let isOccupied = try occupied(target, name, force)
    let removed = try removeLeftovers(prefix(name.text), in: parent)
    if isOccupied {
      try replace(project.files, in: target, draftIn: parent, prefix(name.text), isInterrupted)
    } else {
      try withDraft(of: project.files, in: parent, prefix(name.text), isInterrupted) {
        (draft) throws(ScaffoldingError) in try Directory.move(draft, to: target)
      }
    }
    return Made(files: project.files.count, removed: removed)
  }

  /// The draft lies in `parent`, which is on the same file system.
  private static func replace(
    _ files: [Project.File], in target: String, draftIn parent: String, _ prefix: String,
    _ isInterrupted: () -> Bool
  ) throws(ScaffoldingError) {
    try withDraft(of: files, in: parent, prefix, isInterrupted) { (draft) throws(ScaffoldingError) in
      var replacement = try Replacement(from: draft, into: target)
      try replacement.inspect(files)
      try replacement.put(files, isInterrupted)
      try Directory.remove(draft)
    }
  }

  /// Writes the files into a directory, calls `body` with its path, and takes it away where something goes wrong.
  private static func withDraft(
    of files: [Project.File], in parent: String, _ prefix: String, _ isInterrupted: () -> Bool,
    _ body: (String) throws(ScaffoldingError) -> Void
  ) throws(ScaffoldingError) {
    let draft = try makeDraft(prefix, in: parent)
    defer { close(draft.lock) }
    do throws(ScaffoldingError) {
      for file in files {
        if isInterrupted() { throw .interrupted }
        try Directory.write(file, into: draft.path)
      }
      if isInterrupted() { throw .interrupted }
      try body(draft.path)
    } catch {
      // The first error is the one to tell; what is left is told by the next run.
      do throws(ScaffoldingError) { try Directory.remove(draft.path) } catch {}
      throw error
    }
  }

  /// Brings the copy of the SDK in a project up to date, all of it or nothing; the paths that have changed.
  package static func updateSDK(
    in directory: String, version: String, isInterrupted: () -> Bool = { false }
  ) throws(ScaffoldingError) -> [String] {
    var language: Language?
    for candidate in [Language.swift, .rust, .cpp, .c] where language == nil {
      if try Directory.entry("\(directory)/\(candidate.mark)") != .missing { language = candidate }
    }
    guard let language else {
      throw ScaffoldingError(
        .noCopy, "\(directory) has no copy of the SDK: there is no \(Language.c.mark)")
    }
    _ = try removeLeftovers(prefix("sdk"), in: directory)
    let changed = Project.sdk(language, version: version).filter { file in
      guard case .bytes(let bytes) = file.content else { return false }
      return contents("\(directory)/\(file.path)") != bytes
    }
    if changed.isEmpty { return [] }
    try replace(changed, in: directory, draftIn: directory, prefix("sdk"), isInterrupted)
    return changed.map(\.path)
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
    _ prefix: String, in parent: String
  ) throws(ScaffoldingError) -> (path: String, lock: Int32) {
    for number in 0..<100 {
      let path = "\(parent)/\(prefix)\(getpid())-\(number)"
      if mkdir(path, 0o777) == 0 {
        // Another run may have taken it for a leftover before it was locked.
        guard let lock = Directory.lock(path) else { continue }
        if try Directory.entry(path) == .directory { return (path, lock) }
        close(lock)
        continue
      }
      guard errno == EEXIST else {
        throw ScaffoldingError(
          .cannotWrite, "nothing can be made in \(parent)", cause: String(cString: strerror(errno)))
      }
    }
    throw ScaffoldingError(.cannotWrite, "there are too many drafts in \(parent)")
  }

  private static func removeLeftovers(
    _ prefix: String, in parent: String
  ) throws(ScaffoldingError) -> [String] {
    var removed: [String] = []
    for entry in try Directory.names(parent) where isDraft(entry, prefix) {
      // Locked: its maker is still at it.
      guard let lock = Directory.lock("\(parent)/\(entry)") else { continue }
      defer { close(lock) }
      try Directory.remove("\(parent)/\(entry)")
      removed.append(entry)
    }
    return removed
  }

  private static func prefix(_ name: String) -> String { ".\(name).new-" }

  /// `.a.new-4711-0`: nobody else's directory is taken for one.
  private static func isDraft(_ entry: String, _ prefix: String) -> Bool {
    guard entry.hasPrefix(prefix) else { return false }
    let numbers = entry.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
    return numbers.count == 2 && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isWholeNumber) }
  }

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
