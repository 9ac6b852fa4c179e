internal import CTaskHost
internal import Hooks
internal import PluginLoading

extension Host {
  /// The kind of a run, as the command finds it, and what is odd about it.
  func runKind(
    _ name: String?, settings: [(key: String, value: String)], isTraced: Bool,
    log: @escaping @Sendable (KindLogLine) -> Void
  ) throws(RunError) -> (kind: Kind, warnings: [String]) {
    if options.isLocked, options.lock == nil {
      throw RunError(
        .configuration, "--locked, and there is no \(ProjectLock.fileName) for this project",
        hint: "taskhost plugin lock")
    }
    let catalog = plugins.catalog
    // A file that was named must be usable, whatever kind is asked for.
    if let refused = catalog.refused.first(where: { $0.source.origin == .commandLine }),
      let error = refused.errors.first
    {
      throw RunError(
        .pluginRefused, error.description, causes: refused.errors.dropFirst().map(\.description))
    }
    let entry = try Self.choose(name, catalog)
    let kind: Kind
    do throws(KindError) {
      kind = try load(
        entry.path, origin: entry.source.origin, expecting: entry.manifest.id, settings: settings,
        isTraced: isTraced, log: log)
    } catch {
      throw RunError(error)
    }
    // What concerns the kind at hand; the rest is for the catalogue.
    let shadowed = catalog.entries.filter { $0.manifest.id == entry.manifest.id && $0.shadowedBy != nil }
    let files = [entry.path] + shadowed.map(\.path)
    let known =
      entry.warnings.map(\.description)
      + catalog.warnings.filter { files.contains($0.file) }.map(\.description)
    return (kind, known + kind.warnings.filter { !known.contains($0) })
  }

  private static func choose(_ name: String?, _ catalog: Catalog) throws(RunError) -> Catalog.Entry {
    if let name {
      do throws(LookupError) {
        return try catalog.find(name)
      } catch {
        throw RunError(.pluginRefused, error.description, hint: "taskhost plugin list")
      }
    }
    let named = catalog.kinds.filter { $0.source.origin == .commandLine }
    guard let only = named.first else {
      throw RunError(
        .usage, "no kind was named: give --kind NAME or --plugin FILE", hint: "taskhost plugin list")
    }
    guard named.count == 1 else {
      let names = named.map(\.manifest.name).joined(separator: ", ")
      throw RunError(.usage, "several plugins were named (\(names)): say which is meant with --kind")
    }
    return only
  }
}

extension RunError {
  init(_ error: KindError) {
    switch error {
    case .unknown, .ambiguous, .refused: self.init(.pluginRefused, error.description)
    case .couldNotStart(let kind, let hook, let code, let message):
      // What the user has set is refused in queue_new, as the first hook that sees it.
      self.init(
        code == TH_E_BAD_INPUT ? .usage : .pluginRefused,
        "kind \(kind) could not start in the host: \(message)",
        causes: ["\(hook) returned \(statusName(code))"])
    }
  }

  init(_ error: PoolError) {
    switch error {
    case .kind(let error): self.init(error)
    case .badOption(let problem): self.init(.usage, problem)
    default: self.init(.infrastructure, error.description)
    }
  }
}
