/// A command that starts workers: it stands before their own, and may put them somewhere else.
package struct Launcher: Sendable {
  package enum Passing: Sendable {
    /// It hands on all descriptors that it inherits, as a program does that ends in `exec`.
    case descriptors
    /// It hands on standard input, output and error, as a remote shell does.
    case standardStreams
  }

  /// Its file, then its arguments.
  package var words: [String]
  package var passes: Passing

  package init(words: [String], passes: Passing) {
    self.words = words
    self.passes = passes
  }
}
