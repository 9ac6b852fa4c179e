internal import CTaskHost
internal import PluginLoading

/// Finds the kind that a run asks for.
struct KindChoice {
  var entry: Catalog.Entry
  var warnings: [String]

  init(_ options: RunOptions) throws(RunError) {
    let catalog = Catalog.discover(
      .standard(files: options.plugins, directories: options.pluginDirectories))
    // A file that was named must be usable, whatever kind is asked for.
    if let refused = catalog.refused.first(where: { $0.source.origin == .commandLine }),
      let error = refused.errors.first
    {
      throw RunError(
        .pluginRefused, error.description, causes: refused.errors.dropFirst().map(\.description))
    }
    if let name = options.kind {
      do {
        entry = try catalog.find(name)
      } catch {
        throw RunError(.pluginRefused, "\(error)", hint: "taskhost plugin list")
      }
    } else {
      let named = catalog.kinds.filter { $0.source.origin == .commandLine }
      guard let only = named.first else {
        throw RunError(
          .usage, "no kind was named: give --kind NAME or --plugin FILE", hint: "taskhost plugin list")
      }
      guard named.count == 1 else {
        let names = named.map(\.manifest.name).joined(separator: ", ")
        throw RunError(.usage, "several plugins were named (\(names)): say which is meant with --kind")
      }
      entry = only
    }
    let path = entry.path
    let id = entry.manifest.id
    // What concerns the kind at hand; the rest is for `plugin list`.
    let shadowed = catalog.entries.filter { $0.manifest.id == id && $0.shadowedBy != nil }.map(\.path)
    warnings =
      entry.warnings.map(\.description)
      + catalog.warnings.filter { $0.file == path || shadowed.contains($0.file) }.map(\.description)
  }
}
