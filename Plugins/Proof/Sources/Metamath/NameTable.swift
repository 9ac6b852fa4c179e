/// From names to numbers: open addressing, the first 16 bytes of each name in its slot, so that nearly every look-up
/// touches one cache line.
struct NameTable {
  /// The first 16 bytes of a name, zero-padded, and the place where the search for it begins.
  struct Key {
    var low: UInt64
    var high: UInt64
    var hash: UInt64

    @inline(__always)
    init(_ p: UnsafePointer<UInt8>, _ length: Int) {
      if length >= 16 {
        low = Bytes.word(p)
        high = Bytes.word(p + 8)
      } else if length > 8 {
        low = Bytes.word(p)
        high = Bytes.word(p + 8) & (~0 &>> UInt64(128 &- 8 &* length))
      } else {
        low = Bytes.word(p) & (~0 &>> UInt64(64 &- 8 &* length))
        high = 0
      }
      var mixed = Self.mix(low ^ 0x9E37_79B9_7F4A_7C15, high ^ 0xD1B5_4A32_D192_ED03)
      if length > 16 {
        var i = 16
        while i < length {
          mixed = Self.mix(mixed ^ UInt64(p[i]), 0x9E37_79B9_7F4A_7C15)
          i &+= 1
        }
      }
      hash = mixed
    }

    @inline(__always)
    private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
      let product = a.multipliedFullWidth(by: b)
      return product.high ^ product.low
    }
  }

  private struct Slot {
    var low: UInt64
    var high: UInt64
    var text: UnsafePointer<UInt8>?
    var length: UInt32
    var value: UInt32
  }

  private var slots: Buffer<Slot>
  private var mask: Int
  private var used = 0

  static let none = UInt32.max

  init(expecting names: Int) {
    var size = 64
    while size * 3 < names * 4 { size *= 2 }
    slots = Self.emptySlots(size)
    mask = size - 1
  }

  func deallocate() { slots.deallocate() }

  @inline(__always)
  func find(_ p: UnsafePointer<UInt8>, _ length: Int) -> UInt32 {
    find(Key(p, length), p, length)
  }

  @inline(__always)
  func find(_ key: Key, _ p: UnsafePointer<UInt8>, _ length: Int) -> UInt32 {
    var at = Int(truncatingIfNeeded: key.hash) & mask
    while true {
      let slot = slots.base + at
      let found = Int(slot.pointee.length)
      if slot.pointee.low == key.low && slot.pointee.high == key.high && found == length
        && (length <= 16 || Self.sameRest(slot.pointee.text!, p, length))
      {
        return slot.pointee.value
      }
      if found == 0 { return Self.none }
      at = (at &+ 1) & mask
    }
  }

  /// Adds a name that is not there yet. The name's text must stay where it is.
  mutating func insert(_ p: UnsafePointer<UInt8>, _ length: Int, value: UInt32) {
    if (used + 1) * 5 > (mask + 1) * 4 { grow() }
    place(p, length, value)
    used += 1
  }

  private func place(_ p: UnsafePointer<UInt8>, _ length: Int, _ value: UInt32) {
    let key = Key(p, length)
    var at = Int(truncatingIfNeeded: key.hash) & mask
    while slots[at].length != 0 { at = (at &+ 1) & mask }
    slots[at] = Slot(low: key.low, high: key.high, text: p, length: UInt32(length), value: value)
  }

  private mutating func grow() {
    let old = slots
    slots = Self.emptySlots(old.count * 2)
    mask = slots.count - 1
    for i in 0..<old.count where old[i].length != 0 {
      place(old[i].text!, Int(old[i].length), old[i].value)
    }
    old.deallocate()
  }

  private static func emptySlots(_ size: Int) -> Buffer<Slot> {
    var slots = Buffer<Slot>(capacity: size)
    slots.append(repeating: Slot(low: 0, high: 0, text: nil, length: 0, value: none), count: size)
    return slots
  }

  private static func sameRest(
    _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ length: Int
  ) -> Bool {
    for i in 16..<length where a[i] != b[i] { return false }
    return true
  }
}
