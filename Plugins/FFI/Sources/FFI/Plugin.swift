public import CTaskHost
internal import FFIManifest
internal import TaskHostSDK

/// The entry point of the plugin.
@c @implementation
public func taskhost_plugin_v1(
  _ host: UnsafePointer<th_host>!, _ call: UnsafeMutablePointer<th_call>!
) -> UnsafePointer<th_kind>! {
  ffi_manifest_keep()
  return Plugin.table(for: FFIKind.self)
}
