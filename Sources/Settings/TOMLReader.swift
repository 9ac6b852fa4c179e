/// Reads a part of TOML: tables of one bare name, bare keys, strings on one line, decimal integers, booleans, arrays of strings,
/// comments. A file of it means the same to any reader of TOML.
struct TOMLReader {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var line = 1
  private var column = 1

  /// Tables with the place of their names, also of those that hold nothing.
  private(set) var tables: [(name: String, position: TextPosition)] = []
  private(set) var entries: [TOMLEntry] = []

  init(_ text: String) throws(TOMLError) {
    scalars = Array(text.unicodeScalars)
    if peek == "\u{FEFF}" { index += 1 }
    try readLines()
  }

  // MARK: Lines

  private mutating func readLines() throws(TOMLError) {
    var table = ""
    while true {
      skipBlanks()
      guard let next = peek else { return }
      switch next {
      case "\n", "\r", "#": break
      case "[": table = try readTable()
      default: try readEntry(table)
      }
      try endLine()
    }
  }

  private mutating func readTable() throws(TOMLError) -> String {
    advance()
    if peek == "[" { throw unexpected("a table: arrays of tables are not read") }
    skipBlanks()
    let start = position
    let name = try readBareKey("the name of a table")
    skipBlanks()
    guard peek == "]" else { throw unexpected("] after the name of the table") }
    advance()
    if let first = tables.first(where: { $0.name == name }) {
      throw TOMLError(
        position: start, found: "the table \(name) again",
        expected: "each table once: it begins in line \(first.position.line)")
    }
    tables.append((name, start))
    return name
  }

  private mutating func readEntry(_ table: String) throws(TOMLError) {
    let start = position
    let key = try readBareKey("a key or a table")
    skipBlanks()
    guard peek == "=" else { throw unexpected("= after the key \(key)") }
    advance()
    skipBlanks()
    let valueStart = position
    let value = try readValue()
    if let first = entries.first(where: { $0.table == table && $0.key == key }) {
      throw TOMLError(
        position: start, found: "\(key) again",
        expected: "each key once: it is set in line \(first.keyPosition.line)")
    }
    entries.append(
      TOMLEntry(table: table, key: key, keyPosition: start, value: value, position: valueStart))
  }

  private mutating func endLine() throws(TOMLError) {
    skipBlanks()
    try skipComment()
    guard peek != nil else { return }
    guard takeNewline() else { throw unexpected("the end of the line") }
  }

  private mutating func readBareKey(_ what: String) throws(TOMLError) -> String {
    var key = ""
    while let next = peek, Self.isBare(next) {
      key.unicodeScalars.append(next)
      advance()
    }
    if key.isEmpty { throw unexpected("\(what), of letters, digits, - and _") }
    return key
  }

  // MARK: Values

  private mutating func readValue() throws(TOMLError) -> TOMLValue {
    switch peek {
    case "\"", "'": return .string(try readString())
    case "[": return .strings(try readStrings())
    case "t", "f": return .boolean(try readBoolean())
    case let next? where Self.isDigit(next) || next == "-" || next == "+": return .integer(try readInteger())
    default: throw unexpected("a string, a number, true, false or a list of strings")
    }
  }

  private mutating func readStrings() throws(TOMLError) -> [String] {
    advance()
    var texts: [String] = []
    while true {
      try skipLines()
      if peek == "]" { break }
      guard peek == "\"" || peek == "'" else { throw unexpected("a string or ]") }
      texts.append(try readString())
      try skipLines()
      if peek == "," {
        advance()
      } else if peek != "]" {
        throw unexpected(", or ] after the string")
      }
    }
    advance()
    return texts
  }

  private mutating func readBoolean() throws(TOMLError) -> Bool {
    let start = position
    let word = readWord()
    switch word {
    case "true": return true
    case "false": return false
    default:
      throw TOMLError(position: start, found: "'\(word)'", expected: "true or false; a string in quotes")
    }
  }

