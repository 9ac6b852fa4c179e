internal import CPosix
internal import Glibc

/// Bytes that have come, and the frames in them, parsed where they lie.
///
/// It holds 64 KiB, a pipe's worth, and more once larger frames have come; a header is believed up to `limit`.
package final class ReceiveBuffer {
  package enum Fill {
    case bytes(Int)
    /// Nothing there now.
    case wouldBlock
    case endOfFile
  }

  private static let ordinary = 1 << 16
  /// What is kept for the next large frame: giving memory back and faulting it in again costs more than the frame.
  private static let kept = 1 << 23

  @exclusivity(unchecked) private var base: UnsafeMutableRawPointer
  @exclusivity(unchecked) private var capacity: Int
  @exclusivity(unchecked) private var start = 0
  @exclusivity(unchecked) private var end = 0
  /// Of the byte at `start`, in the whole stream.
  @exclusivity(unchecked) private var offset: UInt64 = 0
  @exclusivity(unchecked) package var limit: Int
  /// Memory that is still lent, and memory for the next time.
  private var lent: UnsafeMutableRawPointer?
  private var lentCapacity = 0
  private var spare: UnsafeMutableRawPointer?

  package init(limit: Int) {
    self.limit = limit
    capacity = Self.ordinary
    base = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit {
    base.deallocate()
    lent?.deallocate()
    spare?.deallocate()
  }

  /// What has been handed out stays where it is until `release`, whatever is read meanwhile.
  package func keepLent() {
    guard lent == nil else { return }
    lent = base
    let size = max(Self.ordinary, end - start)
    let fresh = size == Self.ordinary ? spare ?? Self.allocate(size) : Self.allocate(size)
    if size == Self.ordinary { spare = nil }
    fresh.copyMemory(from: base + start, byteCount: end - start)
    base = fresh
    end -= start
    start = 0
    lentCapacity = capacity
    capacity = size
  }

  /// Nobody reads any more what was handed out before `keepLent`.
  package func release() {
    guard let lent else { return }
    self.lent = nil
    if spare == nil, lentCapacity == Self.ordinary { spare = lent } else { lent.deallocate() }
  }

  private static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: size, alignment: 64)
  }

  /// Bytes that do not make a whole frame yet.
  package var unparsed: Int { end - start }

  /// Those bytes, for a message. Lent until the next `fill` or `append`.
  package var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: end - start) }

  /// One `read`. Throws the errno.
  package func fill(from descriptor: Int32) throws(SystemError) -> Fill {
    makeRoom()
    while true {
      let count = cpx_read(descriptor, base + end, capacity - end)
      if count > 0 {
        end += count
        return .bytes(count)
      }
      if count == 0 { return .endOfFile }
      if errno == EAGAIN { return .wouldBlock }
      if errno != EINTR { throw SystemError(errno, "read") }
    }
  }

  /// Takes bytes that are in memory already.
  package func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    if end + bytes.count > capacity {
      compact()
      if end + bytes.count > capacity { resize(end + bytes.count) }
    }
    (base + end).copyMemory(from: source, byteCount: bytes.count)
    end += bytes.count
  }

  /// The next whole frame, or nil. Its payload is valid until the next `fill` or `append`.
  @inline(__always)
  package func next() throws(WireError) -> Frame? {
    let available = end &- start
    guard available >= Frame.headerSize else { return nil }
    let header = base + start
    let length = Int(header.load(as: UInt32.self))
    let tag = header.load(fromByteOffset: 4, as: UInt32.self)
    guard
      tag >> 8 == UInt32(Frame.version) | UInt32(Frame.magic) << 8,
      let type = FrameType(rawValue: UInt8(truncatingIfNeeded: tag))
    else { throw badHeader(tag) }
    guard length <= limit else { throw .tooLarge(length: length, limit: limit) }
    let whole = Frame.headerSize &+ Frame.padded(length)
    guard available >= whole else {
      if whole > capacity { resizeForFrame(whole) }
      return nil
    }
    let id = header.load(fromByteOffset: 8, as: UInt64.self)
    start &+= whole
    offset &+= UInt64(whole)
    return Frame(
      type: type, id: id,
      payload: UnsafeRawBufferPointer(start: header + Frame.headerSize, count: length))
  }

  /// To be asked at the end of the file: nothing may be left over.
  package func checkEnd() throws(WireError) {
    guard unparsed > 0 else { return }
    var need = Frame.headerSize
    if unparsed >= Frame.headerSize { need += Frame.padded(Int((base + start).load(as: UInt32.self))) }
    throw .truncated(have: unparsed, need: need, offset: offset)
  }

  private func badHeader(_ tag: UInt32) -> WireError {
    let magic = UInt16(truncatingIfNeeded: tag >> 16)
    let version = UInt8(truncatingIfNeeded: tag >> 8)
    if magic != Frame.magic {
      return .badFrame(
        found: "the mark 0x\(String(magic, radix: 16))", expected: "0x\(String(Frame.magic, radix: 16))",
        offset: offset)
    }
    if version != Frame.version {
      return .badFrame(
        found: "protocol version \(version)", expected: "version \(Frame.version)", offset: offset)
    }
    return .badFrame(
      found: "frame type \(UInt8(truncatingIfNeeded: tag))", expected: "a known type", offset: offset)
  }

  private func makeRoom() {
    if start == end {
      start = 0
      end = 0
      if capacity > Self.kept { resize(Self.ordinary) }
    } else if end == capacity {
      compact()
      // A full buffer without one whole frame: `next` has not been asked, or the frame is larger; both need room.
      if end == capacity { resize(2 * capacity) }
    }
  }

  private func compact() {
    guard start > 0 else { return }
    base.copyMemory(from: base + start, byteCount: end - start)
    end -= start
    start = 0
  }

  private func resizeForFrame(_ whole: Int) {
    compact()
    resize(whole)
  }

  private func resize(_ size: Int) {
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    fresh.copyMemory(from: base + start, byteCount: end - start)
    base.deallocate()
    base = fresh
    end -= start
    start = 0
    capacity = size
  }
}
