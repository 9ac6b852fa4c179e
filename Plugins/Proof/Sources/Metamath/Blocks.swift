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

  @inline(__always)
  static func equal(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, bytes: Int) -> Bool {
    var i = 0
    while i &+ 8 <= bytes {
      if a.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        != b.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      {
        return false
      }
      i &+= 8
    }
    if i == bytes { return true }
    let difference =
      a.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      ^ b.loadUnaligned(fromByteOffset: i, as: UInt64.self)
    return difference &<< UInt64(truncatingIfNeeded: 64 &- 8 &* (bytes &- i)) == 0
  }
}
