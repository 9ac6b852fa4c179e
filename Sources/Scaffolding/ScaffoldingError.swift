/// Why nothing was made.
package struct ScaffoldingError: Error, Equatable, Sendable {
  package enum Kind: Sendable {
    case badName
    /// Something is there already.
    case occupied
    /// What is there can not be replaced.
    case obstructed
    /// There is nothing to bring up to date.
    case noCopy
    /// The system says no.
    case cannotWrite
    /// The user has ended it.
    case interrupted
  }

  package var kind: Kind
  package var message: String
  /// What the system says.
  package var cause: String?

  static let interrupted = ScaffoldingError(.interrupted, "interrupted: nothing was changed")

  package init(_ kind: Kind, _ message: String, cause: String? = nil) {
    self.kind = kind
    self.message = message
    self.cause = cause
  }
}
