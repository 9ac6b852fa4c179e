/// How long trials took, in a fixed amount of memory: counted by length, in eight steps for each power of two. What is read from it
/// is at most an eighth too long and never too short.
struct Durations: Sendable {
  private(set) var count: UInt64 = 0
  private var buckets = ContiguousArray<UInt64>()

  mutating func observe(_ nanoseconds: UInt64) {
    if buckets.isEmpty { buckets = ContiguousArray(repeating: 0, count: Self.bucket(.max) + 1) }
    buckets[Self.bucket(nanoseconds)] += 1
    count += 1
  }

  /// The length that 95 of 100 do not exceed; 0 without any.
  var percentile95: UInt64 {
    let rank = (count * 95 + 99) / 100
    var sum: UInt64 = 0
    for bucket in buckets.indices {
      sum += buckets[bucket]
      if sum >= rank { return Self.longest(in: bucket) }
    }
    return 0
  }

  private static func bucket(_ length: UInt64) -> Int {
    guard length >= 8 else { return Int(length) }
    let exponent = 63 - length.leadingZeroBitCount
    return (exponent - 2) * 8 + Int(length >> UInt64(exponent - 3)) % 8
  }

  private static func longest(in bucket: Int) -> UInt64 {
    guard bucket >= 8 else { return UInt64(bucket) }
    let shift = UInt64(bucket / 8 - 1)
    return (UInt64(8 + bucket % 8) << shift) + (1 << shift) - 1
  }
}
