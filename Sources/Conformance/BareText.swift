internal import CTaskHost
internal import Glibc

/// Calls a name hook with an output that any thread may use.
enum BareText: Equatable {
  case text([UInt8])
  case failed(th_status)

  typealias Hook = @convention(c) (th_bytes, UnsafeMutablePointer<th_out>?) -> th_status

  static func of(_ hook: Hook, _ input: [UInt8]) -> BareText {
    let room = 4096
    let memory = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 8)
    let lent = UnsafeMutableRawPointer.allocate(byteCount: input.count + 8, alignment: 8)
    defer {
      memory.deallocate()
      lent.deallocate()
    }
    input.withUnsafeBytes {
      if let start = $0.baseAddress { lent.copyMemory(from: start, byteCount: $0.count) }
    }
    var out = th_out()
    out.size = UInt32(MemoryLayout<th_out>.size)
    out.base = memory.assumingMemoryBound(to: UInt8.self)
    out.cap = room
    out.grow = { _, _ in TH_E_LIMIT }
    out.end_item = { _, _ in TH_E_UNSUPPORTED }
    out.adopt = { _, _, _, _ in TH_E_UNSUPPORTED }
    let bytes = th_bytes(
      ptr: input.isEmpty ? nil : UnsafePointer(lent.assumingMemoryBound(to: UInt8.self)), len: input.count)
    let status = hook(bytes, &out)
    guard status >= 0 else { return .failed(status) }
    return .text(Array(UnsafeRawBufferPointer(start: memory, count: min(out.len, room))))
  }
}

/// Whether something was wrong on any of several threads.
final class FailureFlag: @unchecked Sendable {
  // Guarded by the lock.
  private var failed = false
  private var lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() { pthread_mutex_init(lock, nil) }

  deinit {
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  func note(_ isRight: Bool) {
    guard !isRight else { return }
    pthread_mutex_lock(lock)
    failed = true
    pthread_mutex_unlock(lock)
  }

  var hasFailure: Bool {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return failed
  }
}
