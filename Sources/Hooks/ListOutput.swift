package import CTaskHost
internal import Glibc

/// The `th_out` of a list, or of a single output that does not go to a pipe.
package final class ListOutput {
  package let out: UnsafeMutablePointer<th_out>
  @exclusivity(unchecked) private var memory: UnsafeMutableRawPointer
  @exclusivity(unchecked) private var capacity: Int
  private let limit: Int
  /// Where the item that is being written begins.
  @exclusivity(unchecked) private var itemStart = 0
  /// Lengths only: each item begins at the next multiple of 8. A plan may have millions, mostly without options.
  @exclusivity(unchecked) private var lengths: [UInt32] = []
  @exclusivity(unchecked) private var options: [(item: Int, options: ItemOptions)] = []
  @exclusivity(unchecked) package private(set) var overflow = 0

  private let texts: DemandTexts

  /// `texts` takes what items demand.
  package init(limit: Int, texts: DemandTexts = DemandTexts()) {
    self.limit = limit
    self.texts = texts
    capacity = 1024
    memory = malloc(capacity)!
    out = .allocate(capacity: 1)
    var initial = th_out()
    initial.size = UInt32(MemoryLayout<th_out>.size)
    initial.grow = { out, extra in ListOutput.of(out)._withUnsafeGuaranteedRef { $0.grow(extra) } }
    initial.end_item = { out, options in ListOutput.of(out)._withUnsafeGuaranteedRef { $0.endItem(options) } }
    initial.adopt = { out, memory, release, context in
      ListOutput.of(out)._withUnsafeGuaranteedRef { $0.adopt(memory, release, context) }
    }
    out.initialize(to: initial)
    out.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    out.deallocate()
    free(memory)
  }

  /// Whoever has handed the output to a hook holds it until that returns.
  private static func of(_ out: UnsafeMutablePointer<th_out>?) -> Unmanaged<ListOutput> {
    Unmanaged<ListOutput>.fromOpaque(out!.pointee.impl)
  }

  @inline(__always)
  package func begin() {
    itemStart = 0
    overflow = 0
    if !lengths.isEmpty { lengths.removeAll(keepingCapacity: true) }
    if !options.isEmpty { options.removeAll(keepingCapacity: true) }
    point(length: 0)
  }

  /// Whole items, each 8-aligned.
  package var count: Int { lengths.count }

  /// Some items are to be treated in their own way.
  package var hasOptions: Bool { !options.isEmpty }

  /// How far a reader has come.
  package struct Position {
    package fileprivate(set) var item = 0
    fileprivate var start = 0
    fileprivate var option = 0

    package init() {}
  }

  /// The item at the position, which moves on; nil at the end. Its bytes are valid until the next `begin`.
  @inline(__always)
  package func next(_ position: inout Position) -> (bytes: UnsafeRawBufferPointer, options: ItemOptions)? {
    guard position.item < lengths.count else { return nil }
    let length = Int(lengths[position.item])
    let bytes = UnsafeRawBufferPointer(start: memory + position.start, count: length)
    var found = ItemOptions()
    if position.option < options.count, options[position.option].item == position.item {
      found = options[position.option].options
      position.option += 1
    }
    position.start = (position.start + length + 7) & ~7
    position.item += 1
    return (bytes, found)
  }

  package func allSatisfy(_ condition: (ItemOptions) -> Bool) -> Bool {
    var position = Position()
    while let item = next(&position) {
      if !condition(item.options) { return false }
    }
    return true
  }

  package func forEach(_ body: (UnsafeRawBufferPointer, ItemOptions) -> Void) {
    var position = Position()
    while let item = next(&position) { body(item.bytes, item.options) }
  }

  /// What was written behind the last whole item: for a single output all of it, for a list an error of the plugin.
  package var rest: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: memory + itemStart, count: out.pointee.len)
  }

  /// A length below zero is one that is far too large.
  package var isSane: Bool { UInt(bitPattern: out.pointee.len) <= UInt(bitPattern: room) }

  /// Bytes that the plugin may write. Not asked of `out`, which it can change.
  private var room: Int { min(capacity - itemStart, limit) }

  private func point(length: Int) {
    out.pointee.base = (memory + itemStart).assumingMemoryBound(to: UInt8.self)
    out.pointee.len = length
    out.pointee.cap = room
  }

  private func grow(_ extra: Int) -> th_status {
    let length = out.pointee.len
    guard isSane else { return TH_E_INTERNAL }
    let (wanted, overflowed) = length.addingReportingOverflow(extra)
    guard !overflowed, extra >= 0, wanted <= limit else {
      overflow = overflowed ? Int.max : max(wanted, limit)
      return TH_E_LIMIT
    }
    resize(itemStart + wanted)
    point(length: length)
    return TH_OK
  }

  /// Ends an item of the host's own.
  package func endItem() { _ = endItem(nil) }

  private func endItem(_ item: UnsafePointer<th_item>?) -> th_status {
    let length = out.pointee.len
    guard isSane else { return TH_E_INTERNAL }
    guard length <= Int(UInt32.max) else {
      overflow = length
      return TH_E_LIMIT
    }
    if let item {
      let given = ItemOptions(item, texts)
      if !given.isDefault { options.append((item: lengths.count, options: given)) }
    }
    lengths.append(UInt32(length))
    itemStart = (itemStart + length + 7) & ~7
    if itemStart + 64 > capacity { resize(itemStart + 64) }
    point(length: 0)
    return TH_OK
  }

  private func adopt(
    _ bytes: th_bytes, _ release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
  ) -> th_status {
    guard out.pointee.len == 0, lengths.isEmpty else { return TH_E_UNSUPPORTED }
    let status = th_write(out, bytes.ptr, bytes.len)
    guard status == TH_OK else { return overflow > 0 ? TH_E_LIMIT : status }
    release?(context)
    return TH_OK
  }

  private func resize(_ need: Int) {
    guard need > capacity else { return }
    let size = max(2 * capacity, need)
    // Large blocks are moved by the kernel without a copy, so that a long plan is never there twice.
    guard let moved = realloc(memory, size) else { fatalError("no memory for \(size) bytes of a list") }
    memory = moved
    capacity = size
  }
}
