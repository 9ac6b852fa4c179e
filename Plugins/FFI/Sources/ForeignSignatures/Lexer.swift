/// A word, number, text or mark of a signature file.
struct Token: Equatable {
  enum Kind: Equatable {
    case word(String)
    /// As it is written, with a suffix such as that of `2s`.
    case number(String)
    case text(String)
    case mark(String)
    case lineEnd
    case end
  }

  var kind: Kind
  var place: Place

  /// For messages.
  var shown: String {
    switch kind {
    case .word(let text), .number(let text), .mark(let text): "'\(text)'"
    case .text(let text): Printer.quoted(text)
    case .lineEnd: "the end of the line"
    case .end: "the end of the file"
    }
  }
}

/// Cuts a file into tokens. Comments begin with # and end with their line.
struct Lexer {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var lineStart = 0
  private(set) var tokens: [Token] = []
  private(set) var problems: [Problem] = []

  init(_ text: some Sequence<UInt8>) {
    bytes = Array(text)
    run()
  }

  private static let marks = [
    "...", "..", "==", "!=", "<=", ">=", "(", ")", "{", "}", "[", "]", "<", ">", ",", ":", "=", "|", ";", "*",
  ]

  private var place: Place { Place(line: line, column: position - lineStart + 1) }

  private func byte(_ offset: Int = 0) -> UInt8 {
    position + offset < bytes.count ? bytes[position + offset] : 0
  }

  private mutating func run() {
    while position < bytes.count {
      let start = place
      let first = byte()
      switch first {
      case 0x20, 0x09, 0x0D: position += 1
      case 0x0A:
        add(.lineEnd, start)
        position += 1
        line += 1
        lineStart = position
      case UInt8(ascii: "#"):
        while position < bytes.count, byte() != 0x0A { position += 1 }
      case UInt8(ascii: "\""): text(start)
      case _ where isLetter(first): word(start)
      case _ where isDigit(first) || (first == UInt8(ascii: "-") && isDigit(byte(1))): number(start)
      default: mark(start)
      }
    }
    add(.lineEnd, place)
    add(.end, place)
  }

  private mutating func add(_ kind: Token.Kind, _ place: Place) {
    tokens.append(Token(kind: kind, place: place))
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == UInt8(ascii: "_")
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private func slice(_ start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

  /// Dots join the parts of a name.
  private mutating func word(_ start: Place) {
    let from = position
    while isLetter(byte()) || isDigit(byte()) || (byte() == UInt8(ascii: ".") && isLetter(byte(1))) {
      position += 1
    }
    add(.word(slice(from)), start)
  }

  private mutating func number(_ start: Place) {
    let from = position
    position += 1
    let isHexadecimal = byte() | 0x20 == UInt8(ascii: "x")
    while true {
      let here = byte()
      let isSign = here == UInt8(ascii: "+") || here == UInt8(ascii: "-")
      let followsExponent = !isHexadecimal && bytes[position - 1] | 0x20 == UInt8(ascii: "e")
      let isPoint = here == UInt8(ascii: ".") && byte(1) != UInt8(ascii: ".")
      guard isLetter(here) || isDigit(here) || isPoint || (isSign && followsExponent) else { break }
      position += 1
    }
    add(.number(slice(from)), start)
  }

  private mutating func mark(_ start: Place) {
    for mark in Self.marks where bytes[position...].starts(with: mark.utf8) {
      position += mark.utf8.count
      add(.mark(mark), start)
      return
    }
    // The whole character, not its first byte.
    let from = position
    position += 1
    while byte() & 0xC0 == 0x80 { position += 1 }
    problems.append(Problem(start, "'\(slice(from))' does not belong into a signature"))
  }

  private mutating func text(_ start: Place) {
    var value: [UInt8] = []
    position += 1
    while position < bytes.count, byte() != 0x0A {
      let here = byte()
      position += 1
      if here == UInt8(ascii: "\"") {
        let text = String(decoding: value, as: UTF8.self)
        if !text.utf8.elementsEqual(value) { problems.append(Problem(start, "this text is not UTF-8")) }
        add(.text(text), start)
        return
      }
      guard here == UInt8(ascii: "\\") else {
        value.append(here)
        continue
      }
      escape(&value)
    }
    problems.append(Problem(start, "this text does not end on its line"))
    add(.text(""), start)
  }

  private mutating func escape(_ value: inout [UInt8]) {
    let start = Place(line: line, column: position - lineStart)
    let here = byte()
    position += 1
    switch here {
    case UInt8(ascii: "n"): value.append(0x0A)
    case UInt8(ascii: "t"): value.append(0x09)
    case UInt8(ascii: "r"): value.append(0x0D)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): value.append(here)
    case UInt8(ascii: "x"):
      let digits = String(decoding: [byte(), byte(1)], as: UTF8.self)
      guard let code = UInt8(digits, radix: 16), code > 0, code < 0x80 else {
        problems.append(Problem(start, found: "'\\x\(digits)'", expected: "\\x01 to \\x7f"))
        return
      }
      position += 2
      value.append(code)
    default:
      problems.append(Problem(start, "no such escape; there are \\n \\t \\r \\\" \\\\ and \\x01 to \\x7f"))
    }
  }
}
