package import CTaskHost

/// What a kind promises about itself (`TH_KIND_*`).
package struct KindFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
  package var rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let stateless = KindFlags(rawValue: TH_KIND_STATELESS)
  package static let forkSafe = KindFlags(rawValue: TH_KIND_FORK_SAFE)
  package static let idempotent = KindFlags(rawValue: TH_KIND_IDEMPOTENT)
  package static let deterministic = KindFlags(rawValue: TH_KIND_DETERMINISTIC)
  package static let pollsCancel = KindFlags(rawValue: TH_KIND_POLLS_CANCEL)
  package static let splits = KindFlags(rawValue: TH_KIND_SPLITS)

  /// Each flag that this host knows, with its name in the manifest.
  package static let names: [(name: String, flag: KindFlags)] = [
    ("stateless", .stateless), ("fork_safe", .forkSafe), ("idempotent", .idempotent),
    ("deterministic", .deterministic), ("polls_cancel", .pollsCancel), ("splits", .splits),
  ]

  /// All flags that this host knows.
  package static let known = names.reduce(into: KindFlags()) { $0.insert($1.flag) }

  /// The names of those that are set and known.
  package var description: String {
    let set = Self.names.filter { contains($0.flag) }.map(\.name)
    return set.isEmpty ? "none" : set.joined(separator: " ")
  }
}

/// The hooks of a loaded kind.
///
/// `hooks` is a copy in which members that the plugin was compiled without are NULL, so that a hook is called
/// as `table.hooks.plan?(...)` whatever version of the ABI the plugin has.
package final class KindTable: Sendable {
  package typealias Perform =
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<th_call>?, th_bytes, UnsafeMutablePointer<th_out>?
    ) -> th_status

  package let hooks: th_kind
  /// A C function has no state that threads could race for.
  nonisolated(unsafe) package let perform: Perform
  package let id: String
  package let name: String
  package let version: String
  /// Names the format of the payloads; host and worker compare it.
  package let wire: String
  /// The flags that this host knows.
  package let flags: KindFlags
  package let abi: ABIVersion
  package let extensions: KindExtensions
  /// The plugin's own table, which lives as long as the process and is never changed; `size` bytes of it are there.
  nonisolated(unsafe) package let source: UnsafeRawPointer
  package let size: Int

  init(
    source: UnsafeRawPointer, size: Int, hooks: th_kind, perform: Perform,
    id: String, name: String, version: String, wire: String,
    extensions: KindExtensions
  ) {
    self.source = source
    self.size = size
    self.extensions = extensions
    self.hooks = hooks
    self.perform = perform
    self.id = id
    self.name = name
    self.version = version
    self.wire = wire
    self.flags = KindFlags(rawValue: hooks.flags).intersection(.known)
    self.abi = ABIVersion(major: UInt32(hooks.abi_major), minor: UInt32(hooks.abi_minor))
  }
}
