internal import TaskHost

extension ByteBuffer {
  /// `{"v":1,"kinds":[...],"refused":[...],"warnings":[...]}` and a line end.
  mutating func append(json catalog: PluginCatalog) {
    append("{\"v\":1")
    list("kinds", catalog.entries) { buffer, entry in
      buffer.append("{\"file\":")
      buffer.append(json: entry.path)
      buffer.member("found", entry.found)
      buffer.members(of: entry.manifest)
      if let winner = entry.shadowedBy { buffer.member("shadowed_by", winner) }
      buffer.list("warnings", entry.warnings) { $0.append(json: $1) }
      buffer.append(0x7D)
    }
    list("refused", catalog.refused) { buffer, refused in
      buffer.append("{\"file\":")
      buffer.append(json: refused.path)
      buffer.member("found", refused.found)
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

  private mutating func members(of manifest: PluginManifest) {
    member("kind", manifest.name)
    member("id", manifest.id)
    member("version", manifest.version)
    member("abi", manifest.abi)
    member("summary", manifest.summary)
    list("flags", manifest.flags) { $0.append(json: $1) }
    append(options: manifest.options)
  }

  mutating func append(options: [PluginManifest.Option]) {
    list("options", options) { buffer, option in
      buffer.append("{\"key\":")
      buffer.append(json: option.key)
      buffer.member("type", option.type)
      if let value = option.standard {
        buffer.name("default")
        buffer.append(value)
      }
      buffer.member("help", option.help)
      buffer.append(0x7D)
    }
  }

  private mutating func append(json refusal: KindRefusal) {
    append("{\"file\":")
    append(json: refusal.file)
    member("rule", refusal.rule)
    member("title", refusal.title)
    member("found", refusal.found)
    member("expected", refusal.expected)
    member("cure", refusal.cure)
    append(0x7D)
  }
}
