internal import CPosix

/// Where payloads for the other side are made. Each lies in the first gap that is large enough, so that a few payloads use the
/// same memory again and again.
package final class OutgoingLane {
  private struct Region {
    var start: Int
    var end: Int
    /// The request that it is, or the number of the response.
    var tag: UInt64
  }

  /// The payload that is being made: where it begins, and where it has to end.
  private struct Gap {
    var start: Int
    var end: Int
  }

  private let memory: LaneMemory
  private let first: Int
  /// Of a worker: how many of its responses the host has taken out.
  private let incoming: LaneMemory?
  private var sent: UInt64 = 0
  /// By where they lie.
  @exclusivity(unchecked) private var regions: [Region] = []
  @exclusivity(unchecked) private var open: Gap?

  /// Of a host, behind its word.
  package init(requests: LaneMemory) {
    memory = requests
    first = Lane.headerSize
    incoming = nil
    regions.reserveCapacity(Lane.mostPayloads)
  }

  /// Of a worker.
  init(_ memory: LaneMemory, takenOut incoming: LaneMemory) {
    self.memory = memory
    first = 0
    self.incoming = incoming
    regions.reserveCapacity(Lane.mostPayloads)
  }

  /// Nothing in it is still to be read by the other side.
  package var isEmpty: Bool { regions.isEmpty }

  /// Room for a payload of `need` bytes, or more; nil if there is none. It is the payload's until `commit` or `abandon`.
  package func begin(atLeast need: Int) -> UnsafeMutableRawBufferPointer? {
    if let incoming {
      let taken = cpx_load(incoming.takenOut)
      regions.removeAll { $0.tag <= taken }
    }
    guard need <= memory.byteCount, regions.count < Lane.mostPayloads else { return nil }
    var start = first
    for region in regions {
      if region.start - start >= need { return use(Gap(start: start, end: region.start), need) }
      start = region.end
    }
    guard memory.byteCount - start >= need else { return nil }
    return use(Gap(start: start, end: memory.byteCount), need)
  }

  private func use(_ gap: Gap, _ need: Int) -> UnsafeMutableRawBufferPointer? {
    guard memory.populate(upTo: gap.start + need) else { return nil }
    open = gap
    // What has memory already costs nothing more.
    let end = min(gap.end, max(memory.populated, gap.start + need))
    return UnsafeMutableRawBufferPointer(start: memory.base + gap.start, count: end - gap.start)
  }

  /// The same payload with room for `need` bytes: its first `count` bytes are kept, perhaps at another place. Nil: there is none, and it
  /// stays where it is.
  package func widen(to need: Int, keeping count: Int) -> UnsafeMutableRawBufferPointer? {
    guard let gap = open else { return nil }
    if gap.end - gap.start >= need { return use(gap, need) }
    guard let room = begin(atLeast: need), let target = room.baseAddress else { return nil }
    target.copyMemory(from: memory.base + gap.start, byteCount: count)
    return room
  }

  /// Where the payload that was begun lies.
  package var begun: UnsafeMutableRawPointer? { open.map { memory.base + $0.start } }

  /// The payload is complete. `id`: of its request.
  package func commit(count: Int, id: UInt64) -> LanePlace {
    guard let gap = open else { preconditionFailure("a payload that was not begun") }
    open = nil
    sent += 1
    let size = max(count + Lane.alignment - 1, Lane.alignment) / Lane.alignment * Lane.alignment
    regions.insert(
      Region(
        start: gap.start, end: min(gap.start + size, gap.end), tag: incoming == nil ? id : sent),
      at: regions.firstIndex { $0.start > gap.start } ?? regions.count)
    return LanePlace(offset: UInt64(gap.start), count: UInt64(count))
  }

  package func abandon() { open = nil }

  /// Of a host: the worker has answered this request, and does not read it any more.
  package func release(_ id: UInt64) {
    if let index = regions.firstIndex(where: { $0.tag == id }) { regions.remove(at: index) }
  }
}
