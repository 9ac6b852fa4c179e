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
    let (statements, parser) = Parser.read(text)
    guard !parser.lacksDefinitions else { throw Problems(sorting: parser.problems) }
    var checker = Checker()
    checker.check(statements)
    let problems = parser.problems + checker.problems
    guard problems.isEmpty else { throw Problems(sorting: problems) }
    guard !checker.interface.entries.isEmpty else {
      throw Problems([Problem(Place(line: 1, column: 1), "there is no kind in this file")])
    }
    self = checker.interface
  }

  init() {}
}
