internal import Glibc

/// Which functions of which files may be called. Each line: the path, its SHA-256, and symbols or `*`.
package struct AllowList: Sendable {
  package struct Line: Equatable, Sendable {
    package var path: String
    package var digest: String
    package var symbols: Set<String>
  }

  package private(set) var lines: [Line] = []

  /// Reads a list that nobody else could have written.
  package init(file path: String) throws(LibraryError) {
    guard let resolved = realpath(path, nil) else { throw .system("cannot find the list '\(path)'") }
    defer { free(resolved) }
    let file = try OpenFile(String(cString: resolved))
    try Trust.check(String(cString: resolved), file.status)
    guard file.size <= 16 << 20 else { throw LibraryError("the list '\(path)' is larger than 16 MiB") }
    try self.init(String(decoding: try file.read(file.size, at: 0), as: UTF8.self), name: path)
  }

  package init(_ text: String, name: String) throws(LibraryError) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
      if words.isEmpty { continue }
      guard words.count >= 3, words[0].hasPrefix("/"), words[1].utf8.count == 64,
        words[1].allSatisfy(\.isHexDigit)
      else {
        throw LibraryError(
          "\(name):\(index + 1):1: found '\(line)', expected an absolute path, a SHA-256, and symbols or *")
      }
      lines.append(Line(path: words[0], digest: words[1].lowercased(), symbols: Set(words[2...])))
    }
  }

  /// Nil, or why these symbols of the library may not be called.
  package func refusal(_ library: SharedObject, _ symbols: [String]) throws(LibraryError) -> String? {
    let digest = try library.digest()
    let wanted = symbols.sorted().joined(separator: " ")
    let line = "(a line that allows it: \(library.path) \(digest) \(wanted))"
    let known = lines.filter { $0.path == library.path }
    if known.isEmpty { return "'\(library.path)' is not in the list of what may be called \(line)" }
    let same = known.filter { $0.digest == digest }
    guard !same.isEmpty else {
      return "'\(library.path)' has the SHA-256 \(digest), the list says \(known[0].digest)"
    }
    let missing = symbols.filter { symbol in
      !same.contains { $0.symbols.contains("*") || $0.symbols.contains(symbol) }
    }
    if missing.isEmpty { return nil }
    return "the list does not allow \(missing.sorted().joined(separator: ", ")) of '\(library.path)' \(line)"
  }
}
