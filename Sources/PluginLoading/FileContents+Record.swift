// Contents as they are kept from one start to the next. A change here needs a new `ContentsCache.format`.
extension FileContents {
  func write(_ record: inout RecordWriter) {
    switch elf {
    case .failure(let error):
      record.add(false)
      record.add(error.rule.rawValue)
      record.add(error.offset)
      record.add(error.found)
      record.add(error.expected)
    case .success(let elf):
      record.add(true)
      elf.write(&record)
    }
    record.add(optional: manifest) { record, manifest in
      switch manifest {
      case .failure(let error):
        record.add(false)
        record.add(error.found)
        record.add(error.expected)
      case .success(let manifest):
        record.add(true)
        manifest.write(&record)
      }
    }
    record.add(optional: digest) { $0.add($1.bytes) }
  }

  /// As it is kept.
  package var record: [UInt8] {
    var record = RecordWriter()
    write(&record)
    return record.bytes
  }

  /// From what was kept; nil: it is no such record.
  package init?(record bytes: [UInt8]) {
    var record = RecordReader(bytes[...])
    do throws(RecordError) { try self.init(&record) } catch { return nil }
    if !record.isAtEnd { return nil }
  }

  /// Whether reading what is kept gives the same again.
  package func comesBack() -> Bool {
    let record = record
    return FileContents(record: record)?.record == record
  }

  init(_ record: inout RecordReader) throws(RecordError) {
    if try record.boolean() {
      elf = .success(try ELFFile(&record))
    } else {
      guard let rule = LoadRule(rawValue: try record.integer()) else { throw RecordError() }
      elf = .failure(
        ELFError(
          rule: rule, offset: try record.integer(), found: try record.text(), expected: try record.text()))
    }
    manifest = try record.optional { (record) throws(RecordError) in
      if try record.boolean() { return .success(try Manifest(&record)) }
      return .failure(ManifestError(found: try record.text(), expected: try record.text()))
    }
    digest = try record.optional { (record) throws(RecordError) in
      let bytes = try record.array()
      guard bytes.count == PluginDigest.length else { throw RecordError() }
      return PluginDigest(bytes: bytes)
    }
  }
}

extension ELFFile {
  fileprivate func write(_ record: inout RecordWriter) {
    record.add(needed) { $0.add($1) }
    record.add(runPath) { $0.add($1) }
    switch entry {
    case .missing: record.add(0 as UInt8)
    case .undefined: record.add(1 as UInt8)
    case .function: record.add(2 as UInt8)
    case .unsuitable(let what):
      record.add(3 as UInt8)
      record.add(what)
    }
    record.add(otherExports) { $0.add($1) }
    record.add(hasTextRelocations)
    record.add(hasStaticTLS)
    record.add(hasExecutableStack)
    record.add(auditTags) { $0.add($1) }
    record.add(Int64(initializerCount))
    record.add(Int64(finalizerCount))
    record.add(threadLocalSize)
    record.add(stackSize)
    record.add(buildID)
    record.add(undefined.bytes)
    record.add(weakUndefined.bytes)
    record.add(libcVersion?.description ?? "")
    record.add(manifests) { $0.add($1) }
  }

  fileprivate init(_ record: inout RecordReader) throws(RecordError) {
    self.init()
    needed = try record.list { (record) throws(RecordError) in try record.text() }
    runPath = try record.list { (record) throws(RecordError) in try record.text() }
    switch try record.integer(UInt8.self) {
    case 0: entry = .missing
    case 1: entry = .undefined
    case 2: entry = .function
    case 3: entry = .unsuitable(try record.text())
    default: throw RecordError()
    }
    otherExports = try record.list { (record) throws(RecordError) in try record.text() }
    hasTextRelocations = try record.boolean()
    hasStaticTLS = try record.boolean()
    hasExecutableStack = try record.boolean()
    auditTags = try record.list { (record) throws(RecordError) in try record.text() }
    initializerCount = Int(try record.integer(Int64.self))
    finalizerCount = Int(try record.integer(Int64.self))
    threadLocalSize = try record.integer()
    stackSize = try record.integer()
    buildID = try record.array()
    undefined = try Self.names(&record)
    weakUndefined = try Self.names(&record)
    let version = try record.text()
    libcVersion = version.isEmpty ? nil : LibraryVersion(version)
    manifests = try record.list { (record) throws(RecordError) in try record.array() }
  }

