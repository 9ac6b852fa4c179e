internal import PluginLoading

extension ByteBuffer {
  /// `{"v":1,"kinds":[...],"refused":[...],"warnings":[...]}` and a line end.
  mutating func append(json catalog: Catalog) {
    append("{\"v\":1")
    list("kinds", catalog.entries) { buffer, entry in
      buffer.append("{\"file\":")
      buffer.append(json: entry.path)
      buffer.member("found", entry.origin.description)
      buffer.members(of: entry.manifest)
      if let winner = entry.shadowedBy { buffer.member("shadowed_by", winner) }
      buffer.list("warnings", entry.warnings) { $0.append(json: $1) }
      buffer.append(0x7D)
    }
    list("refused", catalog.refused) { buffer, refused in
      buffer.append("{\"file\":")
      buffer.append(json: refused.path)
      buffer.member("found", refused.source.origin.description)
      if let manifest = refused.manifest { buffer.members(of: manifest) }
      buffer.list("errors", refused.errors) { $0.append(json: $1) }
      buffer.list("warnings", refused.warnings) { $0.append(json: $1) }
      buffer.append(0x7D)
    }
    list("warnings", catalog.warnings) { $0.append(json: $1) }
    append("}\n")
  }

  mutating func list<Element>(
    _ name: StaticString, _ elements: [Element], _ body: (inout ByteBuffer, Element) -> Void
  ) {
    self.name(name)
    append(0x5B)
    for (index, element) in elements.enumerated() {
      if index > 0 { append(0x2C) }
      body(&self, element)
    }
    append(0x5D)
  }

  private mutating func members(of manifest: Manifest) {
    member("kind", manifest.name)
    member("id", manifest.id)
    member("version", manifest.version)
    member("abi", "\(manifest.abiMajor).\(manifest.needsMinor)")
    member("summary", manifest.summary)
    let flags = KindFlags.names.filter { manifest.flags.contains($0.flag) }.map(\.name)
    list("flags", flags) { $0.append(json: $1) }
    list("options", manifest.config) { buffer, option in
      buffer.append("{\"key\":")
      buffer.append(json: option.key)
      buffer.member("type", option.type)
      if let value = option.defaultValue {
        buffer.name("default")
        buffer.append(value.description)
      }
      buffer.member("help", option.help)
      buffer.append(0x7D)
    }
  }

  private mutating func append(json refusal: Refusal) {
    append("{\"file\":")
    append(json: refusal.file)
    member("rule", refusal.rule.id)
    member("title", refusal.rule.title)
    member("found", refusal.found)
    member("expected", refusal.expected)
    member("cure", refusal.cure)
    append(0x7D)
  }
}
