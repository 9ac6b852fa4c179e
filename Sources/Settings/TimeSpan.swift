/// Spans of time, as people write them: `30s`, `500ms`, `1.5m`, `2h`. A unit is required.
package enum TimeSpan {
  private static let units: [(suffix: String, nanoseconds: Double)] = [
    ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
  ]

  /// In nanoseconds; nil for anything else, zero and more than a year included.
  package static func parse(_ text: String) -> UInt64? {
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    let digits = text.dropLast(unit.suffix.count)
    guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }) else { return nil }
    guard let value = Double(digits) else { return nil }
    let nanoseconds = (value * unit.nanoseconds).rounded()
    return nanoseconds >= 1 && nanoseconds < 3.2e16 ? UInt64(nanoseconds) : nil
  }

  /// As `parse` reads it: "30s", "1.5ms".
  package static func exactText(_ nanoseconds: UInt64) -> String {
    let whole: [(suffix: String, nanoseconds: UInt64)] = [
      ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
    ]
    if let unit = whole.first(where: { nanoseconds > 0 && nanoseconds % $0.nanoseconds == 0 }) {
      return "\(nanoseconds / unit.nanoseconds)\(unit.suffix)"
    }
    let rest = nanoseconds % 1_000_000
    var digits = String(1_000_000 + rest).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(nanoseconds / 1_000_000).\(digits)ms"
  }
}
