internal import CTaskHost

/// How a task that a hook made is to be treated; times are relative, as the hook gave them.
package struct ItemOptions: Sendable {
  package var isPinned = false
  package var priority: Int32 = 0
  package var group: UInt64 = 0
  package var expiresIn: UInt64 = 0
  package var softLimit: UInt64 = 0
  package var hardLimit: UInt64 = 0
  package var estimate: UInt64 = 0
  /// Of `DemandTexts`; 0 = nothing.
  package var demand: UInt32 = 0

  package init() {}

  package var isDefault: Bool {
    !isPinned && priority == 0 && group == 0 && demand == 0
      && expiresIn | softLimit | hardLimit | estimate == 0
  }

  /// Members that the plugin's header did not know yet read as zero.
  @inline(__always)
  init(_ item: UnsafePointer<th_item>, _ texts: DemandTexts) {
    var known = th_item()
    let size = min(Int(item.pointee.size), MemoryLayout<th_item>.size)
    withUnsafeMutableBytes(of: &known) { $0.baseAddress!.copyMemory(from: item, byteCount: size) }
    isPinned = known.flags & TH_ITEM_PINNED != 0
    priority = known.priority
    group = known.group
    expiresIn = known.expires_in_ns
    softLimit = known.soft_ns
    hardLimit = known.hard_ns
    estimate = known.estimate_ns
    if known.resources.len > 0 { demand = texts.number(of: known.resources) }
  }
}
