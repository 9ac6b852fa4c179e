/// Why a database has no verdict: something outside its proofs is illegal, or a file could not be read.
package struct LoadError: Error, Equatable, Sendable {
  package var file: String
  /// From 1; 0 when the error has no place in the text.
  package var line: Int
  package var column: Int
  /// The label of the statement at fault; empty when it has none.
  package var label: String
  package var message: String

  package init(file: String, line: Int, column: Int, label: String, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.label = label
    self.message = message
  }
}

/// The database has more symbols or hypotheses than 16 bits can tell apart.
struct NeedsWideSymbols: Error {}
