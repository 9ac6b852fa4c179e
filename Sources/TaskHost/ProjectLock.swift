internal import Glibc
internal import PluginLoading

/// Which files the kinds of a project are.
package struct ProjectLock: Sendable {
  package static let fileName = "taskhost.lock"

  var lock: PluginLock
  /// Where it lies, or is to lie.
  package let path: String

  /// One without pins.
  package init(path: String) {
    self.path = path
    lock = PluginLock()
  }

  /// Reads the text of the file at `path`; ``ExitCode/configuration`` where it is none.
  package init(path: String, text: String) throws(RunError) {
    self.path = path
    do throws(PluginLock.Malformed) {
      lock = try PluginLock(text: text)
    } catch {
      throw RunError(
        .configuration, "\(path) is no lock file: found \(error.found); expected \(error.expected)",
        hint: "taskhost plugin lock")
    }
  }

  /// What was pinned, in words.
  package struct Pinned: Sendable {
    package var name: String
    package var version: String
    package var id: String
    package var file: String
    package var digest: String
  }

  /// Pins the kind of this id or short name to the file that a run would load; nil: each that is found.
  package mutating func pin(_ kinds: [String], _ options: Host.Options) throws(RunError) -> [Pinned] {
    let catalog = PluginCatalog(options)
    try Self.requireUse(in: catalog.catalog)
    var entries: [Catalog.Entry] = []
    do throws(KindError) {
      for kind in kinds { entries.append(try catalog.entry(of: kind)) }
    } catch {
      throw RunError(.pluginRefused, error.description, hint: "taskhost plugin list")
    }
    if kinds.isEmpty {
      entries = catalog.catalog.kinds
      lock = PluginLock()
    }
    guard !entries.isEmpty else {
      throw RunError(.pluginRefused, "there is no kind to lock", hint: "taskhost plugin list")
    }
    return try PluginSurvey.remembering(options, digests: true) { survey -> Result<[Pinned], RunError> in
      var pinned: [Pinned] = []
      for entry in entries {
        let inspection = survey.inspect(entry.path, origin: entry.origin)
        guard inspection.errors.isEmpty, let digest = inspection.digest, let manifest = inspection.manifest
        else {
          return .failure(
            RunError(
              .pluginRefused, inspection.errors.first?.description ?? "\(entry.path) has changed meanwhile"))
        }
        let file = entry.path.split(separator: "/").last.map(String.init) ?? entry.path
        lock.set(
          PluginLock.Pin(
            id: manifest.id, name: manifest.name, version: manifest.version, file: file, digest: digest,
            buildID: hexadecimal(inspection.elf?.buildID ?? [])))
        pinned.append(
          Pinned(
            name: manifest.name, version: manifest.version, id: manifest.id, file: entry.path,
            digest: "\(digest)"))
      }
      return .success(pinned)
    }.get()
  }

  /// A plugin that was named is one of those that count, or it is said why not.
  private static func requireUse(in catalog: Catalog) throws(RunError) {
    if let refused = catalog.refused.first(where: { $0.source.origin == .commandLine }),
      let refusal = refused.errors.first
    {
      let isReadable = access(refused.path, R_OK) == 0
      throw RunError(
        isReadable ? .pluginRefused : .badInput, refusal.description,
        causes: refused.errors.dropFirst().map(\.description),
        hint: isReadable ? "taskhost plugin inspect \(refused.path)" : nil)
    }
    if let hidden = catalog.entries.first(where: { $0.origin == .commandLine && $0.shadowedBy != nil }),
      let warning = catalog.warnings.first(where: { $0.file == hidden.path })
    {
      throw RunError(.pluginRefused, warning.description, hint: "taskhost plugin list")
    }
  }

  /// Writes the file, as a whole or not at all.
  package func write() throws(RunError) {
    do throws(FileFailure) {
      try makeDirectories(parent(of: path))
      try replaceFile(path, mode: 0o644, Array(lock.text.utf8))
    } catch {
      throw RunError(.cannotWrite, error.message)
    }
  }
}
