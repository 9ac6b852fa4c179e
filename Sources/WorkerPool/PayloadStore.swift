/// The bytes of the tasks that have not ended. They lie in segments; a segment is used again when the last task in it has
/// ended, so a steady flow of tasks allocates nothing.
struct PayloadStore: ~Copyable {
  struct Slice {
    var start: UnsafeMutableRawPointer
    var count: Int
    fileprivate var segment: Int32

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
  }

  private struct Segment {
    var base: UnsafeMutableRawPointer
    var size: Int
    var used = 0
    var live = 0
  }

  private static let ordinary = 1 << 18

  private var segments: [Segment] = []
  private var current: Int32 = -1
  /// Of the ordinary size and empty, and places in `segments` without memory.
  private var empty: [Int32] = []
  private var vacant: [Int32] = []

  init() {}

  deinit {
    for segment in segments where segment.size > 0 { segment.base.deallocate() }
  }

  mutating func store(_ bytes: UnsafeRawBufferPointer) -> Slice {
    let size = max((bytes.count + 7) & ~7, 8)
    let index = place(for: size)
    let start = segments[Int(index)].base + segments[Int(index)].used
    if let source = bytes.baseAddress { start.copyMemory(from: source, byteCount: bytes.count) }
    segments[Int(index)].used += size
    segments[Int(index)].live += 1
    return Slice(start: start, count: bytes.count, segment: index)
  }

  mutating func release(_ slice: Slice) {
    let index = slice.segment
    segments[Int(index)].live -= 1
    guard segments[Int(index)].live == 0 else { return }
    if segments[Int(index)].size > Self.ordinary || (index != current && empty.count >= 16) {
      segments[Int(index)].base.deallocate()
      segments[Int(index)].size = 0
      vacant.append(index)
    } else {
      segments[Int(index)].used = 0
      if index != current { empty.append(index) }
    }
  }

  private mutating func place(for size: Int) -> Int32 {
    if size > Self.ordinary { return newSegment(size) }
    if current >= 0, segments[Int(current)].used + size <= Self.ordinary { return current }
    // The old current segment comes back through `release`; if it is empty already, nobody would bring it back.
    if current >= 0, segments[Int(current)].live == 0 {
      segments[Int(current)].used = 0
      return current
    }
    current = empty.popLast() ?? newSegment(Self.ordinary)
    return current
  }

  private mutating func newSegment(_ size: Int) -> Int32 {
    let segment = Segment(base: .allocate(byteCount: size, alignment: 64), size: size)
    if let index = vacant.popLast() {
      segments[Int(index)] = segment
      return index
    }
    segments.append(segment)
    return Int32(segments.count - 1)
  }
}
