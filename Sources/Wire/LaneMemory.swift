internal import CPosix
internal import Glibc

/// A mapping of one lane.
package final class LaneMemory {
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let isWritable: Bool
  /// So many of its first bytes have memory.
  @exclusivity(unchecked) private(set) var populated = 0

  package init(mapping descriptor: Int32, byteCount: Int, writable: Bool) throws(SystemError) {
    base = try mapShared(descriptor, byteCount: byteCount, writable: writable)
    self.byteCount = byteCount
    isWritable = writable
    // Where the kernel can not do it, it is known now.
    guard populate(upTo: 1) else { throw SystemError(errno, "madvise") }
  }

  deinit { munmap(base, byteCount) }

  /// The first bytes up to `end` have memory, so that no access to them can fail. False: there is none for them.
  @inline(__always)
  func populate(upTo end: Int) -> Bool { end <= populated || populateMore(end) }

  private func populateMore(_ end: Int) -> Bool {
    let page = Int(getpagesize())
    let rounded = min((end + page - 1) / page * page, byteCount)
    guard end <= byteCount, cpx_populate(base + populated, rounded - populated, isWritable) == 0 else {
      return false
    }
    populated = rounded
    return true
  }

  /// The word in front of the requests: how many responses the host has taken out.
  package var takenOut: UnsafeMutablePointer<UInt64> { base.assumingMemoryBound(to: UInt64.self) }
}

/// What the other side has written. It may still write, and say anything about where.
package final class IncomingLane {
  private let memory: LaneMemory
  private let first: Int

  package init(_ memory: LaneMemory, from first: Int = 0) {
    self.memory = memory
    self.first = first
  }

  /// The payload of a frame that says where it lies. `limit`: as for payloads of the pipe.
  package func payload(of frame: Frame, limit: Int) throws(WireError) -> UnsafeRawBufferPointer {
    let place = try LanePlace(frame)
    guard place.count <= UInt64(limit) else {
      throw .tooLarge(length: Int(clamping: place.count), limit: limit)
    }
    let size = UInt64(memory.byteCount)
    guard place.offset >= UInt64(first), place.offset <= size, place.count <= size - place.offset else {
      throw .badPayload(
        of: frame.type, "\(place.count) bytes at \(place.offset) of a lane of \(memory.byteCount)")
    }
    guard place.offset % 8 == 0 else {
      throw .badPayload(of: frame.type, "a payload at \(place.offset), which is no multiple of 8")
    }
    let (offset, count) = (Int(place.offset), Int(place.count))
    guard memory.populate(upTo: offset + count) else {
      throw .badPayload(of: frame.type, "\(count) bytes at \(offset), for which there is no memory")
    }
    return UnsafeRawBufferPointer(start: memory.base + offset, count: count)
  }
}
