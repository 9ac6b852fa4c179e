/// Copying and comparing symbols in whole blocks. Sources are followed by readable memory and targets by writable one.
enum Blocks {
  @inline(__always)
  static func copy(
    _ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, bytes: Int
  ) {
    var i = 0
    repeat {
      let block = source.loadUnaligned(fromByteOffset: i, as: SIMD4<UInt64>.self)
      target.storeBytes(of: block, toByteOffset: i, as: SIMD4<UInt64>.self)
      i &+= 32
    } while i < bytes
  }

  /// Up to 32 bytes without a branch: lengths vary so much that loops over them are mispredicted.
  @inline(__always)
  static func equal(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, bytes: Int, _ masks: UnsafeRawPointer
  ) -> Bool {
    var a = a
    var b = b
    var left = bytes
    while left > 32 {
      if difference(a, b, 0) | difference(a, b, 8) | difference(a, b, 16) | difference(a, b, 24) != 0 {
        return false
      }
      a += 32
      b += 32
      left &-= 32
    }
    let mask = masks + (32 &- left)
    let first = difference(a, b, 0) & mask.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
    let second = difference(a, b, 8) & mask.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    let third = difference(a, b, 16) & mask.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
    let fourth = difference(a, b, 24) & mask.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    return first | second | third | fourth == 0
  }

  @inline(__always)
  private static func difference(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      ^ b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  /// 32 bytes of ones, then 32 zeros: read from byte 32 - n on, a mask of n bytes.
  static func makeMasks() -> UnsafeMutableRawPointer {
    let masks = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    masks.initializeMemory(as: UInt8.self, repeating: 0xFF, count: 32)
    (masks + 32).initializeMemory(as: UInt8.self, repeating: 0, count: 32)
    return masks
  }

  /// At most eight bytes.
  @inline(__always)
  static func equalShort(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, bytes: Int) -> Bool {
    // Shifted in two steps, since none may be by 64.
    let shift = UInt64(truncatingIfNeeded: 32 &- 4 &* bytes)
    return (difference(a, b, 0) &<< shift) &<< shift == 0
  }
}
