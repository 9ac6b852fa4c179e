/// Where a signature is wrong.
package struct SignatureError: Error, Hashable, Sendable {
  /// From 1, in bytes.
  package var column: Int
  package var found: String
  package var expected: String
}

extension HookSignature {
  private static let mostParameters = 16
  /// More than what manifests may have: written again, a signature can be longer than it was.
  private static let longest = 1024

  /// Reads `RESULT [NAME] ( KIND [NAME], ... )`; the name of the hook may be left out.
  package static func read(_ text: String) throws(SignatureError) -> (name: String?, signature: HookSignature)
  {
    var reader = try SignatureReader(text, longest: longest)
    let word = try reader.word("a result: \(Result.allCases.map(\.rawValue).joined(separator: ", "))")
    guard let result = Result(rawValue: word.text) else {
      throw SignatureError(
        column: word.column, found: "'\(word.text)'",
        expected: "a result: \(Result.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let name = reader.wordIfAny()?.text
    try reader.take("(", or: "'('")
    var signature = HookSignature(result: result, parameters: [])
    if !reader.takeIfThere(")") {
      while true {
        try signature.readParameter(&reader)
        if reader.takeIfThere(")") { break }
        try reader.take(",", or: "',' or ')'")
      }
    }
    try reader.end()
    return (name, signature)
  }

  private mutating func readParameter(_ reader: inout SignatureReader) throws(SignatureError) {
    let first = try reader.word("a kind of argument")
    guard parameters.count < Self.mostParameters else {
      throw SignatureError(
        column: first.column, found: "argument \(parameters.count + 1)",
        expected: "at most \(Self.mostParameters)")
    }
    var text = first.text
    if text == "new" { text += " \(try reader.word("queue, worker or session").text)" }
    if reader.takeIfThere("?") { text += "?" }
    guard let kind = Kind(rawValue: text) else {
      throw SignatureError(
        column: first.column, found: "'\(text)'",
        expected: "one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let name = reader.wordIfAny()
    let parameter = Parameter(kind: kind, name: name?.text ?? Self.defaultName(kind))
    func refuse(_ found: String, _ expected: String) -> SignatureError {
      SignatureError(column: name?.column ?? first.column, found: found, expected: expected)
    }
    if parameters.contains(where: { $0.name == parameter.name }) {
      throw refuse("a second '\(parameter.name)'", "another name for each argument")
    }
    if kind.isState, parameters.contains(where: { $0.kind == kind }) {
      throw refuse("a second \(kind.rawValue)", "one at most")
    }
    // What is left out is found at the end of what is given.
    if kind.isInput, let last = inputs.last, last.kind == .optionalBytes || last.kind == .words {
      throw refuse("an input behind \(last.kind.rawValue)", "\(last.kind.rawValue) as the last input")
    }
    parameters.append(parameter)
  }
}

extension HookSignature.Kind {
  /// There is one of it in a call.
  fileprivate var isState: Bool {
    switch self {
    case .host, .call, .queue, .worker, .session, .newQueue, .newWorker, .newSession: true
    default: false
    }
  }
}

/// Words and marks of a signature, with their columns.
private struct SignatureReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String, longest: Int) throws(SignatureError) {
    bytes = Array(text.utf8)
    guard bytes.count <= longest else {
      throw SignatureError(
        column: longest + 1, found: "\(bytes.count) bytes", expected: "at most \(longest)")
    }
  }

  private mutating func skipSpace() {
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
  }

  private func error(_ expected: String) -> SignatureError {
    let found: String
    if position >= bytes.count {
      found = "the end"
    } else if (0x21...0x7E).contains(bytes[position]) {
      found = "'\(Character(Unicode.Scalar(bytes[position])))'"
    } else {
      found = "byte 0x\(String(bytes[position], radix: 16))"
    }
    return SignatureError(column: position + 1, found: found, expected: expected)
  }

  mutating func wordIfAny() -> (text: String, column: Int)? {
    skipSpace()
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      guard isLetter || isDigit && position > start else { break }
      position += 1
    }
    guard position > start else { return nil }
    return (String(decoding: bytes[start..<position], as: UTF8.self), start + 1)
  }

  mutating func word(_ expected: String) throws(SignatureError) -> (text: String, column: Int) {
    guard let word = wordIfAny() else { throw error(expected) }
    return word
  }

  mutating func takeIfThere(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  mutating func take(_ mark: Unicode.Scalar, or expected: String) throws(SignatureError) {
    guard takeIfThere(mark) else { throw error(expected) }
  }

  mutating func end() throws(SignatureError) {
    skipSpace()
    guard position == bytes.count else { throw error("the end") }
  }
}
