internal import CTaskHost

extension ELFFile {
  private static let mostSymbols = 1 << 20
  private static let symbolSize = 24
  /// Linkers define these in every library.
  private static let linkerSymbols: Set<String> = ["_init", "_fini", "__bss_start", "_edata", "_end"]

  /// Looks at every dynamic symbol. Their number follows from the hash table, which the loader uses to look
  /// symbols up; the section headers may be stripped.
  mutating func readSymbols(
    _ dynamic: Dynamic, _ strings: ByteTable, _ source: ByteSource
  ) throws(ELFError) {
    guard let address = dynamic[.symbolTable] else { return }
    guard dynamic[.symbolSize] ?? UInt64(Self.symbolSize) == UInt64(Self.symbolSize) else {
      throw ELFError(
        rule: .programHeaders, offset: 0, found: "symbols of \(dynamic[.symbolSize] ?? 0) bytes",
        expected: "\(Self.symbolSize)")
    }
    let count = try symbolCount(dynamic, source)
    guard count <= Self.mostSymbols else {
      throw ELFError(
        rule: .programHeaders, offset: 0, found: "\(count) dynamic symbols",
        expected: "at most \(Self.mostSymbols)")
    }
    let table = try table(
      at: address, UInt64(count * Self.symbolSize), limit: UInt64(Self.mostSymbols * Self.symbolSize),
      source, "the symbol table")
    let entryName = Array(TH_ENTRY_SYMBOL.utf8)
    for index in 0..<count {
      let place = index * Self.symbolSize
      let info: UInt8 = try table.require(place + 4)
      let visibility: UInt8 = try table.require(place + 5, as: UInt8.self) & 3
      let isDefined = try table.require(place + 6, as: UInt16.self) != 0
      let binding = info >> 4
      guard binding != 0, let name = strings.text(UInt64(try table.require(place, as: UInt32.self))),
        !name.isEmpty
      else { continue }
      if role == .library {
        if isDefined, visibility == 0 || visibility == 3 { definitions.append(name) }
      } else if name.elementsEqual(entryName) {
        entry = Self.entry(isDefined, type: info & 15, binding: binding, visibility: visibility)
      } else if isDefined, visibility == 0 || visibility == 3 {
        let text = String(decoding: name, as: UTF8.self)
        if !Self.linkerSymbols.contains(text) { otherExports.append(text) }
      } else if !isDefined {
        if binding == 2 { weakUndefined.append(name) } else { undefined.append(name) }
      }
    }
  }

  private static func entry(
    _ isDefined: Bool, type: UInt8, binding: UInt8, visibility: UInt8
  ) -> EntrySymbol {
    if !isDefined { return .undefined }
    if type != 2 { return .unsuitable(type == 1 ? "a variable" : "a symbol of type \(type)") }
    if binding != 1 { return .unsuitable(binding == 2 ? "a weak function" : "binding \(binding)") }
    // Default or protected: a Swift library exports its functions as the latter.
    if visibility != 0, visibility != 3 { return .unsuitable("a function that is not visible outside") }
    return .function
  }

  private func symbolCount(_ dynamic: Dynamic, _ source: ByteSource) throws(ELFError) -> Int {
    if let address = dynamic[.gnuHash] { return try gnuHashCount(address, source) }
    guard let address = dynamic[.hash] else { return 0 }
    let header = try table(at: address, 8, limit: 8, source, "the hash table")
    return Int(try header.require(4, as: UInt32.self))
  }

  /// The table has no count: the symbols end with the chain of the last bucket.
  private func gnuHashCount(_ address: UInt64, _ source: ByteSource) throws(ELFError) -> Int {
    let header = try table(at: address, 16, limit: 16, source, "the hash table")
    let bucketCount: UInt32 = try header.require(0)
    let firstSymbol: UInt32 = try header.require(4)
    let bloomSize: UInt32 = try header.require(8)
    let bucketsAddress = address &+ 16 &+ UInt64(bloomSize) * 8
    let size = UInt64(bucketCount) * 4
    let buckets = try table(
      at: bucketsAddress, size, limit: UInt64(Self.mostSymbols * 4), source, "the hash buckets")
    var last: UInt32 = 0
    for index in 0..<Int(bucketCount) { last = max(last, try buckets.require(index * 4)) }
    guard last >= firstSymbol else { return Int(firstSymbol) }
    guard let chain = location(of: bucketsAddress &+ size &+ UInt64(last - firstSymbol) * 4) else {
      throw ELFError(
        rule: .programHeaders, offset: buckets.offset, found: "a hash chain outside the file",
        expected: "one inside a loaded segment")
    }
    let longest = min(chain.available, UInt64(Self.mostSymbols * 4)) / 4
    let links = try source.read(
      chain.offset, longest * 4, limit: UInt64(Self.mostSymbols * 4), rule: .programHeaders, "hash chain")
    for index in 0..<Int(longest) where try links.require(index * 4, as: UInt32.self) & 1 != 0 {
      return Int(last) + index + 1
    }
    throw ELFError(
      rule: .programHeaders, offset: chain.offset, found: "a hash chain without end",
      expected: "an end inside its segment")
  }
}
