extension PluginReference {
  /// One line of JSON that `init(text:)` reads in the worker.
  package var text: String {
    func string(_ name: String, _ value: some CustomStringConvertible) -> JSONValue.Member {
      JSONValue.Member(name, .string(value.description))
    }
    return JSONValue.object([
      string("path", path), string("sha256", identity.digest), string("device", identity.stamp.device),
      string("inode", identity.stamp.inode), string("size", identity.stamp.size),
      string("changed", identity.stamp.changed), string("id", id), string("version", version),
      string("wire", wire), string("abi_major", abi.major), string("abi_minor", abi.minor),
    ]).description
  }

  /// Reads what `text` wrote, or gives nil.
  package init?(text: String) {
    let json: JSONValue
    do throws(JSONError) { json = try JSONReader.read(text.utf8) } catch { return nil }
    func string(_ name: String) -> String? {
      guard case .string(let value)? = json[name] else { return nil }
      return value
    }
    guard let path = string("path"), let digest = string("sha256").flatMap(PluginDigest.init(hex:)),
      let device = string("device").flatMap({ UInt64($0) }),
      let inode = string("inode").flatMap({ UInt64($0) }), let size = string("size").flatMap({ UInt64($0) }),
      let changed = string("changed").flatMap({ Int64($0) }), let id = string("id"),
      let version = string("version"), let wire = string("wire"),
      let major = string("abi_major").flatMap({ UInt32($0) }),
      let minor = string("abi_minor").flatMap({ UInt32($0) })
    else { return nil }
    self.init(
      path: path,
      identity: PluginIdentity(
        stamp: FileStamp(device: device, inode: inode, size: size, changed: changed), digest: digest),
      id: id, version: version, wire: wire, abi: ABIVersion(major: major, minor: minor))
  }
}
