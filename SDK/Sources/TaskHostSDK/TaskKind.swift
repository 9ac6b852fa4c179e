/// What a kind promises; the host relies on it.
public struct KindFlags: OptionSet, Sendable {
  /// The bits as in the C header.
  public let rawValue: UInt32
  /// Makes a set from its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Requests do not depend on the worker's status: they may be pipelined.
  public static let stateless = KindFlags(rawValue: 1)
  /// The worker's state may be inherited by fork.
  public static let forkSafe = KindFlags(rawValue: 2)
  /// A request that had started may be sent again.
  public static let idempotent = KindFlags(rawValue: 4)
  /// Equal requests have equal responses.
  public static let deterministic = KindFlags(rawValue: 8)
  /// `perform` asks whether it is cancelled.
  public static let pollsCancel = KindFlags(rawValue: 16)
  /// A task whose worker died is replaced by smaller ones.
  public static let splits = KindFlags(rawValue: 32)

  /// By the words of the manifest; others are ignored, as the host does.
  init(names: [String]) {
    let known = ["stateless", "fork_safe", "idempotent", "deterministic", "polls_cancel", "splits"]
    self.init(
      rawValue: names.reduce(0) { bits, name in known.firstIndex(of: name).map { bits | 1 << $0 } ?? bits })
  }
}

/// What a kind is called and what it promises. The manifest in the plugin's file says the same; it is best read from there.
///
/// Its texts end with a NUL, are never freed and never change, so that any thread may read them.
public struct KindDescription: @unchecked Sendable {
  let id: UnsafePointer<CChar>
  let name: UnsafePointer<CChar>
  let version: UnsafePointer<CChar>
  let wire: UnsafePointer<CChar>
  /// What the kind promises.
  public var flags: KindFlags

  /// Describes a kind: an id such as "org.example.sha", the short name for the command line, a version such as "1.2.0", and the
  /// name of the format of requests and responses, which both ends compare.
  public init(
    id: StaticString, name: StaticString, version: StaticString, wire: StaticString, flags: KindFlags = []
  ) {
    self.id = id.cString
    self.name = name.cString
    self.version = version.cString
    self.wire = wire.cString
    self.flags = flags
  }

  /// What the manifest says, the JSON that `TH_MANIFEST` has put into the file: one place for both. The host has read it before it
  /// loads the plugin; one that can not be read ends the process with the reason.
  public init(manifest: UnsafePointer<CChar>) {
    var reader = ManifestReader(String(cString: manifest))
    do throws(ManifestReader.Failure) {
      let members = try reader.read()
      func text(_ key: String) throws(ManifestReader.Failure) -> UnsafePointer<CChar> {
        guard let text = members.texts[key] else { throw .init(reason: "it has no \"\(key)\"") }
        return ManifestReader.kept(text)
      }
      id = try text("id")
      name = try text("name")
      version = try text("version")
      wire = try text("wire")
      flags = KindFlags(names: members.flags)
    } catch {
      fatalError("the manifest of this plugin can not be read: \(error.reason)")
    }
  }
}

/// A task kind. `Worker` does the work; `Queue` is the kind's side in the host and may be left out.
///
/// Which hooks the host sees follows from the protocols that `Queue`, `Worker` and the kind itself conform to: a hook
/// that nothing implements is absent, and the host then does what the header says for a missing one.
public protocol TaskKind {
  /// The kind's state in the host.
  associatedtype Queue: TaskQueue = NoQueue
  /// The kind's state in a worker process.
  associatedtype Worker: TaskWorker

  /// What the kind is called and what it promises.
  static var description: KindDescription { get }
  /// Makes the state in the host.
  static func makeQueue(host: Host, call: Call) throws -> Queue
  /// Makes the state of a worker, from what `plan` shares with all of them.
  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> Worker
}

/// The queue of a kind that leaves everything in the host to its defaults.
public final class NoQueue: TaskQueue {
  /// It has no state.
  public init() {}
}

extension TaskKind where Queue == NoQueue {
  /// Nothing to make.
  public static func makeQueue(host: Host, call: Call) throws -> NoQueue { NoQueue() }
}

/// A kind that names its tasks and requests for people. Any thread may ask.
public protocol NamingKind: TaskKind {
  /// At most 256 bytes.
  static func name(ofTask task: Bytes) -> String
  /// At most 256 bytes.
  static func name(ofRequest request: Bytes) -> String
}

/// A kind that also writes its tasks in full, for lists and logs. Any thread may ask.
public protocol LineKind: NamingKind {
  /// Writes the task as its user would, of any length and any bytes.
  static func writeLine(ofTask task: Bytes, to text: Output) throws
}
