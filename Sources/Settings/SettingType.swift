/// What a setting may be, and how it is written.
package enum SettingType: Equatable, Sendable {
  case count(ClosedRange<UInt64>, auto: Bool = false)
  case size(ClosedRange<UInt64> = 1...UInt64(Int.max))
  case duration
  case decimal(ClosedRange<Double>)
  case onOff
  case choice([String])
  /// Some of these, in any order.
  case choices([String])
  /// `N` or `N:now`.
  case failures
  /// A command line.
  case command
  case directories

  /// Of a number; nil for what has none.
  package var unit: String? {
    switch self {
    case .size: "bytes"
    case .duration: "nanoseconds"
    default: nil
    }
  }

  package var expected: String {
    switch self {
    case .count(let range, let auto):
      (range.upperBound == Self.largestCount
        ? "a number of \(range.lowerBound) or more"
        : "a number from \(range.lowerBound) to \(range.upperBound)") + (auto ? ", or auto" : "")
    case .size(let range):
      range.upperBound == UInt64(Int.max)
        ? "a size of 1 byte or more, such as 64M"
        : "a size from \(range.lowerBound) to \(range.upperBound) bytes, such as 64M"
    case .duration: "a duration with its unit, such as 500ms, 30s or 2m"
    case .decimal(let range):
      "a number from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound)), such as 1.5"
    case .onOff: "true or false"
    case .choice(let words): words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    case .choices(let words): words.joined(separator: ", ") + ", separated by commas"
    case .failures: "a number of 1 or more, or such a number and :now"
    case .command: "a command"
    case .directories: "directories, separated by colons"
    }
  }

  package static let largestCount = UInt64(Int32.max)

  var isSwitch: Bool { self == .onOff }

  var takesIntegers: Bool {
    switch self {
    case .count, .size, .failures, .decimal: true
    default: false
    }
  }

  /// Nil if `text` is not what is expected.
  func parse(_ text: String) -> SettingValue? {
    switch self {
    case .count(let range, let auto):
      if auto, text == "auto" { return .automatic }
      guard let number = Self.count(text[...]), range.contains(number) else { return nil }
      return .number(number)
    case .size(let range):
      guard let size = ByteSize.parse(text), size >= 0, range.contains(UInt64(size)) else { return nil }
      return .number(UInt64(size))
    case .duration: return TimeSpan.parse(text).map { .number($0) }
    case .decimal(let range):
      let isPlain = text.utf8.allSatisfy { 48...57 ~= $0 || $0 == UInt8(ascii: ".") }
      guard isPlain, let number = Double(text), range.contains(number) else { return nil }
      return .decimal(number)
    case .onOff:
      switch text {
      case "true", "1": return .truth(true)
      case "false", "0": return .truth(false)
      default: return nil
      }
    case .choice(let words): return words.contains(text) ? .word(text) : nil
    case .choices: return parse(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    case .failures:
      let now = text.hasSuffix(":now")
      guard let number = Self.count(now ? text.dropLast(4) : text[...]), number >= 1 else { return nil }
      return .failures(number, now: now)
    case .command: return text.allSatisfy(\.isWhitespace) ? nil : .word(text)
    case .directories: return .words(text.split(separator: ":").map(String.init))
    }
  }

  /// The same for a list.
  func parse(_ words: [String]) -> SettingValue? {
    switch self {
    case .choices(let known):
      guard !words.isEmpty, words.allSatisfy(known.contains) else { return nil }
      return .words(known.filter(words.contains))
    case .directories: return words.contains { $0.isEmpty || $0.contains(":") } ? nil : .words(words)
    default: return nil
    }
  }

  private static func count(_ text: Substring) -> UInt64? {
    guard let number = UInt64(text), number <= largestCount, !text.hasPrefix("+") else { return nil }
    return number
  }

  private static func text(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// As it could be written.
  package func text(_ value: SettingValue) -> String {
    switch value {
    case .none: "none"
    case .automatic: "auto"
    case .number(let number):
      switch self {
      case .size: ByteSize.exactText(number)
      case .duration: TimeSpan.exactText(number)
      default: "\(number)"
      }
    case .decimal(let number): Self.text(number)
    case .truth(let isOn): isOn ? "true" : "false"
    case .word(let word): word
    case .words(let words): words.joined(separator: self == .directories ? ":" : ",")
    case .failures(let count, let now): now ? "\(count):now" : "\(count)"
    }
  }
}
