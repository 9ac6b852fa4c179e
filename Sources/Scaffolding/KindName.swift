/// The name of a new kind, and the forms that it takes in sources.
package struct KindName: Equatable, Sendable {
  package let text: String

  package init(_ text: String) throws(ScaffoldingError) {
    if let reason = Self.objection(to: text) {
      throw ScaffoldingError(.badName, "'\(text)' is no name for a kind: \(reason)")
    }
    self.text = text
  }

  private static let longest = 40

  private static func objection(to text: String) -> String? {
    guard let first = text.utf8.first else { return "it is empty" }
    if text.utf8.count > longest { return "it has more than \(longest) characters" }
    let small = UInt8(ascii: "a")...UInt8(ascii: "z")
    if !small.contains(first) { return "it must begin with a small letter" }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let wrong = text.unicodeScalars.first { scalar in
      guard let byte = UInt8(exactly: scalar.value) else { return true }
      return !(small.contains(byte) || digits.contains(byte) || byte == UInt8(ascii: "-"))
    }
    if let wrong { return "it may have small letters, digits and '-', but no '\(wrong)'" }
    if text == "taskhost" { return "that is the host" }
    return nil
  }

  /// `my_kind`
  var identifier: String { text.map { $0 == "-" ? "_" : $0 }.reduce(into: "") { $0.append($1) } }

  /// `MyKindKind`: with a word behind it, so that no name is one of a language or of the SDK.
  var typeName: String {
    text.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Kind"
  }
}
