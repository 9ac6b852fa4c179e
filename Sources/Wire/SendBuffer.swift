internal import CPosix
internal import Glibc

/// Frames that wait to be written, back to back. A payload is made in place: `reserve`, write, `commit`.
package final class SendBuffer {
  private static let ordinary = 1 << 16
  /// What is kept for the next large frame: giving memory back and faulting it in again costs more than the frame.
  private static let kept = 1 << 23

  @exclusivity(unchecked) package private(set) var base: UnsafeMutableRawPointer
  @exclusivity(unchecked) package private(set) var capacity: Int
  /// The first byte that is not written yet, and the end of what is committed.
  @exclusivity(unchecked) private var start = 0
  @exclusivity(unchecked) package private(set) var end = 0

  package init() {
    capacity = Self.ordinary
    base = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { base.deallocate() }

  package var isEmpty: Bool { start == end }
  package var count: Int { end - start }

  /// Room for a frame of `length` payload bytes behind what is committed. Returns where its payload goes; `base` may
  /// have moved.
  @inline(__always)
  package func reserve(_ length: Int) -> UnsafeMutableRawPointer {
    let need = end &+ Frame.headerSize &+ Frame.padded(length)
    if need > capacity { makeRoom(Frame.headerSize &+ Frame.padded(length)) }
    return base + (end &+ Frame.headerSize)
  }

  /// Payload bytes that fit behind a header now.
  @inline(__always)
  package var room: Int { (capacity &- end &- Frame.headerSize) & ~7 }

  /// Where the payload of the next frame goes, as long as there is room for it.
  package var payload: UnsafeMutableRawPointer { base + (end &+ Frame.headerSize) }

  /// Keeps the first `payload` bytes, which are already written, and makes room for `length` in all.
  package func extend(written payload: Int, to length: Int) -> UnsafeMutableRawPointer {
    let total = Frame.headerSize + Frame.padded(length)
    if end + total > capacity { makeRoom(total, keeping: Frame.headerSize + payload) }
    return base + (end + Frame.headerSize)
  }

  /// The frame whose payload lies there is complete.
  @inline(__always)
  package func commit(_ type: FrameType, id: UInt64, length: Int) {
    let header = base + end
    Frame.writeHeader(type, id: id, length: length, at: header)
    let padded = Frame.padded(length)
    if padded != length {
      // The last word is written first as a whole by nobody: clear what the payload leaves of it.
      memset(header + (Frame.headerSize &+ length), 0, padded &- length)
    }
    end &+= Frame.headerSize &+ padded
  }

  package func append(_ type: FrameType, id: UInt64, payload: UnsafeRawBufferPointer) {
    let room = reserve(payload.count)
    if let source = payload.baseAddress { room.copyMemory(from: source, byteCount: payload.count) }
    commit(type, id: id, length: payload.count)
  }

  /// Writes what there is with one `write`; true when all of it is gone, false when the pipe is full. Throws the errno.
  package func flush(to descriptor: Int32) throws(SystemError) -> Bool {
    while start < end {
      let count = cpx_put(descriptor, base + start, end - start)
      if count >= 0 {
        start += count
      } else if errno == EAGAIN {
        return false
      } else if errno != EINTR {
        throw SystemError(errno, "write")
      }
    }
    clear()
    return true
  }

  /// Writes what is committed to a blocking descriptor and moves nothing: a payload that is being made stays where it is.
  package func flushInPlace(to descriptor: Int32) throws(SystemError) {
    while start < end {
      let count = cpx_put(descriptor, base + start, end - start)
      if count >= 0 {
        start += count
      } else if errno != EINTR {
        throw SystemError(errno, "write")
      }
    }
  }

  /// One `write` of a few bytes at most: to a blocking descriptor of which only that much room is known. Throws the errno.
  package func flushSome(to descriptor: Int32, atMost limit: Int) throws(SystemError) {
    let count = write(descriptor, base + start, min(end - start, limit))
    if count >= 0 {
      start += count
      if start == end { clear() }
    } else if errno != EINTR, errno != EAGAIN {
      throw SystemError(errno, "write")
    }
  }

  /// Hands over the committed bytes as they are, and is empty afterwards.
  package func drain<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    defer { clear() }
    return try body(UnsafeRawBufferPointer(start: base + start, count: end - start))
  }

  private func clear() {
    start = 0
    end = 0
    if capacity > Self.kept { resize(Self.ordinary) }
  }

  private func makeRoom(_ total: Int, keeping extra: Int = 0) {
    if start > 0 {
      base.copyMemory(from: base + start, byteCount: end - start + extra)
      end -= start
      start = 0
      if end + total <= capacity { return }
    }
    resize(max(2 * capacity, end + total), keeping: extra)
  }

  private func resize(_ size: Int, keeping extra: Int = 0) {
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    fresh.copyMemory(from: base, byteCount: end + extra)
    base.deallocate()
    base = fresh
    capacity = size
  }
}
