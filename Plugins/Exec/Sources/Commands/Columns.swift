internal import Glibc

/// Cuts an argument into columns at a regular expression (extended, POSIX), and takes white space from their ends.
package final class Columns {
  /// Which ends are trimmed.
  package struct Trim: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package static let left = Trim(rawValue: 1)
    package static let right = Trim(rawValue: 2)

    /// `n`, `l`, `r`, `lr` or `rl`.
    package init?(named name: String) {
      switch name {
      case "n": self = []
      case "l": self = .left
      case "r": self = .right
      case "lr", "rl": self = [.left, .right]
      default: return nil
      }
    }
  }

  private let expression = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
  private let isCompiled: Bool
  private let trim: Trim

  /// Without a pattern an argument is one column. Throws the reason why the pattern is none.
  package init(at pattern: String?, trim: Trim) throws(InputSources.Problem) {
    self.trim = trim
    expression.initialize(to: regex_t())
    guard let pattern else {
      isCompiled = false
      return
    }
    let error = regcomp(expression, Self.withControls(pattern), REG_EXTENDED)
    isCompiled = error == 0
    if error != 0 {
      var text = [CChar](repeating: 0, count: 200)
      regerror(error, expression, &text, text.count)
      let reason = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw InputSources.Problem(
        message: "'\(pattern)' is no regular expression: \(String(decoding: reason, as: UTF8.self))")
    }
  }

  deinit {
    if isCompiled { regfree(expression) }
    expression.deallocate()
  }

  /// Empty columns count, also at the end.
  package func split(_ argument: [UInt8]) -> [[UInt8]] {
    guard isCompiled else { return [trimmed(argument[...])] }
    var columns: [[UInt8]] = []
    var start = 0
    var from = 0
    while from < argument.count, let match = match(argument, from: from) {
      guard !match.isEmpty else {
        // A match of nothing is no cut.
        from += 1
        continue
      }
      columns.append(trimmed(argument[start..<match.lowerBound]))
      start = match.upperBound
      from = start
    }
    columns.append(trimmed(argument[start...]))
    return columns
  }

  private func match(_ argument: [UInt8], from: Int) -> Range<Int>? {
    argument.withUnsafeBytes { bytes in
      var place = regmatch_t(rm_so: regoff_t(from), rm_eo: regoff_t(bytes.count))
      let status = regexec(
        expression, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), 1, &place,
        REG_STARTEND | (from > 0 ? REG_NOTBOL : 0))
      return status == 0 ? Int(place.rm_so)..<Int(place.rm_eo) : nil
    }
  }

  private func trimmed(_ column: ArraySlice<UInt8>) -> [UInt8] {
    var column = column
    if trim.contains(.left) { column = column.drop(while: Self.isSpace) }
    if trim.contains(.right) { while let last = column.last, Self.isSpace(last) { column.removeLast() } }
    return Array(column)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// `\t` and `\n`, which POSIX does not know.
  private static func withControls(_ pattern: String) -> String {
    var result = ""
    var isEscaped = false
    for character in pattern {
      if isEscaped {
        switch character {
        case "t": result += "\t"
        case "n": result += "\n"
        default: result += "\\" + String(character)
        }
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return isEscaped ? result + "\\" : result
  }
}
