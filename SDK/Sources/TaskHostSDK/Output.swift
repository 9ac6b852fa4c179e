public import CTaskHost

/// One output of a hook, written straight into memory of the host.
public struct Output {
  /// The C value.
  public let raw: UnsafeMutablePointer<th_out>

  /// Wraps the C value.
  @inlinable
  public init(_ raw: UnsafeMutablePointer<th_out>) { self.raw = raw }

  /// How many bytes have been written.
  @inlinable
  public var count: Int { raw.pointee.len }

  /// Room for `count` more bytes, which `body` fills; it returns how many it has written.
  @inlinable
  public func write(
    upTo count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(KindError) -> Int
  ) throws(KindError) {
    guard let start = th_reserve(raw, count) else { throw Self.full }
    let written = try body(UnsafeMutableRawBufferPointer(start: start, count: count))
    precondition(written >= 0 && written <= count)
    raw.pointee.len += written
  }

  /// Writes bytes.
  @inlinable
  public func write(_ bytes: UnsafeRawBufferPointer) throws(KindError) {
    guard th_write(raw, bytes.baseAddress, bytes.count) == 0 else { throw Self.full }
  }

  /// Writes bytes.
  @inlinable
  public func write(_ bytes: Bytes) throws(KindError) { try write(bytes.buffer) }

  /// Writes a text as UTF-8, without its length.
  @inlinable
  public func write(_ text: String) throws(KindError) {
    try Bytes.lending(text) { (bytes) throws(KindError) in
      guard th_write(raw, bytes.ptr, bytes.len) == 0 else { throw Self.full }
    }
  }

  /// Writes a number in the byte order of the machine.
  @inlinable
  public func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) throws(KindError) {
    var number = number
    let status = withUnsafeBytes(of: &number) { th_write(raw, $0.baseAddress, $0.count) }
    guard status == 0 else { throw Self.full }
  }

  /// The host gave no more room.
  @usableFromInline static var full: KindError { .noMemory("the host has no room for this output") }
}

/// How one item of a list is to be treated.
public struct ItemOptions: Sendable {
  /// Higher goes first.
  public var priority: Int32 = 0
  /// Only the worker that has just answered may take this task.
  public var isPinned = false
  /// Tasks that prefer one worker and match alike; 0 for none.
  public var group: UInt64 = 0
  /// How long it will take; 0 when that is unknown.
  public var estimateNanoseconds: UInt64 = 0
  /// When a trial is told to give up; 0 for the limit of the run.
  public var softLimitNanoseconds: UInt64 = 0
  /// When its worker is killed; 0 for the limit of the run.
  public var hardLimitNanoseconds: UInt64 = 0
  /// By when it must have been started; 0 for that of its parent (or never), `UInt64.max` for never.
  public var expiresInNanoseconds: UInt64 = 0
  /// Identity from run to run; empty for a digest of the task.
  public var key = ""
  /// What it needs while it is performed: `"gpu=1,db=1"` or `"exclusive"`.
  public var resources = ""

  /// The defaults.
  public init() {}
}

/// An output that is a list: write one item, end it, write the next.
public struct ListOutput {
  /// Where the item at hand is written.
  public let item: Output

  /// Wraps the C value.
  @inlinable
  public init(_ raw: UnsafeMutablePointer<th_out>) { item = Output(raw) }

  /// Ends the item at hand, with default options.
  @inlinable
  public func endItem() throws(KindError) {
    let status = item.raw.pointee.end_item(item.raw, nil)
    guard status == 0 else { throw KindError(code: status, message: "the host refused an item") }
  }

  /// Ends the item at hand.
  public func endItem(_ options: ItemOptions) throws(KindError) {
    let raw = item.raw
    let status = Bytes.lending(options.key) { key in
      Bytes.lending(options.resources) { resources in
        var c = th_item()
        c.size = UInt32(MemoryLayout<th_item>.size)
        c.flags = options.isPinned ? UInt32(TH_ITEM_PINNED) : 0
        c.priority = options.priority
        c.group = options.group
        c.estimate_ns = options.estimateNanoseconds
        c.soft_ns = options.softLimitNanoseconds
        c.hard_ns = options.hardLimitNanoseconds
        c.expires_in_ns = options.expiresInNanoseconds
        c.key = key
        c.resources = resources
        return raw.pointee.end_item(raw, &c)
      }
    }
    guard status == 0 else { throw KindError(code: status, message: "the host refused an item") }
  }
}
