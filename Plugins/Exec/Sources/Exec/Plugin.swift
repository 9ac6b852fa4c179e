internal import CExec
public import CTaskHost
internal import TaskHostSDK

/// The entry point of the plugin.
@c @implementation
public func taskhost_plugin_v1(
  _ host: UnsafePointer<th_host>!, _ call: UnsafeMutablePointer<th_call>!
) -> UnsafePointer<th_kind>! {
  exec_manifest_keep()
  if let host { ExecKind.isIdempotent = Host(host).option("idempotent") == "yes" }
  return Plugin.table(for: ExecKind.self)
}
