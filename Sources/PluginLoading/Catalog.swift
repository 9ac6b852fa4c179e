/// The kinds that a search path offers, found without running any of them.
package struct Catalog: Sendable {
  /// One plugin that may be loaded.
  package struct Entry: Sendable {
    package let path: String
    /// Which entry of the search path it was found in.
    package let source: SearchPath.Entry
    package let manifest: Manifest
    package let stamp: FileStamp
    package let warnings: [Refusal]
    /// The file that is loaded in place of this one.
    package internal(set) var shadowedBy: String?

    package var origin: SearchPath.Origin { source.origin }
  }

  /// A file that may not be loaded.
  package struct Refused: Sendable {
    package let path: String
    package let source: SearchPath.Entry
    /// Where the file has one that can be read.
    package let manifest: Manifest?
    /// At least one.
    package let errors: [Refusal]
    package let warnings: [Refusal]
  }

  /// All plugins that may be loaded, in search order; those with `shadowedBy` are passed over.
  package internal(set) var entries: [Entry] = []
  package internal(set) var refused: [Refused] = []
  /// What is odd about the search path itself, and which files are passed over.
  package internal(set) var warnings: [Refusal] = []

  /// The kinds that can be asked for.
  package var kinds: [Entry] { entries.filter { $0.shadowedBy == nil } }
}
