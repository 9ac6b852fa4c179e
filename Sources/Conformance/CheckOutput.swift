package import CTaskHost
internal import Glibc

/// A `th_out` that does all that the header allows: little room, a `base` that moves with each `grow` while the old memory goes
/// away, a page behind `cap` that nobody may touch, and refusals.
package final class CheckOutput {
  package struct Shape: Sendable {
    /// Bytes that there are before the first `grow`.
    package var room = 4096
    /// Each `grow` gives just what was asked for; else twice as much.
    package var isStingy = false
    /// From this call of `grow` on (1 = the first) it is refused.
    package var refusesFrom = Int.max
    /// Most bytes of one output, or of one item.
    package var limit = 16 << 20
    /// Adopted memory is taken; else `adopt` says TH_E_UNSUPPORTED.
    package var adopts = true
    /// Called at the beginning of each `grow`.
    package var onGrow: (@Sendable () -> Void)?
    /// Nobody may touch what lies around it, and what it was before it moved.
    package var isStrict = false

    package init(
      room: Int = 4096, isStingy: Bool = false, refusesFrom: Int = .max, limit: Int = 16 << 20,
      adopts: Bool = true, isStrict: Bool = false
    ) {
      self.room = room
      self.isStingy = isStingy
      self.refusesFrom = refusesFrom
      self.limit = limit
      self.adopts = adopts
      self.isStrict = isStrict
    }
  }

  private struct Marks {
    static let filling: UInt8 = 0xA5
  }

  package let out: UnsafeMutablePointer<th_out>
  private let shape: Shape
  package let isList: Bool
  private let name: String
  private let notebook: Notebook
  private var region: GuardedRegion?
  private var expectedBase: UnsafeMutablePointer<UInt8>?
  private var expectedCapacity = 0
  private var isOpen = true
  /// Whole items of a list, with their options.
  package private(set) var items: [Item] = []
  /// What the plugin did that it may not do, in words that follow its name.
  package private(set) var problems: [String] = []
  package private(set) var growths = 0
  /// `grow` was refused at least once.
  package private(set) var wasRefused = false
  /// Adopted memory and how to give it back; the owner of this output does so once.
  package private(set) var adopted: Adopted?

  package struct Item: Equatable {
    package var bytes: [UInt8]
    package var options = Options()
  }

  package struct Options: Equatable {
    package var flags: UInt32 = 0
    package var priority: Int32 = 0
    package var group: UInt64 = 0
    package var times: [UInt64] = []
    package var key: [UInt8] = []
    package var resources: [UInt8] = []
  }

  package struct Adopted {
    /// As it was when it was adopted.
    package var bytes: [UInt8]
    /// The plugin's, until it is given back.
    package var memory: UnsafeRawBufferPointer
    package var release: @convention(c) (UnsafeMutableRawPointer?) -> Void
    package var context: UnsafeMutableRawPointer?
  }

  /// `name` is for messages: "the response".
  package init(_ shape: Shape, isList: Bool, _ name: String, _ notebook: Notebook) {
    self.shape = shape
    self.isList = isList
    self.name = name
    self.notebook = notebook
    out = .allocate(capacity: 1)
    var initial = th_out()
    initial.size = UInt32(MemoryLayout<th_out>.size)
    initial.grow = { out, extra in CheckOutput.of(out).grow(extra) }
    initial.end_item = { out, options in CheckOutput.of(out).endItem(options) }
    initial.adopt = { out, memory, release, context in CheckOutput.of(out).adopt(memory, release, context) }
    out.initialize(to: initial)
    out.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
    place(Array(), room: shape.room)
  }

  deinit { out.deallocate() }

  private static func of(_ out: UnsafeMutablePointer<th_out>?) -> CheckOutput {
    Unmanaged<CheckOutput>.fromOpaque(out!.pointee.impl).takeUnretainedValue()
  }

  /// New memory for `kept` and up to `room` bytes; the old one may not be touched any more.
  private func place(_ kept: [UInt8], room: Int) {
    region?.bury("\(name) where it was before it had moved")
    region = nil
    if room > 0 {
      region = GuardedRegion(
        room, isStrict: shape.isStrict, before: "the memory before \(name)",
        behind: "the memory behind \(name)'s cap", notebook)
    }
    if let region {
      memset(region.start, Int32(Marks.filling), region.size)
      let start = region.start + (region.size - room)
      kept.withUnsafeBytes {
        if let from = $0.baseAddress { start.copyMemory(from: from, byteCount: kept.count) }
      }
      expectedBase = start.assumingMemoryBound(to: UInt8.self)
    } else {
      expectedBase = nil
    }
    expectedCapacity = region == nil ? 0 : room
    out.pointee.base = expectedBase
    out.pointee.len = kept.count
    out.pointee.cap = expectedCapacity
  }

  /// Everything that must hold whenever the plugin gives the output back.
  private func look(_ occasion: String) -> Bool {
    let length = out.pointee.len
    if UInt(bitPattern: length) > UInt(bitPattern: expectedCapacity) {
      note("set len to \(length) in \(name), whose cap is \(expectedCapacity), \(occasion)")
      return false
    }
    if out.pointee.base != expectedBase || out.pointee.cap != expectedCapacity {
      note("changed base or cap of \(name) \(occasion)")
      return false
    }
    if let region, let expectedBase {
      let before = UnsafeRawPointer(expectedBase) - UnsafeRawPointer(region.start)
      let bytes = UnsafeRawBufferPointer(start: region.start, count: before)
      if !bytes.allSatisfy({ $0 == Marks.filling }) {
        note("wrote before the base of \(name)")
        memset(region.start, Int32(Marks.filling), before)
      }
    }
    return true
  }

  private func note(_ problem: String) {
    if !problems.contains(problem), problems.count < 8 { problems.append(problem) }
  }

  private func late(_ service: String) -> Bool {
    if !isOpen { note("called \(service) of \(name) after the call") }
    return !isOpen
  }

  private var current: [UInt8] {
    guard let expectedBase else { return [] }
    return Array(UnsafeBufferPointer(start: expectedBase, count: min(out.pointee.len, expectedCapacity)))
  }

  private func grow(_ extra: Int) -> th_status {
    growths += 1
    shape.onGrow?()
    if late("grow") { return TH_E_INTERNAL }
    guard look("at grow") else { return TH_E_INTERNAL }
    let (wanted, overflowed) = out.pointee.len.addingReportingOverflow(extra)
    guard growths < shape.refusesFrom, !overflowed, extra >= 0, wanted <= shape.limit else {
      wasRefused = true
      return TH_E_LIMIT
    }
    let kept = current
    place(kept, room: shape.isStingy ? wanted : min(max(wanted, 2 * expectedCapacity), shape.limit))
    return TH_OK
  }

  private func endItem(_ options: UnsafePointer<th_item>?) -> th_status {
    if late("end_item") { return TH_E_INTERNAL }
    guard isList else {
      note("called end_item of \(name), which is no list")
      return TH_E_UNSUPPORTED
    }
    guard look("at end_item") else { return TH_E_INTERNAL }
    items.append(Item(bytes: current, options: options.map { Options($0) } ?? Options()))
    place([], room: shape.room)
    return TH_OK
  }

  private func adopt(
    _ memory: th_bytes, _ release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
  ) -> th_status {
    if late("adopt") { return TH_E_INTERNAL }
    guard shape.adopts, !isList, out.pointee.len == 0, adopted == nil, let release else {
      if isList { note("called adopt of \(name), which is a list") }
      return TH_E_UNSUPPORTED
    }
    let bytes = UnsafeRawBufferPointer(start: memory.ptr, count: memory.ptr == nil ? 0 : max(memory.len, 0))
    adopted = Adopted(bytes: Array(bytes), memory: bytes, release: release, context: context)
    return TH_OK
  }

  /// The hook has returned. What was written: a list has it in `items`.
  package func end(succeeded: Bool) -> [UInt8] {
    isOpen = false
    let isWhole = look("when the hook returned")
    let bytes = isWhole ? current : []
    if isList, succeeded, !bytes.isEmpty {
      note("left \(bytes.count) bytes in \(name) without end_item")
    }
    region?.bury("\(name) of an earlier call")
    region = nil
    return adopted?.bytes ?? bytes
  }

  /// Gives adopted memory back, once.
  package func release() {
    guard let taken = adopted else { return }
    adopted = nil
    taken.release(taken.context)
  }
}

extension CheckOutput.Options {
  init(_ item: UnsafePointer<th_item>) {
    var known = th_item()
    let size = min(Int(item.pointee.size), MemoryLayout<th_item>.size)
    withUnsafeMutableBytes(of: &known) { $0.baseAddress!.copyMemory(from: item, byteCount: size) }
    flags = known.flags
    priority = known.priority
    group = known.group
    times = [known.expires_in_ns, known.soft_ns, known.hard_ns, known.estimate_ns]
    key = known.key.array
    resources = known.resources.array
  }
}

extension th_bytes {
  /// A length below zero, or one of no memory, reads as none.
  var array: [UInt8] {
    Array(UnsafeRawBufferPointer(start: ptr, count: ptr == nil ? 0 : max(len, 0)))
  }

  init(_ input: GuardedInput) {
    self.init(
      ptr: input.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), len: input.bytes.count)
  }
}
