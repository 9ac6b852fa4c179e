/// A file of signatures that is sound in itself: what it names is there, and fits together.
package struct Interface: Sendable {
  package struct Library: Equatable, Sendable {
    /// A soname, or an absolute path.
    package var name: String
    package var place: Place
  }

  package struct Entry: Sendable {
    package var function: Function
    /// Of `libraries`.
    package var library: Int
    /// What frees the text that it returns.
    package var release: String?
    package var releasePlace: Place?
  }

  package internal(set) var libraries: [Library] = []
  package internal(set) var entries: [Entry] = []
  package internal(set) var layouts = Layouts()
  package internal(set) var callbacks: [String: Callback] = [:]
  /// By the name of calls.
  package internal(set) var numbers: [String: Int] = [:]

  /// Reads and checks a file.
  package init(reading text: some Sequence<UInt8>) throws(Problems) {
    try self.init(try Parser.parse(text))
  }

  package init(_ statements: [Statement]) throws(Problems) {
    var checker = Checker()
    checker.check(statements)
    guard checker.problems.isEmpty else {
      throw Problems(
        checker.problems.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) })
    }
    self = checker.interface
  }

  init() {}
}
