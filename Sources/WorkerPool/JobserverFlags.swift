/// What MAKEFLAGS says about a jobserver.
package struct JobserverFlags: Equatable {
  package enum Address: Equatable {
    case descriptors(read: Int32, write: Int32)
    case fifo(String)
    /// It is meant to be one, and is none that we know.
    case unknown(String)
  }

  package var address: Address
  private var words: [String]

  private static let options = ["--jobserver-auth=", "--jobserver-fds="]

  /// Nil: make has no jobserver.
  package init?(_ flags: String) {
    var found: String?
    words = []
    var isBeforeVariables = true
    for word in flags.split(separator: " ").map(String.init) {
      // Definitions of variables follow, which may hold anything.
      if word == "--" { isBeforeVariables = false }
      if isBeforeVariables, let option = Self.options.first(where: { word.hasPrefix($0) }) {
        // The last one counts.
        found = String(word.dropFirst(option.count))
      } else if !isBeforeVariables || !Self.isLimit(word) {
        words.append(word)
      }
    }
    guard let found else { return nil }
    if found.hasPrefix("fifo:") {
      address = .fifo(String(found.dropFirst(5)))
    } else {
      let numbers = found.split(separator: ",", omittingEmptySubsequences: false).map { Int32($0) }
      if numbers.count == 2, let read = numbers[0], let write = numbers[1] {
        address = .descriptors(read: read, write: write)
      } else {
        address = .unknown(found)
      }
    }
  }

  /// `-j` or `-j4`: that of another make.
  private static func isLimit(_ word: String) -> Bool {
    word.hasPrefix("-j") && word.dropFirst(2).allSatisfy(\.isNumber)
  }

  /// The flags of a process that has no jobserver.
  package var textWithout: String {
    (words.first?.hasPrefix("-") == true ? " " : "") + words.joined(separator: " ")
  }

  /// The same flags for a process that finds the jobserver there. The old name of the option is for makes before 4.2.
  package func text(at address: String) -> String { Self.text(words, at: address) }

  package static func text(_ words: [String] = [], at address: String) -> String {
    let isPipe = !address.hasPrefix("fifo:")
    let own = ["-j"] + (isPipe ? ["--jobserver-fds=\(address)"] : []) + ["--jobserver-auth=\(address)"]
    // The first word of MAKEFLAGS without a dash is single letters; variables come last.
    let end = words.firstIndex(of: "--") ?? words.count
    let letters = words.first.map { !$0.hasPrefix("-") && !$0.contains("=") } == true ? 1 : 0
    let all = words[..<min(letters, end)] + own + words[min(letters, end)...]
    return (letters == 0 ? " " : "") + all.joined(separator: " ")
  }
}
