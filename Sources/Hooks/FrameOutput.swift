package import CTaskHost
package import Wire

/// The `th_out` of a request or response: the plugin writes its bytes where the frame's payload goes in the send buffer.
package final class FrameOutput {
  package let out: UnsafeMutablePointer<th_out>
  private let buffer: SendBuffer
  private let limit: Int
  /// Bytes that the plugin wanted when it passed the limit; 0 = it did not.
  @exclusivity(unchecked) package private(set) var overflow = 0

  package init(into buffer: SendBuffer, limit: Int) {
    self.buffer = buffer
    self.limit = limit
    out = .allocate(capacity: 1)
    var initial = th_out()
    initial.size = UInt32(MemoryLayout<th_out>.size)
    initial.grow = { out, extra in FrameOutput.of(out).grow(extra) }
    initial.end_item = { _, _ in TH_E_UNSUPPORTED }
    initial.adopt = { out, memory, release, context in
      FrameOutput.of(out).adopt(memory, release, context)
    }
    out.initialize(to: initial)
    out.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit { out.deallocate() }

  private static func of(_ out: UnsafeMutablePointer<th_out>?) -> FrameOutput {
    Unmanaged<FrameOutput>.fromOpaque(out!.pointee.impl).takeUnretainedValue()
  }

  /// Before the hook: an empty output behind what the buffer holds.
  @inline(__always)
  package func begin() {
    overflow = 0
    out.pointee.base = buffer.reserve(64).assumingMemoryBound(to: UInt8.self)
    out.pointee.len = 0
    out.pointee.cap = room
  }

  /// Bytes that the plugin may write. Not asked of `out`, which it can change.
  @inline(__always)
  private var room: Int { min(buffer.room, limit) }

  /// Bytes that wait in the buffer to be written.
  package var waiting: Int { buffer.count }

  /// After the hook: is what it says about the output possible? A length below zero is one that is far too large.
  @inline(__always)
  package var isSane: Bool { UInt(bitPattern: out.pointee.len) <= UInt(bitPattern: room) }

  package var count: Int { out.pointee.len }

  /// Makes the output a frame. Without it the bytes are as if never written.
  @inline(__always)
  package func commit(_ type: FrameType, id: UInt64) {
    buffer.commit(type, id: id, length: out.pointee.len)
  }

  private func grow(_ extra: Int) -> th_status {
    let length = out.pointee.len
    guard isSane else { return TH_E_INTERNAL }
    let (wanted, overflowed) = length.addingReportingOverflow(extra)
    guard !overflowed, extra >= 0, wanted <= limit else {
      overflow = overflowed ? Int.max : max(wanted, limit)
      return TH_E_LIMIT
    }
    let size = min(max(wanted, 2 * room), limit)
    out.pointee.base = buffer.extend(written: length, to: size).assumingMemoryBound(to: UInt8.self)
    out.pointee.cap = room
    return TH_OK
  }

  /// Lent memory is copied into the frame at once, so that its owner gets it back before this returns.
  private func adopt(
    _ memory: th_bytes, _ release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
  ) -> th_status {
    guard out.pointee.len == 0 else { return TH_E_UNSUPPORTED }
    let status = th_write(out, memory.ptr, memory.len)
    guard status == TH_OK else { return overflow > 0 ? TH_E_LIMIT : status }
    release?(context)
    return TH_OK
  }
}
