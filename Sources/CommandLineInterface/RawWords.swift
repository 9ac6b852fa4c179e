internal import Glibc

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
}
