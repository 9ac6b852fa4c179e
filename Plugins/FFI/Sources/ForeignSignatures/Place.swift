/// Where something stands: line and column from 1, the column in bytes.
package struct Place: Sendable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// Two signatures are the same wherever they are written.
extension Place: Equatable {
  package static func == (left: Place, right: Place) -> Bool { true }
}

/// Something that is wrong, and where.
package struct Problem: Sendable {
  package var place: Place
  package var message: String

  package init(_ place: Place, _ message: String) {
    self.place = place
    self.message = message
  }

  package init(_ place: Place, found: String, expected: String) {
    self.init(place, "found \(found), expected \(expected)")
  }

  /// As compilers write it.
  package func text(of file: String) -> String { "\(file):\(place.line):\(place.column): \(message)" }
}

/// All that is wrong with one text, in its order.
package struct Problems: Error {
  package var list: [Problem]

  package init(_ list: [Problem]) { self.list = list }

  init(sorting list: [Problem]) {
    self.list = list.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
  }
}
