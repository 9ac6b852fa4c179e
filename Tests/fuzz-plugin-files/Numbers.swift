/// The same numbers for the same seed.
struct Numbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// 0 to `bound` - 1; 0 where there is no such number.
  mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }

  /// A number where mistakes are made: near the ends of ranges, near powers of two, or anything.
  mutating func odd(near size: Int) -> UInt64 {
    switch below(6) {
    case 0: 0 &- UInt64(below(16))
    case 1: (UInt64(1) << UInt64(below(64))) &+ UInt64(below(3)) &- 1
    case 2: UInt64(below(64))
    case 3: UInt64(max(0, size - 8 + below(16)))
    case 4: UInt64(below(max(size, 1)))
    default: next()
    }
  }
}
