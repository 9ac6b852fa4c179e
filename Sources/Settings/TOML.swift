/// A value of a configuration file.
package enum TOMLValue: Equatable, Sendable {
  case string(String)
  case integer(Int64)
  case boolean(Bool)
  case strings([String])

  /// For messages.
  var found: String {
    switch self {
    case .string(let text): "'\(text)'"
    case .integer(let number): "\(number)"
    case .boolean(let isOn): isOn ? "true" : "false"
    case .strings(let texts): "[" + texts.map { "'\($0)'" }.joined(separator: ", ") + "]"
    }
  }
}

/// Where something stands in a file; both count from 1, columns in characters of Unicode.
package struct TextPosition: Equatable, Sendable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// One `key = value`.
package struct TOMLEntry: Equatable, Sendable {
  package var table: String
  package var key: String
  package var keyPosition: TextPosition
  package var value: TOMLValue
  package var position: TextPosition
}

/// What is no TOML, or beyond the part of it that is read here.
package struct TOMLError: Error, Equatable {
  package var position: TextPosition
  package var found: String
  package var expected: String
}