  private mutating func readInteger() throws(TOMLError) -> Int64 {
    let start = position
    let word = readWord()
    let digits = word.first == "-" || word.first == "+" ? word.dropFirst() : word[...]
    let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
    let isPlain =
      groups.allSatisfy { !$0.isEmpty && $0.unicodeScalars.allSatisfy(Self.isDigit) }
      && (digits == "0" || digits.first != "0")
    guard isPlain, let number = Int64(word.filter { $0 != "_" }) else {
      throw TOMLError(
        position: start, found: "'\(word)'",
        expected: "a whole decimal number; what has a unit or a fraction is a string in quotes")
    }
    return number
  }

  private mutating func readString() throws(TOMLError) -> String {
    let start = position
    let quote = peek
    let isLiteral = quote == "'"
    advance()
    var text = String.UnicodeScalarView()
    while let next = peek, next != quote {
      if Self.isControl(next) { break }
      if next == "\\", !isLiteral {
        text.append(try readEscape())
      } else {
        text.append(next)
        advance()
      }
    }
    guard peek == quote else {
      if let next = peek, next != "\n", next != "\r" {
        throw unexpected("text in a string")
      }
      throw TOMLError(
        position: start, found: "a string without its end",
        expected: "\(isLiteral ? "'" : "\"") on the same line")
    }
    advance()
    if text.isEmpty, peek == quote {
      throw TOMLError(position: start, found: "a string of several lines", expected: "one on one line")
    }
    return String(text)
  }

  private mutating func readEscape() throws(TOMLError) -> Unicode.Scalar {
    let start = position
    advance()
    guard let letter = peek else {
      throw TOMLError(position: start, found: "\\ at the end of the file", expected: "a character after it")
    }
    advance()
    switch letter {
    case "b": return "\u{8}"
    case "t": return "\t"
    case "n": return "\n"
    case "f": return "\u{C}"
    case "r": return "\r"
    case "\"", "\\": return letter
    case "u", "U":
      var digits = ""
      for _ in 0..<(letter == "u" ? 4 : 8) {
        guard let next = peek, next.properties.isASCIIHexDigit else { break }
        digits.unicodeScalars.append(next)
        advance()
      }
      let isWhole = digits.utf8.count == (letter == "u" ? 4 : 8)
      if isWhole, let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) { return scalar }
      throw TOMLError(
        position: start, found: "\\\(letter)\(digits)", expected: "a character of Unicode in 4 or 8 digits")
    default:
      throw TOMLError(
        position: start, found: "\\\(letter)", expected: "one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX")
    }
  }

  // MARK: Characters

  private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private var position: TextPosition { TextPosition(line: line, column: column) }

  private mutating func advance() {
    index += 1
    column += 1
  }

  /// A line may end as on other systems.
  private var isNewline: Bool {
    peek == "\n" || (peek == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n")
  }

  private mutating func takeNewline() -> Bool {
    if isNewline, peek == "\r" { index += 1 }
    guard peek == "\n" else { return false }
    index += 1
    line += 1
    column = 1
    return true
  }

  private mutating func skipBlanks() {
    while peek == " " || peek == "\t" { advance() }
  }

  private mutating func skipComment() throws(TOMLError) {
    guard peek == "#" else { return }
    while let next = peek, next != "\n", next != "\r" {
      if Self.isControl(next) { throw unexpected("text in a comment") }
      advance()
    }
  }

  /// Within an array.
  private mutating func skipLines() throws(TOMLError) {
    repeat {
      skipBlanks()
      try skipComment()
    } while takeNewline()
  }

  /// What looks like one word to people.
  private mutating func readWord() -> String {
    var word = ""
    while let next = peek, Self.isBare(next) || next == "+" || next == "." || next == ":" {
      word.unicodeScalars.append(next)
      advance()
    }
    return word
  }

  private func unexpected(_ expected: String) -> TOMLError {
    let found =
      switch peek {
      case nil: "the end of the file"
      case "\n": "the end of the line"
      case "\r" where isNewline: "the end of the line"
      case let next?:
        Self.isControl(next) || next == "\t"
          ? "U+00\(next.value < 16 ? "0" : "")\(String(next.value, radix: 16))" : "'\(next)'"
      }
    return TOMLError(position: position, found: found, expected: expected)
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  /// A tab is the only one that may stand in strings and comments.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    (scalar.value < 0x20 && scalar != "\t") || scalar.value == 0x7F
  }

  private static func isBare(_ scalar: Unicode.Scalar) -> Bool {
    isDigit(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "-"
      || scalar == "_"
  }
}
