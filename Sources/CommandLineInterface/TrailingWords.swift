/// The words at the end of a long command line of `run` or `plugin inspect`. They are kept from the parser, whose time grows with the square of their
/// number: 20,000 files would take it seconds.
///
/// No option takes more than one value. So from the second argument behind the last one with a dash on, all are words.
struct TrailingWords {
  /// A command line with fewer goes to the parser as it is.
  static let many = 64

  /// What is for the parser.
  let arguments: [String]
  let words: ArraySlice<String>

  init(_ all: [String], many: Int = Self.many) {
    let takesWords = all.first == "run" || all.prefix(2) == ["plugin", "inspect"]
    let first = (all.lastIndex { $0.hasPrefix("-") } ?? 0) + 2
    guard takesWords, all.count - first > many else {
      arguments = all
      words = []
      return
    }
    arguments = Array(all[..<first])
    words = all[first...]
  }
}
