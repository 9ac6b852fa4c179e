/// The order of versions of kinds: that of semantic versioning, and something sensible for those that are none.
package enum VersionOrder {
  /// Whether `left` comes before `right`.
  package static func precedes(_ left: String, _ right: String) -> Bool {
    let (a, b) = (parts(left), parts(right))
    for index in 0..<max(a.core.count, b.core.count) {
      let (x, y) = (index < a.core.count ? a.core[index] : "0", index < b.core.count ? b.core[index] : "0")
      if let order = compare(x, y) { return order }
    }
    // A pre-release comes before its release.
    if a.early.isEmpty || b.early.isEmpty { return !a.early.isEmpty && b.early.isEmpty }
    for (x, y) in zip(a.early, b.early) {
      if let order = compare(x, y) { return order }
    }
    return a.early.count < b.early.count
  }

  /// What stands behind a "+" is no matter of order.
  private static func parts(_ version: String) -> (core: [Substring], early: [Substring]) {
    let version = version.prefix { $0 != "+" }
    let core = version.prefix { $0 != "-" }
    let early = version.dropFirst(core.count).dropFirst()
    return (core.split(separator: "."), early.split(separator: "."))
  }

  /// Numbers by their value and before words; nil: they are equal.
  private static func compare(_ left: Substring, _ right: Substring) -> Bool? {
    switch (digits(left), digits(right)) {
    case (let x?, let y?): return x.count == y.count ? (x == y ? nil : x < y) : x.count < y.count
    case (nil, _?): return false
    case (_?, nil): return true
    case (nil, nil): return left == right ? nil : left < right
    }
  }

  /// Without zeroes in front.
  private static func digits(_ part: Substring) -> Substring? {
    guard !part.isEmpty, part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    let number = part.drop { $0 == "0" }
    return number.isEmpty ? "0" : number
  }
}
