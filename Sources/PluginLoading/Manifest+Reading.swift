extension Manifest {
  private static let schema: Int64 = 1

  /// Reads the text of a manifest. Members that are not known are ignored.
  package init(text: some Sequence<UInt8>) throws(ManifestError) {
    let json: JSONValue
    do throws(JSONError) {
      json = try JSONReader.read(text)
    } catch {
      throw ManifestError(
        found: "\(error.found) in line \(error.line), column \(error.column) of the manifest",
        expected: error.expected)
    }
    let root = try Members(json, "the manifest")
    guard let schema = root.json["schema"] else { throw root.missing("schema", "\(Self.schema)") }
    guard schema == .integer(Self.schema) else {
      throw ManifestError(found: "schema \(schema)", expected: "schema \(Self.schema)")
    }
    id = try root.identifier("id", longest: 128)
    name = try root.identifier("name", longest: 64)
    version = try root.text("version", longest: 64)
    wire = try root.text("wire", longest: 128)
    summary = try root.optionalText("summary", longest: 1024) ?? ""
    license = root.note("license", longest: 128)
    homepage = root.note("homepage", longest: 1024)
    sdk = root.note("sdk", longest: 128)
    guard let abi = try root.object("abi") else { throw root.missing("abi", "an object") }
    guard let major = try abi.unsigned("major") else { throw abi.missing("major", "an integer") }
    abiMajor = UInt32(clamping: major)
    needsMinor = UInt32(clamping: try abi.unsigned("needs_minor") ?? 0)
    flags = try Self.flags(root)
    config = []
    for value in try root.array("config") { config.append(try Self.option(value)) }
    examples = try Self.examples(root)
    hooks = try Self.hooks(root)
    let needs = try root.object("needs")
    self.needs = Needs(
      network: try needs?.boolean("network"),
      filesystem: try needs?.optionalText("filesystem", longest: 64), spawn: try needs?.boolean("spawn"),
      threads: try needs?.boolean("threads"))
    let limits = try root.object("limits")
    self.limits = Limits(
      maxRequest: try limits?.unsigned("max_request"), maxResponse: try limits?.unsigned("max_response"),
      maxRSSMiB: try limits?.unsigned("max_rss_mib"))
  }

  private static func flags(_ root: Members) throws(ManifestError) -> KindFlags {
    var flags: KindFlags = []
    for value in try root.array("flags") {
      guard case .string(let name) = value else {
        throw ManifestError(found: "\(value.typeName) in \"flags\"", expected: "names of flags")
      }
      if let known = KindFlags.names.first(where: { $0.name == name }) { flags.insert(known.flag) }
    }
    return flags
  }

  private static func examples(_ root: Members) throws(ManifestError) -> [String] {
    var words: [String] = []
    for value in try root.array("examples") {
      guard case .string(let word) = value, !word.utf8.contains(0) else {
        throw ManifestError(found: "\(value.typeName) in \"examples\"", expected: "words, which are text")
      }
      words.append(word)
    }
    return words
  }

  private static func option(_ value: JSONValue) throws(ManifestError) -> Option {
    let members = try Members(value, "an item of \"config\"")
    let option = Option(
      key: try members.identifier("key", longest: 128), type: try members.identifier("type", longest: 32),
      defaultValue: members.json["default"],
      help: try members.optionalText("help", longest: 1024) ?? "")
    let fits =
      switch (option.type, option.defaultValue ?? .null) {
      case (_, .null), ("string", .string), ("int", .integer), ("bool", .bool), ("float", .number),
        ("float", .integer):
        true
      default: !["string", "int", "bool", "float"].contains(option.type)
      }
    guard fits else {
      throw ManifestError(
        found: "default \(option.defaultValue ?? .null) of the option \"\(option.key)\"",
        expected: "a value of type \(option.type)")
    }
    return option
  }
}

/// The members of one object of a manifest.
struct Members {
  let json: JSONValue
  let place: String

  init(_ json: JSONValue, _ place: String) throws(ManifestError) {
    guard case .object = json else {
      throw ManifestError(found: "\(json.typeName) as \(place)", expected: "an object")
    }
    self.json = json
    self.place = place
  }

  func missing(_ name: String, _ expected: String) -> ManifestError {
    ManifestError(found: "no \"\(name)\" in \(place)", expected: expected)
  }

  func wrong(_ name: String, _ value: JSONValue, _ expected: String) -> ManifestError {
    let shown = "\(value)"
    let text = shown.utf8.count <= 200 ? shown : value.typeName + " of \(shown.utf8.count) bytes"
    return ManifestError(found: "\(text) as \"\(name)\" in \(place)", expected: expected)
  }

  func optionalText(_ name: String, longest: Int) throws(ManifestError) -> String? {
    guard let value = json[name] else { return nil }
    guard case .string(let text) = value, text.utf8.count <= longest,
      !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else {
      throw wrong(name, value, "text of at most \(longest) bytes without control characters")
    }
    return text
  }

  /// What is only shown is no reason to refuse a plugin: what is no such text counts as empty.
  func note(_ name: String, longest: Int) -> String {
    do throws(ManifestError) { return try optionalText(name, longest: longest) ?? "" } catch { return "" }
  }

  func text(_ name: String, longest: Int) throws(ManifestError) -> String {
    guard let text = try optionalText(name, longest: longest) else { throw missing(name, "text") }
    guard !text.isEmpty else { throw wrong(name, .string(text), "text") }
    return text
  }

  /// Words that need no quotes in a shell and make no path.
  func identifier(_ name: String, longest: Int) throws(ManifestError) -> String {
    let text = try text(name, longest: longest)
    let isWord = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isWord, text.utf8.first != UInt8(ascii: "-"), text.utf8.first != UInt8(ascii: ".") else {
      throw wrong(
        name, .string(text), "letters, digits, '.', '-' and '_', beginning with a letter, a digit or '_'")
    }
    return text
  }

  func unsigned(_ name: String) throws(ManifestError) -> UInt64? {
    guard let value = json[name] else { return nil }
    guard case .integer(let number) = value, number >= 0 else {
      throw wrong(name, value, "an integer that is not negative")
    }
    return UInt64(number)
  }

  func boolean(_ name: String) throws(ManifestError) -> Bool? {
    guard let value = json[name] else { return nil }
    guard case .bool(let flag) = value else { throw wrong(name, value, "true or false") }
    return flag
  }

  func array(_ name: String) throws(ManifestError) -> [JSONValue] {
    guard let value = json[name] else { return [] }
    guard case .array(let values) = value else { throw wrong(name, value, "an array") }
    return values
  }

  func object(_ name: String) throws(ManifestError) -> Members? {
    guard let value = json[name] else { return nil }
    return try Members(value, "\"\(name)\"")
  }
}
