/// The words at the end of a long command line of a command that takes any number of them. They are kept from the parser, whose time
/// grows with the square of their number: 20,000 files would take it seconds.
///
/// No option takes more than one value. So from the second argument behind the last one with a dash on, all are words.
struct TrailingWords {
  /// A command line with fewer goes to the parser as it is.
  static let many = 64

  /// What is for the parser.
  let arguments: [String]
  let words: ArraySlice<String>

  init(_ all: [String], many: Int = Self.many) {
    let takesWords =
      all.first == "run" || all.first == "plugin" && ["inspect", "call"].contains(all.dropFirst().first)
      // There, behind this word only.
      || all.prefix(2) == ["plugin", "check"] && all.contains("--")
    // Before the words of a hook there are the command, file and hook.
    let others = all.prefix(2) == ["plugin", "call"] ? 6 : 2
    let first = (all.lastIndex { $0.hasPrefix("-") } ?? 0) + others
    guard takesWords, all.count - first > many else {
      arguments = all
      words = []
      return
    }
    arguments = Array(all[..<first])
    words = all[first...]
  }
}
