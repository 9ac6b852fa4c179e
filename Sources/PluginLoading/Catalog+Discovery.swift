internal import Glibc

extension Catalog {
  /// Looks into every file of `path`, in its order.
  package static func discover(_ path: SearchPath, policy: LoadPolicy = LoadPolicy()) -> Catalog {
    var survey = Survey(policy: policy)
    return discover(path, &survey)
  }

  /// The same with what `survey` knows.
  package static func discover(_ path: SearchPath, _ survey: inout Survey) -> Catalog {
    var catalog = Catalog()
    catalog.warnings = path.warnings
    var seen: Set<FileID> = []
    for source in path.entries {
      var found: [Entry] = []
      for file in catalog.files(of: source) {
        let inspection = survey.inspect(file, origin: source.origin)
        // The same file by another name, or in a directory that is listed twice.
        if let stamp = inspection.stamp, !seen.insert(FileID(stamp)).inserted { continue }
        if source.origin == .executable, inspection.isForeign { continue }
        if inspection.errors.isEmpty, let manifest = inspection.manifest, let stamp = inspection.stamp {
          found.append(
            Entry(
              path: inspection.path, source: source, manifest: manifest, stamp: stamp,
              warnings: inspection.warnings, shadowedBy: nil))
        } else {
          catalog.refused.append(
            Refused(
              path: inspection.path, source: source, manifest: inspection.manifest,
              errors: inspection.errors, warnings: inspection.warnings))
        }
      }
      catalog.add(found)
    }
    return catalog
  }

  private struct FileID: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ stamp: FileStamp) { (device, inode) = (stamp.device, stamp.inode) }
  }

  /// Adds what one entry of the search path holds.
  private mutating func add(_ found: [Entry]) {
    var winners: [String: Entry] = [:]
    for entry in entries where entry.shadowedBy == nil { winners[entry.manifest.id] = entry }
    var files: [String: Int] = [:]
    for entry in found { files[entry.manifest.id, default: 0] += 1 }
    for var entry in found {
      let id = entry.manifest.id
      if let winner = winners[id] {
        entry.shadowedBy = winner.path
        entries.append(entry)
        // Whoever names a file has chosen.
        if winner.origin == .commandLine, entry.origin != .commandLine { continue }
        warnings.append(
          Refusal(
            file: entry.path, rule: .oneFilePerKind, found: "the kind \(id) once more",
            expected: "\(winner.path), which comes first in the search path and is used",
            cure: "Remove one of the two, or name the file with --plugin."))
        continue
      }
      if files[id] == 1 {
        entries.append(entry)
        continue
      }
      let twins = found.filter { $0.manifest.id == id && PathKey($0.path) != PathKey(entry.path) }
      let refusal = Refusal(
        file: entry.path, rule: .oneFilePerKind,
        found: "the kind \(id) also in \(twins.map(\.path).joined(separator: ", "))",
        expected: "one file for each kind in a directory",
        cure: "Remove all but one, or name the file with --plugin.")
      refused.append(
        Refused(
          path: entry.path, source: entry.source, manifest: entry.manifest, errors: [refusal],
          warnings: entry.warnings))
    }
  }

  /// The files of an entry, in the order of their bytes.
  private mutating func files(of source: SearchPath.Entry) -> [String] {
    if source.origin == .commandLine { return [source.path] }
    guard let directory = opendir(source.path) else {
      if errno != ENOENT { warnAboutDirectory(source.path) }
      return []
    }
    defer { closedir(directory) }
    var names: [[UInt8]] = []
    errno = 0
    while let item = readdir(directory) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name.first != UInt8(ascii: "."), name.ends(with: ".so") { names.append(name) }
      errno = 0
    }
    if errno != 0 { warnAboutDirectory(source.path) }
    names.sort { $0.lexicographicallyPrecedes($1) }
    return names.map { source.path + "/" + String(decoding: $0, as: UTF8.self) }
  }

  private mutating func warnAboutDirectory(_ path: String) {
    warnings.append(
      Refusal(
        file: path, rule: .regularFile, found: "a directory that cannot be read (\(errnoText()))",
        expected: "a readable directory", cure: "Check its permissions."))
  }
}

extension Inspection {
  /// Whether the file does not claim to be a plugin.
  fileprivate var isForeign: Bool { elf.map(\.manifests.isEmpty) ?? true }
}

extension [UInt8] {
  fileprivate func ends(with suffix: StaticString) -> Bool {
    count > suffix.utf8CodeUnitCount
      && self.suffix(suffix.utf8CodeUnitCount).elementsEqual(
        UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount))
  }
}
