/// Words as a shell reads them.
package enum ShellQuoting {
  /// What a POSIX shell reads as this one word and nothing else.
  package static func quoted(_ word: some Collection<UInt8>) -> [UInt8] {
    if !word.isEmpty, word.allSatisfy(isPlain) { return Array(word) }
    var result: [UInt8] = [quote]
    result.reserveCapacity(word.count + 2)
    for byte in word {
      if byte == quote { result += closedQuote } else { result.append(byte) }
    }
    result.append(quote)
    return result
  }

  /// Words with a space between them. A first one that would be read as an assignment is quoted.
  package static func line(_ words: some Sequence<some Collection<UInt8>>) -> [UInt8] {
    var result: [UInt8] = []
    for word in words {
      if !result.isEmpty { result.append(UInt8(ascii: " ")) }
      let quoted = quoted(word)
      if result.isEmpty, quoted.first != quote, quoted.contains(UInt8(ascii: "=")) {
        result += [quote] + quoted + [quote]
      } else {
        result += quoted
      }
    }
    return result
  }

  private static let quote = UInt8(ascii: "'")
  private static let closedQuote = Array("'\\''".utf8)

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "="),
      UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
