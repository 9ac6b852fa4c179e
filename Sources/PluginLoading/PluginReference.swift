/// What a host tells its workers about a plugin it has loaded.
package struct PluginReference: Hashable, Sendable {
  package var path: String
  package var identity: PluginIdentity
  package var id: String
  package var version: String
  package var wire: String
  package var abi: ABIVersion

  package init(
    path: String, identity: PluginIdentity, id: String, version: String, wire: String, abi: ABIVersion
  ) {
    self.path = path
    self.identity = identity
    self.id = id
    self.version = version
    self.wire = wire
    self.abi = abi
  }
}
