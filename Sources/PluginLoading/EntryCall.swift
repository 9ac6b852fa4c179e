internal import CTaskHost

/// The `th_call` of a plugin's entry function: it keeps the message of `fail`, and nobody hears the rest,
/// because there is no task yet that it could belong to.
struct EntryCall: ~Copyable {
  private final class Failure {
    var code: th_status = 0
    var message: String?
  }

  private let failure = Failure()

  /// Calls `body` with the services, and gives what it returned and what it failed with.
  func run<Result>(
    _ body: (UnsafeMutablePointer<th_call>) -> Result
  ) -> (result: Result, code: th_status, message: String?) {
    var neverCancelled: UInt64 = 0
    let result = withUnsafePointer(to: &neverCancelled) { cancel in
      var call = th_call()
      call.size = UInt32(MemoryLayout<th_call>.size)
      call.id = 1
      call.cancel = cancel
      call.impl = Unmanaged.passUnretained(failure).toOpaque()
      call.fail = { call, code, message in
        guard let impl = call?.pointee.impl else { return code }
        let failure = Unmanaged<Failure>.fromOpaque(impl).takeUnretainedValue()
        failure.code = code
        // A message without bytes is a mistake of the plugin, which must not end the host.
        let length = message.ptr == nil ? 0 : min(message.len, 4096)
        let bytes = UnsafeRawBufferPointer(start: message.ptr, count: length)
        failure.message = String(decoding: bytes, as: UTF8.self)
        return code
      }
      call.feedback = { _, _ in }
      call.progress = { _, _, _, _ in }
      call.count = { _, _, _, _ in }
      call.diagnostic = { _, _ in }
      return withUnsafeMutablePointer(to: &call, body)
    }
    return (result, failure.code, failure.message)
  }
}
