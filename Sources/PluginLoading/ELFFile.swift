internal import CTaskHost

/// What an ELF shared object says about itself, read without running or mapping any of it.
///
/// All reads are bounded and all arithmetic is checked: the file may be anything.
package struct ELFFile: Sendable {
  package struct Segment: Hashable, Sendable {
    var type: UInt32
    var flags: UInt32
    var offset: UInt64
    var address: UInt64
    var fileSize: UInt64
    var memorySize: UInt64
    var alignment: UInt64
  }

  /// How the dynamic symbol table defines the entry function.
  package enum EntrySymbol: Hashable, Sendable {
    case missing
    case undefined
    /// Defined, but not as a global function that others see; the text says as what.
    case unsuitable(String)
    case function
  }

  package internal(set) var segments: [Segment] = []
  /// Libraries that the dynamic loader will load (DT_NEEDED).
  package internal(set) var needed: [String] = []
  /// Where it looks for them first (DT_RUNPATH, or DT_RPATH where there is none).
  package internal(set) var runPath: [String] = []
  package internal(set) var entry = EntrySymbol.missing
  /// Defined dynamic symbols other than the entry function and those of linkers.
  package internal(set) var otherExports: [String] = []
  package internal(set) var hasTextRelocations = false
  package internal(set) var hasStaticTLS = false
  package internal(set) var hasExecutableStack = false
  /// The tags of audit and filter libraries that are asked for.
  package internal(set) var auditTags: [String] = []
  /// How many functions run when the file is loaded.
  package internal(set) var initializerCount = 0
  /// How many run when the process ends by `exit`.
  package internal(set) var finalizerCount = 0
  /// The newest version of the C library that a symbol asks for.
  package internal(set) var libcVersion: LibraryVersion?
  /// The texts of the manifest notes.
  package internal(set) var manifests: [[UInt8]] = []

  /// Reads an open file.
  init(_ file: borrowing PluginFile) throws(ELFError) {
    try self.init(.descriptor(file.descriptor, size: file.stamp.size))
  }

  /// Reads a file that is in memory.
  package init(bytes: [UInt8]) throws(ELFError) {
    try self.init(.memory(bytes))
  }

  private init(_ source: ByteSource) throws(ELFError) {
    try readHeaders(source)
    try readNotes(source)
    try readDynamic(source)
  }
}

/// A dotted version such as 2.36.
package struct LibraryVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let parts: [Int]

  /// Reads "2.36" or "2.2.5".
  package init?(_ text: some StringProtocol) {
    var parts: [Int] = []
    for part in text.split(separator: ".", omittingEmptySubsequences: false) {
      guard let number = Int(part), number >= 0 else { return nil }
      parts.append(number)
    }
    self.parts = parts
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.parts.lexicographicallyPrecedes(right.parts)
  }

  package var description: String { parts.map(String.init).joined(separator: ".") }
}
