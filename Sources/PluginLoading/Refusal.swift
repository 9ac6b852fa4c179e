/// A broken load rule: what was found in which file, what was expected, and what to do about it.
package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
  package var file: String
  package var rule: LoadRule
  package var found: String
  package var expected: String
  package var cure: String

  /// What a command exits with when a plugin was refused.
  package static let exitCode: Int32 = 101

  package init(file: String, rule: LoadRule, found: String, expected: String, cure: String) {
    self.file = file
    self.rule = rule
    self.found = found
    self.expected = expected
    self.cure = cure
  }

  /// One paragraph that names everything. Parts of it come out of the file, so control characters are shown
  /// and not sent to the terminal.
  package var description: String {
    let text =
      "\(file): rule \(rule.id) is broken (\(rule.title)): found \(found); expected \(expected). \(cure)"
    var shown = ""
    for scalar in text.unicodeScalars {
      if scalar.properties.generalCategory == .control {
        shown += scalar.escaped(asASCII: true)
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}