  private static func names(_ record: inout RecordReader) throws(RecordError) -> SymbolNames {
    guard let names = SymbolNames(bytes: try record.array()) else { throw RecordError() }
    return names
  }
}

extension Manifest {
  fileprivate func write(_ record: inout RecordWriter) {
    for text in [id, name, version, wire, summary, license, homepage, sdk] { record.add(text) }
    record.add(abiMajor)
    record.add(needsMinor)
    record.add(flags.rawValue)
    record.add(config) { record, option in
      record.add(option.key)
      record.add(option.type)
      record.add(optional: option.defaultValue) { $0.add($1.description) }
      record.add(option.help)
    }
    record.add(examples) { $0.add($1) }
    record.add(hooks) { record, hook in
      record.add(optional: hook.table) { $0.add($1) }
      record.add(hook.name)
      record.add(UInt32(clamping: hook.offset))
      record.add(hook.signature.description)
    }
    record.add(optional: needs.network) { $0.add($1) }
    record.add(optional: needs.filesystem) { $0.add($1) }
    record.add(optional: needs.spawn) { $0.add($1) }
    record.add(optional: needs.threads) { $0.add($1) }
    record.add(optional: limits.maxRequest) { $0.add($1) }
    record.add(optional: limits.maxResponse) { $0.add($1) }
    record.add(optional: limits.maxRSSMiB) { $0.add($1) }
  }

  fileprivate init(_ record: inout RecordReader) throws(RecordError) {
    id = try record.text()
    name = try record.text()
    version = try record.text()
    wire = try record.text()
    summary = try record.text()
    license = try record.text()
    homepage = try record.text()
    sdk = try record.text()
    abiMajor = try record.integer()
    needsMinor = try record.integer()
    flags = KindFlags(rawValue: try record.integer())
    config = try record.list { (record) throws(RecordError) in
      Option(
        key: try record.text(), type: try record.text(),
        defaultValue: try record.optional { (record) throws(RecordError) in try Self.value(&record) },
        help: try record.text())
    }
    examples = try record.list { (record) throws(RecordError) in try record.text() }
    hooks = try record.list { (record) throws(RecordError) in try Self.hook(&record) }
    needs = Needs(
      network: try record.optional { (record) throws(RecordError) in try record.boolean() },
      filesystem: try record.optional { (record) throws(RecordError) in try record.text() },
      spawn: try record.optional { (record) throws(RecordError) in try record.boolean() },
      threads: try record.optional { (record) throws(RecordError) in try record.boolean() })
    limits = Limits(
      maxRequest: try record.optional { (record) throws(RecordError) in try record.integer() },
      maxResponse: try record.optional { (record) throws(RecordError) in try record.integer() },
      maxRSSMiB: try record.optional { (record) throws(RecordError) in try record.integer() })
  }

  private static func hook(_ record: inout RecordReader) throws(RecordError) -> Hook {
    let table = try record.optional { (record) throws(RecordError) in try record.text() }
    let name = try record.text()
    let offset = Int(try record.integer(UInt32.self))
    let text = try record.text()
    do throws(SignatureError) {
      let signature = try HookSignature.read(text).signature
      return Hook(table: table, name: name, offset: offset, signature: signature, isDeclared: true)
    } catch {
      throw RecordError()
    }
  }

  private static func value(_ record: inout RecordReader) throws(RecordError) -> JSONValue {
    let text = try record.slice()
    do throws(JSONError) { return try JSONReader.read(text) } catch { throw RecordError() }
  }
}
