internal import Glibc
internal import PluginLoading

/// Puts plugin files where they are found by their kind, and takes them away. A file appears there as a whole or not at all.
package struct PluginInstallation: Sendable {
  /// Where plugins are installed.
  package let directory: String
  private let origin: SearchPath.Origin

  /// What was done.
  package struct Installed: Sendable {
    package var path: String
    package var name: String
    package var id: String
    package var version: String
    /// Of the file that was there before; nil: there was none.
    package var replaced: String?
    /// The same bytes were there already.
    package var wasThere: Bool
    /// Rules that the file bends, and files that a run would take in its place.
    package var warnings: [String]
  }

  /// For all users, or for this one.
  package init(forSystem: Bool) throws(RunError) {
    guard let directory = forSystem ? SearchPath.systemDirectory : SearchPath.userDirectory() else {
      throw RunError(
        .configuration, "there is no directory for plugins of your own: neither XDG_DATA_HOME nor HOME is set"
      )
    }
    self.directory = directory
    origin = forSystem ? .system : .user
  }

  /// Copies the plugin at `path`. Another kind or a newer version under the same name is replaced only if that `isForced`. Fails
  /// with nothing changed where `isInterrupted`.
  package func install(
    _ path: String, isForced: Bool, isInterrupted: () -> Bool = { false }
  ) throws(RunError) -> Installed {
    let manifest = try checkedManifest(path)
    do throws(FileFailure) { try makeDirectories(directory) } catch {
      throw RunError(.cannotWrite, error.message)
    }
    FileDraft.removeLeftovers(in: directory)
    let target = try target(for: manifest, isForced: isForced)
    let survey = Survey(digests: true)
    let result: Result<Inspection, RunError>
    do throws(FileFailure) {
      let draft = try FileDraft(in: directory)
      try copy(path, to: draft, isInterrupted)
      // What is judged is the copy, where it is to lie.
      result = judge(draft.path, survey)
      if isInterrupted() { throw FileFailure("interrupted", EINTR) }
      if case .success(let copy) = result, copy.digest?.description != target.digest {
        try draft.become(target.path)
      }
    } catch {
      throw RunError(.cannotWrite, error.message)
    }
    let copy = try result.get()
    return Installed(
      path: target.path, name: manifest.name, id: manifest.id, version: manifest.version,
      replaced: target.version, wasThere: copy.digest?.description == target.digest,
      warnings: copy.warnings.map {
        "\(target.path): \($0.rule.id): found \($0.found); expected \($0.expected). \($0.cure)"
      }
        + shadows(manifest, target.path))
  }

  /// Deletes the file of the kind with this id or short name, or the file of this name.
  package func remove(_ name: String) throws(RunError) -> (path: String, kind: String) {
    let catalog = Catalog.discover(here)
    var files = catalog.entries.filter { $0.manifest.id == name || $0.manifest.name == name }
      .map { (path: $0.path, kind: "\($0.manifest.name) \($0.manifest.version) (\($0.manifest.id))") }
    files += catalog.refused.filter { $0.manifest?.id == name || $0.manifest?.name == name }
      .map { (path: $0.path, kind: "a file that is refused") }
    if files.isEmpty, !name.contains("/") {
      let path = directory + "/" + name
      files += (catalog.entries.map(\.path) + catalog.refused.map(\.path)).filter { $0 == path }
        .map { (path: $0, kind: "the file of this name") }
    }
    guard let file = files.first else {
      let all = (catalog.entries.map(\.manifest.name)).sorted().joined(separator: ", ")
      throw RunError(
        .pluginRefused, "no kind '\(name)' is installed in \(directory)",
        causes: all.isEmpty ? [] : ["it holds \(all)"], hint: "taskhost plugin list")
    }
    guard files.count == 1 else {
      throw RunError(
        .usage,
        "'\(name)' is not one file in \(directory): name one of \(files.map(\.path).joined(separator: ", "))")
    }
    guard unlink(file.path) == 0 else {
      throw RunError(.cannotWrite, "\(file.path) could not be removed: \(String(cString: strerror(errno)))")
    }
    return file
  }

  private var here: SearchPath {
    SearchPath(entries: [SearchPath.Entry(origin: origin, path: directory)])
  }

  /// Of a file that may be loaded where it is.
  private func checkedManifest(_ path: String) throws(RunError) -> Manifest {
    var survey = Survey()
    let inspection = survey.inspect(path, origin: .commandLine)
    guard let refusal = inspection.errors.first else {
      if let manifest = inspection.manifest { return manifest }
      throw RunError(.internalError, "\(path) has no manifest and was not refused")
    }
    let isReadable = inspection.stamp != nil || access(path, R_OK) == 0
    throw RunError(
      isReadable ? .pluginRefused : .badInput, refusal.description,
      causes: inspection.errors.dropFirst().map(\.description),
      hint: isReadable ? "taskhost plugin inspect \(path)" : nil)
  }

  /// Where the file is to lie: in place of the one of the same kind, else under the short name of the kind.
  private func target(
    for manifest: Manifest, isForced: Bool
  ) throws(RunError) -> (path: String, version: String?, digest: String?) {
    var survey = Survey(digests: true)
    let catalog = Catalog.discover(here, &survey)
    let known =
      catalog.entries.map { ($0.path, $0.manifest) } + catalog.refused.map { ($0.path, $0.manifest) }
    let same = known.filter { $0.1?.id == manifest.id }
    guard same.count < 2 else {
      throw RunError(
        .pluginRefused,
        "the kind \(manifest.id) is in \(directory) already, in \(same.map(\.0).joined(separator: " and "))",
        causes: ["remove all but one"], hint: "taskhost plugin list")
    }
    let path = same.first?.0 ?? "\(directory)/\(manifest.name).so"
    if let (path, old) = same.first, let old {
      if VersionOrder.precedes(manifest.version, old.version), !isForced {
        throw RunError(
          .pluginRefused,
          "\(path) is version \(old.version) of \(old.id), which is newer than \(manifest.version)",
          hint: "taskhost plugin install --force")
      }
      return (path, old.version, survey.inspect(path, origin: origin).digest?.description)
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { return (path, nil, nil) }
    let there = known.first { $0.0 == path }?.1
    guard isForced else {
      throw RunError(
        .pluginRefused,
        "\(path) is \(there.map { "another kind (\($0.id))" } ?? "a file that is no usable plugin")",
        causes: ["\(manifest.id) would take its place"], hint: "taskhost plugin install --force")
    }
    return (path, there?.version, nil)
  }

  private func copy(
    _ path: String, to draft: borrowing FileDraft, _ isInterrupted: () -> Bool
  ) throws(FileFailure) {
    let source = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard source >= 0 else { throw FileFailure("\(path) could not be read") }
    defer { close(source) }
    try draft.copy(from: source, named: path, isInterrupted)
    try draft.settle(mode: 0o755)
  }

  private func judge(_ path: String, _ survey: Survey) -> Result<Inspection, RunError> {
    var survey = survey
    var libraries = LibrarySearch()
    var inspection = survey.inspect(path, origin: origin)
    inspection.checkLibraries(&libraries)
    guard let refusal = inspection.errors.first else { return .success(inspection) }
    return .failure(
      RunError(
        .pluginRefused, "it can not be used from \(directory)",
        causes: [refusal.description] + inspection.errors.dropFirst().map(\.description)))
  }

  /// Files that a run would take in place of the one that was installed.
  private func shadows(_ manifest: Manifest, _ path: String) -> [String] {
    let catalog = Catalog.discover(.standard())
    return catalog.entries.filter { $0.path == path }.compactMap { entry in
      entry.shadowedBy.map { "\($0) has the same kind and comes first in the search: a run takes that one" }
    }
  }
}
