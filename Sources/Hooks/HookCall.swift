package import CTaskHost

/// What the owner of a call does for the plugin. Called inside the hook, on its thread.
package protocol CallServices: AnyObject {
  func feedback(_ call: HookCall, _ bytes: UnsafeRawBufferPointer)
  func progress(_ call: HookCall, done: UInt64, total: UInt64, units: UnsafeRawBufferPointer)
  func diagnostic(_ call: HookCall, _ diagnostic: th_diagnostic)
  func print(_ call: HookCall, _ stream: PrintStream, _ bytes: UnsafeRawBufferPointer) -> th_status
  func programEnded(_ call: HookCall, exitCode: Int32, signal: Int32)
}

extension CallServices {
  /// Only a host wants to know.
  package func programEnded(_ call: HookCall, exitCode: Int32, signal: Int32) {}
}

/// Where what a task prints comes out.
package enum PrintStream: UInt32, Sendable {
  case output = 1
  case error = 2
}

/// One `th_call`, used for one hook after another.
package final class HookCall {
  package static let messageLimit = 4096

  package let raw: UnsafeMutablePointer<th_call>
  /// Its owner, set before the first hook is called.
  package unowned(unsafe) var services: (any CallServices)!
  /// Its owner in a worker; nil in the host.
  package unowned(unsafe) var worker: (any WorkerServices)?
  /// What the plugin marks in a hook; nil where nobody records a trace.
  package var spans: SpanRecorder?
  @exclusivity(unchecked) package private(set) var message: String?
  /// What `count` said last; nil if the hook did not call it.
  package var counted: (passed: UInt64, pending: UInt64, failed: UInt64)? { told }
  // Other modules that read it where it lies would be checked, whatever is said here.
  @exclusivity(unchecked) private var told: (passed: UInt64, pending: UInt64, failed: UInt64)?
  private let never: UnsafeMutablePointer<UInt64>

  package init() {
    raw = .allocate(capacity: 1)
    never = .allocate(capacity: 1)
    never.initialize(to: .max)
    var initial = th_call()
    initial.size = UInt32(MemoryLayout<th_call>.size)
    initial.cancel = UnsafePointer(never)
    initial.fail = { call, code, message in
      HookCall.of(call).fail(message)
      return code
    }
    initial.feedback = { call, bytes in
      let call = HookCall.of(call)
      call.services.feedback(call, bytes.raw)
    }
    initial.progress = { call, done, total, units in
      let call = HookCall.of(call)
      call.services.progress(call, done: done, total: total, units: units.raw)
    }
    initial.count = { call, passed, pending, failed in
      HookCall.of(call).told = (passed, pending, failed)
    }
    initial.diagnostic = { call, diagnostic in
      guard let diagnostic else { return }
      // Members that the plugin's header did not know yet read as zero.
      var known = th_diagnostic()
      let size = min(Int(diagnostic.pointee.size), MemoryLayout<th_diagnostic>.size)
      withUnsafeMutableBytes(of: &known) { $0.baseAddress!.copyMemory(from: diagnostic, byteCount: size) }
      let call = HookCall.of(call)
      call.services.diagnostic(call, known)
    }
    raw.initialize(to: initial)
    raw.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    raw.deallocate()
    never.deallocate()
  }

  private static func of(_ call: UnsafeMutablePointer<th_call>?) -> HookCall {
    Unmanaged<HookCall>.fromOpaque(call!.pointee.impl).takeUnretainedValue()
  }

  /// Nil without a call.
  static func known(_ call: UnsafeMutablePointer<th_call>?) -> HookCall? {
    call.map { Unmanaged<HookCall>.fromOpaque($0.pointee.impl).takeUnretainedValue() }
  }

  /// Before a hook. `cancel` nil: this call can not be cancelled.
  @inline(__always)
  package func begin(id: UInt64, cancel: UnsafePointer<UInt64>? = nil, deadline: UInt64 = 0) {
    raw.pointee.id = id
    raw.pointee.cancel = cancel ?? UnsafePointer(never)
    raw.pointee.deadline_ns = deadline
    if message != nil { message = nil }
    told = nil
  }

  /// What a hook would do with `fail`, done by the host.
  package func failing(_ status: th_status, _ text: String) -> th_status {
    message = text
    return status
  }

  private func fail(_ text: th_bytes) {
    message = text.text(limit: Self.messageLimit)
  }
}

extension th_bytes {
  /// A length below zero, or one of no memory, reads as none.
  package var raw: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: ptr, count: ptr == nil ? 0 : max(len, 0))
  }

  @inline(__always)
  package init(_ bytes: UnsafeRawBufferPointer) {
    self.init(ptr: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), len: bytes.count)
  }

  /// At most `limit` bytes as text; what is not UTF-8 shows as replacement characters.
  package func text(limit: Int = 1 << 16) -> String {
    String(decoding: raw.prefix(limit), as: UTF8.self)
  }
}

/// The name of a status code for messages.
package func statusName(_ status: th_status) -> String {
  switch status {
  case TH_OK: "TH_OK"
  case TH_NONE: "TH_NONE"
  case TH_STAY: "TH_STAY"
  case TH_END: "TH_END"
  case TH_E_INTERNAL: "TH_E_INTERNAL"
  case TH_E_UNSUPPORTED: "TH_E_UNSUPPORTED"
  case TH_E_BAD_INPUT: "TH_E_BAD_INPUT"
  case TH_E_NO_MEMORY: "TH_E_NO_MEMORY"
  case TH_E_LIMIT: "TH_E_LIMIT"
  case TH_E_CANCELLED: "TH_E_CANCELLED"
  case TH_E_RETRY: "TH_E_RETRY"
  case TH_E_POISONED: "TH_E_POISONED"
  case TH_E_STALE: "TH_E_STALE"
  case TH_E_CYCLE: "TH_E_CYCLE"
  case TH_E_PEER_DIED: "TH_E_PEER_DIED"
  default: "code \(status)"
  }
}
