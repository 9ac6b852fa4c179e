public import CTaskHost
internal import TaskHostSDK
@c @implementation
public func taskhost_plugin_v1(_ host: UnsafePointer<th_host>!, _ call: UnsafeMutablePointer<th_call>!) -> UnsafePointer<th_kind>! { nil }
