/// How a proof that did not pass ended.
package enum Severity: UInt8, Sendable {
  /// The proof is wrong.
  case failed = 1
  /// The proof has a step `?`.
  case incomplete = 2
  /// Checking it would take more symbols than allowed.
  case limit = 3
}

/// A proof that did not pass, and why.
package struct ProofFailure: Equatable, Sendable {
  package var severity: Severity
  /// The number of the proof among those of the database, from 0.
  package var proof: Int
  package var file: String
  /// Where the step at fault is written, from 1.
  package var line: Int
  package var column: Int
  /// The theorem.
  package var label: String
  /// From 1, as metamath.exe counts: each label, each number of a compressed proof and each `?` is a step. 0 when no
  /// step is at fault.
  package var step: Int
  /// What the step applies; empty when it has no label.
  package var stepLabel: String
  package var cause: String
  /// The expression that was due and the one that came, cut to the width asked for; empty when there is none.
  package var expected: String
  package var found: String

  package init(
    severity: Severity, proof: Int, file: String, line: Int, column: Int, label: String, step: Int,
    stepLabel: String, cause: String, expected: String, found: String
  ) {
    self.severity = severity
    self.proof = proof
    self.file = file
    self.line = line
    self.column = column
    self.label = label
    self.step = step
    self.stepLabel = stepLabel
    self.cause = cause
    self.expected = expected
    self.found = found
  }
}

/// How many proofs ended how.
package struct Counts: Equatable, Sendable {
  package var ok = 0
  package var failed = 0
  package var incomplete = 0
  package var limit = 0
  /// False when the check was cancelled before its last proof.
  package var isComplete = true

  package init() {}

  package var total: Int { ok + failed + incomplete + limit }
}

/// What a check may use and how much it shows.
package struct CheckOptions: Equatable, Sendable {
  /// The most symbols that substitutions of one proof may write.
  package var maxSymbols = 16 << 20
  /// The most characters shown of an expression.
  package var width = 200

  package init() {}
}
