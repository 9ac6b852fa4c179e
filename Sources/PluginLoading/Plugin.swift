package import CTaskHost

/// A kind that is loaded into this process, for good: plugins are never unloaded.
package struct Plugin: Sendable {
  /// Absolute, without symbolic links.
  package let path: String
  package let identity: PluginIdentity
  /// Read in the host only.
  package let manifest: Manifest?
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
      manifest: nil, table: table, warnings: warnings)
  }
}

extension Plugin {
  /// Checks and loads a plugin in the host. `host` must stay valid for the life of the process.
  package static func load(
    _ path: String, origin: SearchPath.Origin, policy: LoadPolicy = LoadPolicy(),
    host: UnsafePointer<th_host>
  ) throws(Refusal) -> Plugin {
    let file = try PluginFile.open(path)
    let inspection = Inspection(file, origin: origin, policy: policy)
    if let refusal = inspection.errors.first { throw refusal }
    guard let manifest = inspection.manifest else {
      preconditionFailure("an inspection without errors has a manifest")
    }
    let identity = try file.identity()
    if let pin = policy.pins[manifest.id], pin != identity.digest {
      throw Refusal(
        file: file.path, rule: .digest, found: "SHA-256 \(identity.digest)",
        expected: "SHA-256 \(pin), to which \(manifest.id) is pinned",
        cure: "Install the pinned file, or renew the pin after a look at the new one.")
    }
    var known = inspection.warnings
    if let lock = policy.lock, let refusal = lock.difference(manifest, identity.digest, path: file.path) {
      if lock.isRequired { throw refusal }
      // A project may run more than it pins.
      if lock.lock.pin(of: manifest.id) != nil { known.append(refusal) }
    }
    let (table, warnings) = try load(file, host: host)
    let differences = try table.compare(with: manifest, file: file.path)
    return Plugin(
      path: file.path, identity: identity, manifest: manifest, table: table,
      warnings: known + warnings + differences)
  }
}
