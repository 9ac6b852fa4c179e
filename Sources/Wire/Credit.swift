/// Bytes of items that may be under way. Both ends count alike: what an item costs follows from its length alone.
///
/// One item may go beyond what is left, or none larger than that could ever pass: so a receiver holds at most what it has granted
/// and one frame.
package struct Credit: Equatable, Sendable {
  /// What a receiver grants at first.
  package static let window = 256 << 10

  package private(set) var left: Int

  package init(_ bytes: Int = 0) { left = bytes }

  /// What an item of this length costs: small ones are not free to keep either.
  package static func cost(_ length: Int) -> Int { Frame.headerSize + Frame.padded(length) }

  package var isSpent: Bool { left <= 0 }

  package mutating func spend(_ length: Int) { left -= Self.cost(length) }

  /// False: so much can never have been taken.
  package mutating func grant(_ bytes: UInt64, upTo limit: Int = Int.max / 2) -> Bool {
    guard bytes <= UInt64(Int.max / 2), left <= limit - Int(bytes) else { return false }
    left += Int(bytes)
    return true
  }
}
