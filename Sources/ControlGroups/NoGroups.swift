/// Why there are no control groups here: at which path what was found, and what was expected.
package struct NoGroups: Error, Equatable, CustomStringConvertible {
  package var path: String
  package var found: String
  package var expected: String
  /// Of a call that was refused; 0: there was none.
  package var error: Int32

  package init(_ path: String, found: String, expected: String, error: Int32 = 0) {
    self.path = path
    self.found = found
    self.expected = expected
    self.error = error
  }

  package var description: String { "\(path): found \(found), expected \(expected)" }
}

/// What the kernel counts and limits for a group.
package enum Controller: String, CaseIterable, Sendable {
  case memory
  case pids
}
