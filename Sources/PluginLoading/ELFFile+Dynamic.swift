internal import Glibc

extension ELFFile {
  /// The entries of the dynamic section. Of several with one tag the last counts, as it does for the loader.
  struct Dynamic {
    var values: [Int64: UInt64] = [:]
    var needed: [UInt64] = []

    func has(_ tag: Tag) -> Bool { values[tag.rawValue] != nil }
    subscript(tag: Tag) -> UInt64? { values[tag.rawValue] }
  }

  enum Tag: Int64 {
    case needed = 1
    case hash = 4
    case stringTable = 5
    case symbolTable = 6
    case stringSize = 10
    case symbolSize = 11
    case rpath = 15
    case textRelocations = 22
    case initArraySize = 27
    case finiArraySize = 28
    case runPath = 29
    case flags = 30
    case gnuHash = 0x6fff_fef5
    case dependencyAudit = 0x6fff_fefb
    case audit = 0x6fff_fefc
    case flags1 = 0x6fff_fffb
    case versionsNeeded = 0x6fff_fffe
    case versionsNeededCount = 0x6fff_ffff
    case auxiliary = 0x7fff_fffd
    case filter = 0x7fff_ffff
  }

  private static let largestSection: UInt64 = 64 << 10
  private static let largestStrings: UInt64 = 64 << 20

  mutating func readDynamic(_ source: ByteSource) throws(ELFError) {
    let dynamic = try dynamicSection(source)
    if let flags = dynamic[.flags] {
      hasTextRelocations = flags & 0x4 != 0
      hasStaticTLS = flags & 0x10 != 0
    }
    if dynamic.has(.textRelocations) { hasTextRelocations = true }
    if let flags = dynamic[.flags1], flags & 0x0800_0000 != 0 {
      throw ELFError(
        rule: .sharedObject, offset: 0, found: "a position-independent executable",
        expected: "a shared object made with -shared")
    }
    initializerCount = Int(clamping: (dynamic[.initArraySize] ?? 0) / 8)
    finalizerCount = Int(clamping: (dynamic[.finiArraySize] ?? 0) / 8)
    for (tag, name) in [
      (Tag.audit, "DT_AUDIT"), (.dependencyAudit, "DT_DEPAUDIT"), (.filter, "DT_FILTER"),
      (.auxiliary, "DT_AUXILIARY"),
    ] where dynamic.has(tag) {
      auditTags.append(name)
    }
    guard let address = dynamic[.stringTable], let size = dynamic[.stringSize] else { return }
    let strings = try table(at: address, size, limit: Self.largestStrings, source, "the string table")
    for place in dynamic.needed { needed.append(try string(place, strings, "a library name")) }
    if let place = dynamic[.runPath] ?? dynamic[.rpath] {
      let text = try string(place, strings, "the run path")
      runPath = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }
    try readSymbols(dynamic, strings, source)
    try readVersions(dynamic, strings, source)
  }

  private func dynamicSection(_ source: ByteSource) throws(ELFError) -> Dynamic {
    let found = segments.filter { $0.type == UInt32(PT_DYNAMIC) }
    guard found.count == 1, let segment = found.first else {
      throw ELFError(
        rule: .programHeaders, offset: 0, found: "\(found.count) dynamic segments", expected: "one")
    }
    // The loader reads it in memory, so it must be the same bytes there.
    guard let place = location(of: segment.address), place.offset == segment.offset,
      place.available >= segment.fileSize
    else {
      throw ELFError(
        rule: .programHeaders, offset: segment.offset,
        found: "a dynamic segment whose address \(segment.address) is not at this byte",
        expected: "one inside a loaded segment")
    }
    let table = try source.read(
      segment.offset, segment.fileSize, limit: Self.largestSection, rule: .programHeaders,
      "the dynamic section")
    var dynamic = Dynamic()
    for place in stride(from: 0, to: table.bytes.count, by: 16) {
      let tag: Int64 = try table.require(place)
      if tag == 0 { return dynamic }
      let value: UInt64 = try table.require(place + 8)
      if tag == Tag.needed.rawValue { dynamic.needed.append(value) }
      dynamic.values[tag] = value
    }
    throw ELFError(
      rule: .programHeaders, offset: segment.offset, found: "a dynamic section without end",
      expected: "DT_NULL as its last entry")
  }

  /// Reads a table that the loader finds by its address.
  func table(
    at address: UInt64, _ size: UInt64, limit: UInt64, _ source: ByteSource, _ what: String
  ) throws(ELFError) -> ByteTable {
    guard let place = location(of: address), size <= place.available else {
      throw ELFError(
        rule: .programHeaders, offset: 0, found: "\(what) of \(size) bytes at address \(address)",
        expected: "one inside a loaded segment")
    }
    return try source.read(place.offset, size, limit: limit, rule: .programHeaders, what)
  }

  func string(_ place: UInt64, _ strings: ByteTable, _ what: String) throws(ELFError) -> String {
    guard let text = strings.text(place), let string = String(validating: text, as: UTF8.self) else {
      throw ELFError(
        rule: .programHeaders, offset: strings.offset, found: "\(what) at \(place) of the string table",
        expected: "UTF-8 text that ends inside the table")
    }
    return string
  }
}
