package import CTaskHost

/// A kind that is loaded into this process, for good: plugins are never unloaded.
package struct Plugin: Sendable {
  /// Absolute, without symbolic links.
  package let path: String
  package let identity: PluginIdentity
  package let table: KindTable
  package let warnings: [Refusal]

  /// What a worker needs to load the same plugin.
  package var reference: PluginReference {
    PluginReference(
      path: path, identity: identity, id: table.id, version: table.version, wire: table.wire,
      abi: table.abi)
  }
}

extension Plugin {
  /// Loads in a worker what the host has loaded, or says how the two differ. `host` must stay valid for the
  /// life of the process.
  package static func load(
    _ reference: PluginReference, host: UnsafePointer<th_host>
  ) throws(Refusal) -> Plugin {
    let file = try PluginFile.verify(reference.path, expected: reference.identity)
    let (table, warnings) = try load(file, host: host)
    let members = [
      ("id", table.id, reference.id), ("version", table.version, reference.version),
      ("wire", table.wire, reference.wire), ("ABI", "\(table.abi)", "\(reference.abi)"),
    ]
    for (member, ours, theirs) in members where ours != theirs {
      throw Refusal(
        file: file.path, rule: .sameAsHost, found: "\(member) \"\(ours)\" in the worker",
        expected: "\(member) \"\(theirs)\", as the host has loaded",
        cure: "The entry function must return the same table in every process.")
    }
    return Plugin(
      path: file.path, identity: PluginIdentity(stamp: file.stamp, digest: reference.identity.digest),
      table: table, warnings: warnings)
  }
}

extension Plugin {
  /// Checks and loads a plugin in the host. `host` must stay valid for the life of the process.
  package static func load(
    _ path: String, origin: SearchPath.Origin, policy: LoadPolicy = LoadPolicy(),
    host: UnsafePointer<th_host>
  ) throws(Refusal) -> Plugin {
    let file = try PluginFile.open(path)
    let identity = try file.identity()
    let (table, warnings) = try load(file, host: host)
    return Plugin(path: file.path, identity: identity, table: table, warnings: warnings)
  }
}
