internal import PluginLoading
internal import Wire

/// The kinds that can be found, and why others can not be used. None of their code is run.
public struct PluginCatalog: Sendable {
  /// A plugin that may be loaded.
  public struct Entry: Sendable {
    /// Absolute, without symbolic links.
    public var path: String
    /// Where it was found, in words.
    public var found: String
    /// It is one of ``Host/Options/pluginFiles``.
    public var isNamed: Bool
    /// What it says of itself.
    public var manifest: PluginManifest
    /// The file that is loaded in place of this one.
    public var shadowedBy: String?
    /// Load rules that it bends without breaking them.
    public var warnings: [KindRefusal]
  }

  /// A file that may not be loaded.
  public struct Refused: Sendable {
    /// As it was found.
    public var path: String
    /// Where it was found, in words.
    public var found: String
    /// What it says of itself, where that can be read.
    public var manifest: PluginManifest?
    /// The load rules that it breaks, at least one.
    public var errors: [KindRefusal]
    /// Those that it bends.
    public var warnings: [KindRefusal]
  }

  let catalog: Catalog

  /// Looks where a host with these options would.
  public init(_ options: Host.Options) {
    catalog = PluginSurvey.remembering(options) { .discover(SearchPath(options), &$0) }
  }

  /// In the order of the search: the first one of a kind counts.
  public var entries: [Entry] { catalog.entries.map(Entry.init) }
  /// In the order of the search.
  public var refused: [Refused] { catalog.refused.map(Refused.init) }
  /// What is odd about the search path, and files that are passed over.
  public var warnings: [KindRefusal] { catalog.warnings.map(KindRefusal.init) }

  /// The kind with this id or short name; nil: the only one of ``Host/Options/pluginFiles``, or none.
  public func find(_ name: String?) throws(KindError) -> Entry? {
    if let name { return Entry(try entry(of: name)) }
    let named = catalog.kinds.filter { $0.origin == .commandLine }
    return named.count == 1 ? named.first.map(Entry.init) : nil
  }

  func entry(of name: String) throws(KindError) -> Catalog.Entry {
    do throws(LookupError) {
      return try catalog.find(name)
    } catch {
      throw KindError(error)
    }
  }
}

/// What a plugin says of itself without being run.
public struct PluginManifest: Sendable {
  /// One option of a kind, as `--set` of the command gives it.
  public struct Option: Hashable, Sendable {
    /// Its name.
    public var key: String
    /// `string`, `int`, `float`, `bool`, or one that a newer host knows.
    public var type: String
    /// In JSON; nil: there is none.
    public var standard: String?
    /// For people.
    public var help: String
  }

  /// In reverse-DNS form.
  public var id: String
  /// The short name.
  public var name: String
  /// Of the kind.
  public var version: String
  /// The version of the plugin ABI that it was made for: `1.0`.
  public var abi: String
  /// The format of its payloads.
  public var wire: String
  /// In a few words.
  public var summary: String
  /// What it promises, as far as this host knows it: `stateless`, `idempotent`.
  public var flags: [String]
  /// Its options; none: it takes any.
  public var options: [Option]
  /// Under which terms it may be used; empty: it does not say. So for the next two.
  public var license: String
  /// Where to read more.
  public var homepage: String
  /// What it was made with.
  public var sdk: String
  /// What it needs of its surroundings, as words: `network` and `false`.
  package var needs: [(name: String, value: String)]
  /// What it does not go beyond: `max_request` and 65536.
  package var limits: [(name: String, value: UInt64)]

  init(_ manifest: Manifest) {
    id = manifest.id
    name = manifest.name
    version = manifest.version
    abi = "\(manifest.abiMajor).\(manifest.needsMinor)"
    wire = manifest.wire
    license = manifest.license
    homepage = manifest.homepage
    sdk = manifest.sdk
    summary = manifest.summary
    needs = [
      ("network", manifest.needs.network.map { "\($0)" }), ("filesystem", manifest.needs.filesystem),
      ("spawn", manifest.needs.spawn.map { "\($0)" }), ("threads", manifest.needs.threads.map { "\($0)" }),
    ].compactMap { name, value in value.map { (name, $0) } }
    limits = [
      ("max_request", manifest.limits.maxRequest), ("max_response", manifest.limits.maxResponse),
      ("max_rss_mib", manifest.limits.maxRSSMiB),
    ].compactMap { name, value in value.map { (name, $0) } }
    flags = KindFlags.names.filter { manifest.flags.contains($0.flag) }.map { "\($0.name)" }
    options = manifest.config.map {
      Option(key: $0.key, type: $0.type, standard: $0.defaultValue?.description, help: $0.help)
    }
  }
}

extension PluginCatalog.Entry {
  init(_ entry: Catalog.Entry) {
    path = entry.path
    found = entry.origin.description
    isNamed = entry.origin == .commandLine
    manifest = PluginManifest(entry.manifest)
    shadowedBy = entry.shadowedBy
    warnings = entry.warnings.map(KindRefusal.init)
  }
}

extension PluginCatalog.Refused {
  init(_ refused: Catalog.Refused) {
    path = refused.path
    found = refused.source.origin.description
    manifest = refused.manifest.map(PluginManifest.init)
    errors = refused.errors.map(KindRefusal.init)
    warnings = refused.warnings.map(KindRefusal.init)
  }
}

extension Host {
  /// The version of the library and of its workers, which must be the same.
  public static var version: String { productVersion }
  /// The newest version of the plugin ABI that it knows: `1.0`.
  public static var abiVersion: String { "\(ABIVersion.ours)" }

  /// The kinds that this host finds.
  public var plugins: PluginCatalog { PluginCatalog(options) }
}
