internal import CTaskHost
internal import Hooks
internal import PluginLoading
internal import Synchronization
internal import Wire
internal import WorkerPool

/// A task kind that is loaded into this process, for good: plugins are never unloaded.
public final class Kind: Sendable {
  let host: Host
  let plugin: Plugin
  let services: HostServices
  let settings: [(key: String, value: String)]

  init(host: Host, plugin: Plugin, services: HostServices, settings: [(key: String, value: String)]) {
    self.host = host
    self.plugin = plugin
    self.services = services
    self.settings = settings
  }

  /// In reverse-DNS form.
  public var id: String { plugin.table.id }
  /// Its short name.
  public var name: String { plugin.table.name }
  /// As its manifest says.
  public var version: String { plugin.table.version }
  /// Absolute, without symbolic links.
  public var path: String { plugin.path }
  /// SHA-256 of the file, in hex.
  public var digest: String { "\(plugin.identity.digest)" }
  /// Load rules that the file bends without breaking them, in words.
  public var warnings: [String] { plugin.warnings.map(\.description) }
}

extension Host {
  /// Loads the kind with this id or short name.
  /// - Parameters:
  ///   - name: in reverse-DNS form, or short where only one kind has it.
  ///   - settings: options for the kind, as `--set` of the command gives them. A kind that reads them in its entry function sees
  ///     those of the first time that it was loaded.
  ///   - log: gets each line that the kind's host side logs, from any thread.
  public func kind(
    named name: String, settings: [(key: String, value: String)] = [],
    log: @escaping @Sendable (KindLogLine) -> Void = { _ in }
  ) throws(KindError) -> Kind {
    let entry = try PluginCatalog(options).entry(of: name)
    return try load(
      entry.path, origin: entry.source.origin, expecting: entry.manifest.id, settings: settings, log: log)
  }

  /// Loads the kind in this file, which the caller trusts.
  public func kind(
    at path: String, settings: [(key: String, value: String)] = [],
    log: @escaping @Sendable (KindLogLine) -> Void = { _ in }
  ) throws(KindError) -> Kind {
    try load(path, origin: .commandLine, expecting: nil, settings: settings, log: log)
  }

  func load(
    _ path: String, origin: SearchPath.Origin, expecting id: String?,
    settings: [(key: String, value: String)], isTraced: Bool = false,
    log: @escaping @Sendable (KindLogLine) -> Void
  ) throws(KindError) -> Kind {
    var policy = LoadPolicy()
    policy.expectedID = id
    policy.lock = options.lock.map {
      PluginPins(lock: $0.lock, file: $0.path, isRequired: options.isLocked)
    }
    do throws(Refusal) {
      let loaded = try LoadedKind.load(
        path, origin: origin, policy, settings: settings, isTraced: isTraced
      ) { level, text in
        log(KindLogLine(level: KindLogLine.Level(level), message: text))
      }
      return Kind(host: self, plugin: loaded.plugin, services: loaded.services, settings: settings)
    } catch {
      throw .refused(KindRefusal(error))
    }
  }
}

/// Why there is no kind.
public enum KindError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `near` are names that it may have been meant to be.
  case unknown(name: String, near: [String])
  /// Several kinds have this short name; their ids tell them apart.
  case ambiguous(name: String, ids: [String])
  /// A load rule is broken.
  case refused(KindRefusal)
  /// A hook of the host's side failed when a pool was made, in the kind's own words.
  case couldNotStart(kind: String, hook: String, code: Int32, message: String)

  init(_ error: LookupError) {
    self =
      switch error {
      case .unknown(let name, let near): .unknown(name: name, near: near)
      case .ambiguous(let name, let ids): .ambiguous(name: name, ids: ids)
      case .refused(let refusal): .refused(KindRefusal(refusal))
      }
  }

  /// For people.
  public var description: String {
    switch self {
    case .unknown(let name, let near): LookupError.unknown(name: name, near: near).description
    case .ambiguous(let name, let ids): LookupError.ambiguous(name: name, ids: ids).description
    case .refused(let refusal): refusal.description
    case .couldNotStart(let kind, let hook, let code, let message):
      "kind \(kind) could not start in the host: \(message) (\(hook) returned \(statusName(code)))"
    }
  }
}

/// A broken load rule.
public struct KindRefusal: Hashable, Sendable, CustomStringConvertible {
  /// Which file.
  public var file: String
  /// "L03", as docs/abi/load-rules.md numbers them.
  public var rule: String
  /// The rule in a few words.
  public var title: String
  /// What was found.
  public var found: String
  /// What was expected.
  public var expected: String
  /// What to do about it.
  public var cure: String
  /// One paragraph that names everything.
  public var description: String

  init(_ refusal: Refusal) {
    file = refusal.file
    rule = refusal.rule.id
    title = refusal.rule.title
    found = refusal.found
    expected = refusal.expected
    cure = refusal.cure
    description = refusal.description
  }
}

/// A line that plugin code has logged.
public struct KindLogLine: Hashable, Sendable {
  /// How grave it is.
  public enum Level: Int32, Comparable, Sendable {
    /// Each step.
    case trace = 0
    /// For the author of the kind.
    case debug
    /// What is as it should be.
    case info
    /// What may be wrong.
    case warn
    /// What is wrong.
    case error

    /// The graver one is greater.
    public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }

    init(_ number: Int32) { self = Level(rawValue: number) ?? .info }
  }

  /// How grave it is.
  public var level: Level
  /// What it says.
  public var message: String

  package init(level: Level, message: String) {
    self.level = level
    self.message = message
  }
}

/// A plugin in this process, with the services that it was given. A plugin keeps these for the life of the process, so they are
/// never freed.
struct LoadedKind: Sendable {
  var plugin: Plugin
  var services: HostServices

  private static let all = Mutex<[LoadedKind]>([])

  /// One call of an entry function at a time, as the header promises.
  static func load(
    _ path: String, origin: SearchPath.Origin, _ policy: LoadPolicy,
    settings: [(key: String, value: String)], isTraced: Bool, log: @escaping HostServices.Log
  ) throws(Refusal) -> LoadedKind {
    let services = HostServices(
      role: TH_ROLE_HOST, version: productVersion, settings: settings, leastLevel: Int32(TH_LOG_INFO),
      isTraced: isTraced, log: log)
    let result = all.guarded { all -> Result<LoadedKind, Refusal> in
      do throws(Refusal) {
        let plugin = try Plugin.load(path, origin: origin, policy: policy, host: services.raw)
        let loaded = LoadedKind(plugin: plugin, services: services)
        all.append(loaded)
        return .success(loaded)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
