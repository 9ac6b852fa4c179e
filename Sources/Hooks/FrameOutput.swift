package import CTaskHost
package import Wire

/// The `th_out` of a request or response: the plugin writes its bytes where the frame's payload goes in the send buffer, or, if there
/// are many and the other side shares memory, where they are read.
package final class FrameOutput {
  package let out: UnsafeMutablePointer<th_out>
  private let buffer: SendBuffer
  private let limit: Int
  /// Bytes that the plugin wanted when it passed the limit; 0 = it did not.
  @exclusivity(unchecked) package private(set) var overflow = 0
  /// For large payloads; nil: there is none.
  @exclusivity(unchecked) private var lane: OutgoingLane?
  /// What the buffer takes before the lane is asked.
  @exclusivity(unchecked) private var bufferLimit: Int
  @exclusivity(unchecked) private var isInLane = false
  /// Bytes that the plugin may write. Not asked of `out`, which it can change.
  @exclusivity(unchecked) private var room = 0

  package init(into buffer: SendBuffer, limit: Int) {
    self.buffer = buffer
    self.limit = limit
    bufferLimit = limit
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

  /// Between two payloads: from here on large ones go there, or again through the buffer.
  package func use(_ lane: OutgoingLane?) {
    if isInLane { leaveLane() }
    self.lane = lane
    bufferLimit = lane == nil ? limit : min(limit, Lane.least)
  }

  /// Before the hook: an empty output behind what the buffer holds.
  @inline(__always)
  package func begin() {
    overflow = 0
    if isInLane { leaveLane() }
    out.pointee.base = buffer.reserve(64).assumingMemoryBound(to: UInt8.self)
    out.pointee.len = 0
    setRoom(min(buffer.room, bufferLimit))
  }

  @inline(__always)
  private func setRoom(_ count: Int) {
    room = count
    out.pointee.cap = count
  }

  /// The payload that was begun there is given up.
  private func leaveLane() {
    isInLane = false
    lane?.abandon()
  }

  /// Bytes that wait in the buffer to be written.
  package var waiting: Int { buffer.count }

  /// After the hook: is what it says about the output possible? A length below zero is one that is far too large.
  @inline(__always)
  package var isSane: Bool { UInt(bitPattern: out.pointee.len) <= UInt(bitPattern: room) }

  package var count: Int { out.pointee.len }

  /// Makes the output a frame. Without it the bytes are as if never written.
  @inline(__always)
  package func commit(_ type: FrameType, id: UInt64) {
    if isInLane { return commitInLane(type, id: id) }
    buffer.commit(type, id: id, length: out.pointee.len)
  }

  @inline(never)
  private func commitInLane(_ type: FrameType, id: UInt64) {
    guard let lane else { return }
    isInLane = false
    lane.commit(count: out.pointee.len, id: id).write(to: buffer.reserve(LanePlace.byteCount))
    buffer.commit(type == .request ? .requestInLane : .responseInLane, id: id, length: LanePlace.byteCount)
  }

  private func grow(_ extra: Int) -> th_status {
    let length = out.pointee.len
    guard isSane else { return TH_E_INTERNAL }
    let (wanted, overflowed) = length.addingReportingOverflow(extra)
    guard !overflowed, extra >= 0, wanted <= limit else {
      overflow = overflowed ? Int.max : max(wanted, limit)
      return TH_E_LIMIT
    }
    // Twice as large at least, so that not every piece moves what is there.
    if wanted > bufferLimit, growInLane(min(max(wanted, 2 * length), limit), length) { return TH_OK }
    let size = min(max(wanted, 2 * room), limit)
    let base = buffer.extend(written: isInLane ? 0 : length, to: size)
    if isInLane {
      if let made = lane?.begun { base.copyMemory(from: made, byteCount: length) }
      leaveLane()
    }
    out.pointee.base = base.assumingMemoryBound(to: UInt8.self)
    setRoom(min(buffer.room, limit))
    return TH_OK
  }

  /// False: there is no room for it. The first `length` bytes are kept.
  private func growInLane(_ size: Int, _ length: Int) -> Bool {
    guard let lane else { return false }
    let place: UnsafeMutableRawBufferPointer
    if isInLane {
      guard let wider = lane.widen(to: size, keeping: length) else { return false }
      place = wider
    } else {
      guard let fresh = lane.begin(atLeast: size) else { return false }
      fresh.baseAddress?.copyMemory(from: buffer.payload, byteCount: length)
      place = fresh
      isInLane = true
    }
    guard let base = place.baseAddress else { return false }
    out.pointee.base = base.assumingMemoryBound(to: UInt8.self)
    setRoom(min(place.count, limit))
    return true
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
