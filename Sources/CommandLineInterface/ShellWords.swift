/// Splits a command into words as a shell does: by blanks, with quotes and backslashes. Nothing is expanded.
enum ShellWords {
  enum Failure: Error, Equatable {
    case unbalanced(Character)
    case endsWithBackslash
  }

  static func split(_ text: String) throws(Failure) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = text[...]
    while let character = rest.popFirst() {
      switch (quote, character) {
      case ("'", "'"), ("\"", "\""): quote = nil
      case (nil, "'"), (nil, "\""):
        quote = character
        // Quotes make a word even with nothing between them.
        word = word ?? ""
      case (nil, "\\"):
        guard let next = rest.popFirst() else { throw .endsWithBackslash }
        // A line that goes on.
        if next != "\n" { word = (word ?? "") + String(next) }
      case ("\"", "\\"):
        guard let next = rest.popFirst() else { throw .unbalanced("\"") }
        if "\"\\$`".contains(next) { word?.append(next) } else if next != "\n" { word?.append("\\\(next)") }
      case (nil, " "), (nil, "\t"), (nil, "\n"):
        if let whole = word { words.append(whole) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    if let quote { throw .unbalanced(quote) }
    if let word { words.append(word) }
    return words
  }

  /// The word as a shell reads it.
  static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./=,:@%+".utf8.contains(byte)
      }
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
