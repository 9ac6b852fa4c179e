/// Sizes in bytes, as people write them: `64M`, `1G`, `4096`.
package enum ByteSize {
  private static let units: [(suffix: Character, shift: Int)] = [("K", 10), ("M", 20), ("G", 30), ("T", 40)]

  package static func parse(_ text: String) -> Int? {
    var digits = Substring(text)
    var shift = 0
    if let last = digits.last, let unit = units.first(where: { $0.suffix == Character(last.uppercased()) }) {
      shift = unit.shift
      digits.removeLast()
    }
    guard let value = Int(digits), digits.first?.isNumber == true else { return nil }
    let (size, overflow) = value.multipliedReportingOverflow(by: 1 << shift)
    return overflow ? nil : size
  }

  /// As `parse` reads it, without loss: "64M", "1000".
  package static func exactText(_ bytes: UInt64) -> String {
    guard let unit = units.last(where: { bytes > 0 && bytes % (1 << UInt64($0.shift)) == 0 }) else {
      return "\(bytes)"
    }
    return "\(bytes >> UInt64(unit.shift))\(unit.suffix)"
  }

  /// "6.1G".
  package static func text(_ bytes: UInt64) -> String {
    guard let unit = units.last(where: { bytes >= 1 << UInt64($0.shift) }) else { return "\(bytes)B" }
    let (whole, rest) = bytes.quotientAndRemainder(dividingBy: 1 << UInt64(unit.shift))
    let tenths = whole * 10 + (rest * 10) >> UInt64(unit.shift)
    return tenths >= 100 ? "\(tenths / 10)\(unit.suffix)" : "\(tenths / 10).\(tenths % 10)\(unit.suffix)"
  }
}
