internal import CPosix
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
  /// How many functions run when the file is loaded (DT_INIT_ARRAY).
  package internal(set) var initializerCount = 0
  /// How many run when the process ends by `exit`.
  package internal(set) var finalizerCount = 0
  /// Thread-local storage that each thread gets, in bytes.
  package internal(set) var threadLocalSize: UInt64 = 0
  /// The stack that the file wishes for, in bytes; 0: it does not say.
  package internal(set) var stackSize: UInt64 = 0
  /// What the linker has made of the contents (NT_GNU_BUILD_ID); empty: there is none.
  package internal(set) var buildID: [UInt8] = []
  /// Symbols that another library must define.
  package internal(set) var undefined = SymbolNames()
  /// Symbols that are NULL where no library defines them.
  package internal(set) var weakUndefined = SymbolNames()
  /// The newest version of the C library that a symbol asks for.
  package internal(set) var libcVersion: LibraryVersion?
  /// What a library defines; empty for a plugin.
  var definitions = SymbolNames()
  /// The texts of the manifest notes.
  package internal(set) var manifests: [[UInt8]] = []

  /// What a file is read as.
  enum Role { case plugin, library }

  /// A library may be a program as well, as the C library is; of its symbols only those that it defines are kept.
  let role: Role

  /// Reads an open file.
  init(_ file: borrowing PluginFile, as role: Role = .plugin) throws(ELFError) {
    try self.init(.descriptor(file.descriptor, size: file.stamp.size), role)
  }

  /// Reads a file that is in memory.
  package init(bytes: [UInt8]) throws(ELFError) {
    try self.init(.memory(bytes), .plugin)
  }

  private init(_ source: ByteSource, _ role: Role) throws(ELFError) {
    self.role = role
    try readHeaders(source)
    try readNotes(source)
    try readDynamic(source)
  }

  /// Nothing has been read.
  init() { role = .plugin }
}

/// Names of symbols, in one piece of memory: a library can have thousands, which mostly nobody looks at.
package struct SymbolNames: Hashable, Sendable {
  /// Each ends with a NUL.
  private(set) var bytes: [UInt8] = []
  package private(set) var count = 0

  init() {}

  /// All at once: an array gives a hasher one element after the other.
  package func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

  /// `bytes` are as `bytes` of others; nil when they are not.
  init?(bytes: [UInt8]) {
    guard bytes.isEmpty || bytes.last == 0 else { return nil }
    self.bytes = bytes
    count = bytes.count { $0 == 0 }
  }

  mutating func append(_ name: ArraySlice<UInt8>) {
    bytes += name
    bytes.append(0)
    count += 1
  }

  package var names: [String] {
    bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Of all of them.
  var hashes: Set<UInt64> {
    var hashes = Set<UInt64>(minimumCapacity: count)
    forEach { hashes.insert($1) }
    return hashes
  }

  /// Calls `body` with each name that is not empty and its hash, FNV-1a: who makes two names that are alike only hides a mistake of his own plugin from a
  /// search among them, not from the loader.
  func forEach(_ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for (place, byte) in bytes.enumerated() {
        if byte != 0 {
          hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
          continue
        }
        if start < place { body(UnsafeBufferPointer(rebasing: bytes[start..<place]), hash) }
        start = place + 1
        hash = 0xCBF2_9CE4_8422_2325
      }
    }
  }
}

/// A dotted version such as 2.36.
package struct LibraryVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let parts: [Int]

  /// Reads "2.36" or "2.2.5".
  package init?(_ text: some StringProtocol) {
    var parts: [Int] = []
    var part: Int?
    for byte in text.utf8 {
      if byte == UInt8(ascii: ".") {
        guard let number = part else { return nil }
        parts.append(number)
        part = nil
      } else {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        let (tens, isLarge) = (part ?? 0).multipliedReportingOverflow(by: 10)
        let (number, isLarger) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
        if isLarge || isLarger { return nil }
        part = number
      }
    }
    guard let number = part else { return nil }
    self.parts = parts + [number]
  }

  /// Of the C library of this process.
  static let running = LibraryVersion(String(cString: cposix_plugin_libc_version()))

  package static func < (left: Self, right: Self) -> Bool {
    left.parts.lexicographicallyPrecedes(right.parts)
  }

  package var description: String { parts.map(String.init).joined(separator: ".") }
}
