/// The words of a command with replacement strings in them.
package struct Template: Equatable, Sendable {
  /// Which part of a path is put in.
  enum Form: Equatable, Sendable {
    case whole, withoutExtension, base, directory, baseWithoutExtension
  }

  enum Part: Equatable, Sendable {
    case text([UInt8])
    /// All arguments of the command.
    case all(Form)
    /// One argument, from 1; from the end where it is below 0.
    case one(Int, Form)
    case sequence
    case slot
  }

  /// How values are put in.
  package enum Mode: Equatable, Sendable {
    /// Each word is a word of the command, whatever is in it. Several values of one replacement string are several words.
    case words
    /// The words are joined by spaces and read by a shell; values are quoted for it.
    case shell
  }

  /// The parts of each word; in shell mode there is one word.
  let words: [[Part]]
  package let mode: Mode

  /// A template without any replacement string gets the arguments appended. An empty one, in shell mode, takes its arguments
  /// as they are: each is a command line.
  package init(_ words: some Sequence<some Sequence<UInt8>>, mode: Mode, appendsArguments: Bool = true) {
    var parsed = words.map { Self.parse(Array($0)) }
    takesLines = mode == .shell && parsed.isEmpty
    let hasReplacement = parsed.contains { $0.contains { if case .text = $0 { false } else { true } } }
    if !hasReplacement, appendsArguments { parsed.append([.all(.whole)]) }
    self.mode = mode
    switch mode {
    case .words: self.words = parsed
    case .shell: self.words = [Array(parsed.joined(separator: [.text([UInt8(ascii: " ")])]))]
    }
  }

  /// Its arguments are command lines of a shell.
  let takesLines: Bool

  /// The command's name, if no replacement string has part in it.
  package var fixedCommand: [UInt8]? {
    guard mode == .words, let first = words.first else { return nil }
    var name: [UInt8] = []
    for part in first {
      guard case .text(let text) = part else { return nil }
      name += text
    }
    return name
  }

  /// `{}`, `{.}`, `{/}`, `{//}`, `{/.}`, the same with a number in front, `{#}` and `{%}`. Other braces are text.
  static func parse(_ word: [UInt8]) -> [Part] {
    var parts: [Part] = []
    var text: [UInt8] = []
    var position = 0
    while position < word.count {
      if word[position] == UInt8(ascii: "{"),
        let end = word[position...].firstIndex(of: UInt8(ascii: "}")),
        let part = replacement(word[(position + 1)..<end])
      {
        if !text.isEmpty { parts.append(.text(text)) }
        text = []
        parts.append(part)
        position = end + 1
      } else {
        text.append(word[position])
        position += 1
      }
    }
    if !text.isEmpty { parts.append(.text(text)) }
    return parts
  }

  private static func replacement(_ inside: ArraySlice<UInt8>) -> Part? {
    if inside.elementsEqual([UInt8(ascii: "#")]) { return .sequence }
    if inside.elementsEqual([UInt8(ascii: "%")]) { return .slot }
    var rest = inside
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    var number: Int?
    while let digit = rest.first, digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") {
      number = min((number ?? 0) * 10 + Int(digit - UInt8(ascii: "0")), 1 << 30)
      rest.removeFirst()
    }
    if isNegative, number == nil { return nil }
    let form: Form
    switch String(decoding: rest, as: UTF8.self) {
    case "": form = .whole
    case ".": form = .withoutExtension
    case "/": form = .base
    case "//": form = .directory
    case "/.": form = .baseWithoutExtension
    default: return nil
    }
    guard let number, number != 0 else { return .all(form) }
    return .one(isNegative ? -number : number, form)
  }
}
