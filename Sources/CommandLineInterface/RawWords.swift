internal import Glibc
internal import TaskHost

/// The bytes of words. The parser has texts, in which what is not UTF-8 has become something else: a file of that name would not be
/// found.
enum RawWords {
  /// Those of this process; empty if all are UTF-8, as nearly always.
  static func arguments() -> [[UInt8]] {
    let all = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)).dropFirst()
      .compactMap { argument in
        argument.map { UnsafeRawBufferPointer(start: $0, count: strlen($0)) }
      }
    if all.allSatisfy({ String(validating: $0, as: UTF8.self) != nil }) { return [] }
    return all.map { Array($0) }
  }

  /// Words come in the order of the arguments; what stands between them are options.
  static func bytes(of words: [String], in arguments: [[UInt8]]) -> [[UInt8]] {
    var next = arguments.endIndex
    var found: [[UInt8]] = []
    for word in words.reversed() {
      let at = arguments[..<next].lastIndex { String(decoding: $0, as: UTF8.self) == word }
      if let at { next = at }
      found.append(at.map { arguments[$0] } ?? Array(word.utf8))
    }
    return found.reversed()
  }

  /// Those of one word, or value of an option, wherever it stands. Two that look the same as text can not be told apart.
  static func bytes(of word: String, in arguments: [[UInt8]]) throws(CommandFailure) -> [UInt8] {
    let found = meant(by: word, in: arguments)
    guard found.count < 2 else {
      throw .usage("\(found.count) arguments that are not UTF-8 look alike: '\(word)'; give them as hex:")
    }
    return found.first ?? Array(word.utf8)
  }

  /// Refuses those of the words that are not UTF-8.
  static func requireText(_ words: [String?], in arguments: [[UInt8]]) throws(CommandFailure) {
    if arguments.isEmpty { return }
    for word in words {
      guard let word, let raw = meant(by: word, in: arguments).first(where: { $0 != Array(word.utf8) }) else {
        continue
      }
      throw notText(raw)
    }
  }

  /// Refuses all that are not UTF-8.
  static func requireText(_ arguments: [[UInt8]]) throws(CommandFailure) {
    if let raw = arguments.first(where: { String(validating: $0, as: UTF8.self) == nil }) {
      throw notText(raw)
    }
  }

  private static func notText(_ raw: [UInt8]) -> CommandFailure {
    var shown = ByteBuffer(capacity: 64)
    raw.withUnsafeBufferPointer { shown.append(escaped: $0) }
    let text = String(decoding: shown.bytes, as: UTF8.self)
    return CommandFailure(
      RunError(
        .usage, "the argument '\(text)' is not UTF-8, and only words for a kind may be",
        hint: "a symbolic link can give a file of such a name another one"))
  }

  private static func meant(by word: String, in arguments: [[UInt8]]) -> Set<[UInt8]> {
    var found: Set<[UInt8]> = []
    for argument in arguments {
      let value = argument.firstIndex(of: UInt8(ascii: "=")).map { argument[($0 + 1)...] }
      for candidate in [argument[...], value ?? []] where String(decoding: candidate, as: UTF8.self) == word {
        found.insert(Array(candidate))
      }
    }
    return found
  }
}
