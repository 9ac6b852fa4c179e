public import CTaskHost
internal import ProofManifest
internal import TaskHostSDK

/// The entry point of the plugin.
@c @implementation
public func taskhost_plugin_v1(
  _ host: UnsafePointer<th_host>!, _ call: UnsafeMutablePointer<th_call>!
) -> UnsafePointer<th_kind>! {
  proof_manifest_keep()
  return Plugin.table(for: ProofKind.self)
}
