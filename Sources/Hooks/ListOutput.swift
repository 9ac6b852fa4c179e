package import CTaskHost
internal import Glibc

/// How a task that a hook made is to be treated; times are relative, as the hook gave them.
package struct ItemOptions {
  package var isPinned = false
  package var priority: Int32 = 0
  package var group: UInt64 = 0
  package var expiresIn: UInt64 = 0
  package var softLimit: UInt64 = 0
  package var hardLimit: UInt64 = 0

  package init() {}

  /// Members that the plugin's header did not know yet read as zero.
  init(_ item: UnsafePointer<th_item>) {
    var known = th_item()
    let size = min(Int(item.pointee.size), MemoryLayout<th_item>.size)
    withUnsafeMutableBytes(of: &known) { $0.baseAddress!.copyMemory(from: item, byteCount: size) }
    isPinned = known.flags & TH_ITEM_PINNED != 0
    priority = known.priority
    group = known.group
    expiresIn = known.expires_in_ns
    softLimit = known.soft_ns
    hardLimit = known.hard_ns
  }
}

/// The `th_out` of a list, or of a single output that does not go to a pipe.
package final class ListOutput {
  package let out: UnsafeMutablePointer<th_out>
  @exclusivity(unchecked) private var memory: UnsafeMutableRawPointer
  @exclusivity(unchecked) private var capacity: Int
  private let limit: Int
  /// Where the item that is being written begins.
  @exclusivity(unchecked) private var itemStart = 0
  @exclusivity(unchecked) private var items: [(start: Int, length: Int, options: ItemOptions)] = []
  @exclusivity(unchecked) package private(set) var overflow = 0

  package init(limit: Int) {
    self.limit = limit
    capacity = 1024
    memory = .allocate(byteCount: capacity, alignment: 64)
    out = .allocate(capacity: 1)
    var initial = th_out()
    initial.size = UInt32(MemoryLayout<th_out>.size)
    initial.grow = { out, extra in ListOutput.of(out).grow(extra) }
    initial.end_item = { out, options in ListOutput.of(out).endItem(options) }
    initial.adopt = { out, memory, release, context in
      ListOutput.of(out).adopt(memory, release, context)
    }
    out.initialize(to: initial)
    out.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    out.deallocate()
    memory.deallocate()
  }

  private static func of(_ out: UnsafeMutablePointer<th_out>?) -> ListOutput {
    Unmanaged<ListOutput>.fromOpaque(out!.pointee.impl).takeUnretainedValue()
  }

  @inline(__always)
  package func begin() {
    itemStart = 0
    overflow = 0
    if !items.isEmpty { items.removeAll(keepingCapacity: true) }
    point(length: 0)
  }

  /// Whole items, each 8-aligned.
  package var count: Int { items.count }

  package subscript(index: Int) -> (bytes: UnsafeRawBufferPointer, options: ItemOptions) {
    let item = items[index]
    return (UnsafeRawBufferPointer(start: memory + item.start, count: item.length), item.options)
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
    resize(itemStart + wanted, keeping: itemStart + length)
    point(length: length)
    return TH_OK
  }

  /// Ends an item of the host's own.
  package func endItem() { _ = endItem(nil) }

  private func endItem(_ options: UnsafePointer<th_item>?) -> th_status {
    let length = out.pointee.len
    guard isSane else { return TH_E_INTERNAL }
    items.append((itemStart, length, options.map { ItemOptions($0) } ?? ItemOptions()))
    itemStart = (itemStart + length + 7) & ~7
    if itemStart + 64 > capacity { resize(itemStart + 64, keeping: itemStart) }
    point(length: 0)
    return TH_OK
  }

  private func adopt(
    _ bytes: th_bytes, _ release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
  ) -> th_status {
    guard out.pointee.len == 0, items.isEmpty else { return TH_E_UNSUPPORTED }
    let status = th_write(out, bytes.ptr, bytes.len)
    guard status == TH_OK else { return overflow > 0 ? TH_E_LIMIT : status }
    release?(context)
    return TH_OK
  }

  private func resize(_ need: Int, keeping used: Int) {
    guard need > capacity else { return }
    let size = max(2 * capacity, need)
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    fresh.copyMemory(from: memory, byteCount: min(used, capacity))
    memory.deallocate()
    memory = fresh
    capacity = size
  }
}
