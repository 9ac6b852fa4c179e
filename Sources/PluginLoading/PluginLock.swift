/// Which files the kinds of a project are: the text of `taskhost.lock`.
package struct PluginLock: Hashable, Sendable {
  package struct Pin: Hashable, Sendable {
    package var id: String
    package var name: String
    package var version: String
    /// The name of the file, for people: it may lie elsewhere on another machine.
    package var file: String
    package var digest: PluginDigest
    /// In hexadecimal; empty: the file has none.
    package var buildID: String

    package init(
      id: String, name: String, version: String, file: String, digest: PluginDigest, buildID: String
    ) {
      self.id = id
      self.name = name
      self.version = version
      self.file = file
      self.digest = digest
      self.buildID = buildID
    }
  }

  /// Where a text is no lock.
  package struct Malformed: Error, Hashable, Sendable {
    package var found: String
    package var expected: String
  }

  /// In the order of their ids, each once.
  package private(set) var pins: [Pin]

  package init(_ pins: [Pin] = []) {
    self.pins = []
    for pin in pins { set(pin) }
  }

  /// Pins this one in place of what there is for the same id.
  package mutating func set(_ pin: Pin) {
    pins.removeAll { $0.id == pin.id }
    pins.append(pin)
    pins.sort { $0.id < $1.id }
  }

  package func pin(of id: String) -> Pin? { pins.first { $0.id == id } }

  private static let revision: Int64 = 1

  /// Reads what `text` has written. Members that are not known are ignored.
  package init(text: String) throws(Malformed) {
    let json: JSONValue
    do throws(JSONError) {
      json = try JSONReader.read(text.utf8)
    } catch {
      throw Malformed(
        found: "\(error.found) in line \(error.line), column \(error.column)", expected: error.expected)
    }
    guard case .object = json else { throw Malformed(found: json.typeName, expected: "an object") }
    guard json["v"] == .integer(Self.revision) else {
      throw Malformed(
        found: json["v"].map { "\"v\":\($0)" } ?? "no \"v\"", expected: "\"v\":\(Self.revision)")
    }
    guard case .array(let items)? = json["plugins"] else {
      throw Malformed(
        found: json["plugins"].map { "\($0.typeName) as \"plugins\"" } ?? "no \"plugins\"",
        expected: "an array")
    }
    pins = []
    for (index, item) in items.enumerated() {
      func text(_ name: String) throws(Malformed) -> String {
        guard case .string(let text)? = item[name] else {
          throw Malformed(
            found: item[name].map { "\($0.typeName) as \"\(name)\"" } ?? "no \"\(name)\"",
            expected: "text in item \(index + 1) of \"plugins\"")
        }
        return text
      }
      let (id, digest) = (try text("id"), try text("sha256"))
      guard let bytes = PluginDigest(hex: digest) else {
        throw Malformed(
          found: "\"\(digest)\" as \"sha256\" of \(id)",
          expected: "\(2 * PluginDigest.length) hexadecimal digits")
      }
      guard pin(of: id) == nil else { throw Malformed(found: "\(id) twice", expected: "each kind once") }
      pins.append(
        Pin(
          id: id, name: try text("name"), version: try text("version"), file: try text("file"), digest: bytes,
          buildID: try text("build_id")))
    }
    pins.sort { $0.id < $1.id }
  }

  /// JSON with a line for each plugin, so that differences are easily read.
  package var text: String {
    let lines = pins.map { pin in
      "    "
        + JSONValue.object([
          .init("id", .string(pin.id)), .init("name", .string(pin.name)),
          .init("version", .string(pin.version)),
          .init("file", .string(pin.file)), .init("sha256", .string("\(pin.digest)")),
          .init("build_id", .string(pin.buildID)),
        ]).description
    }
    return "{\n  \"v\": \(Self.revision),\n  \"plugins\": [\n" + lines.joined(separator: ",\n")
      + (lines.isEmpty ? "" : "\n") + "  ]\n}\n"
  }
}

/// What a lock says of the plugin that is about to be loaded.
package struct PluginPins: Sendable {
  package var lock: PluginLock
  /// Where it was read, for messages.
  package var file: String
  /// A plugin that differs is refused; else it is only told.
  package var isRequired: Bool

  package init(lock: PluginLock, file: String, isRequired: Bool) {
    self.lock = lock
    self.file = file
    self.isRequired = isRequired
  }

  /// How the plugin differs from its pin (L19); nil: it does not.
  func difference(_ manifest: Manifest, _ digest: PluginDigest, path: String) -> Refusal? {
    guard let pin = lock.pin(of: manifest.id) else {
      return Refusal(
        file: path, rule: .digest, found: "the kind \(manifest.id), which has no pin in \(file)",
        expected: "a kind that is pinned",
        cure: "Run `taskhost plugin lock \(manifest.name)` if this is the file that is meant.")
    }
    if pin.digest == digest { return nil }
    return Refusal(
      file: path, rule: .digest, found: "version \(manifest.version), SHA-256 \(digest)",
      expected: "version \(pin.version), SHA-256 \(pin.digest), to which \(manifest.id) is pinned in \(file)",
      cure:
        "Install the pinned file, or run `taskhost plugin lock \(manifest.name)` after a look at the new one."
    )
  }
}
