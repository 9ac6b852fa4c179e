internal import TaskHost

/// As `docs/plugin-inspect.schema.json` says.
extension ByteBuffer {
  /// One item of `plugins`.
  mutating func append(json report: PluginReport, _ lines: inout VerdictLines) {
    append("{\"file\":")
    append(json: report.path)
    member("found", report.found)
    member("readable", report.isReadable)
    member("refused", report.isRefused)
    if let size = report.size { member("size", size) }
    if let digest = report.digest { member("sha256", digest) }
    if let manifest = report.manifest { append(json: manifest, abi: report.abiRange ?? "") }
    if let contents = report.contents { append(json: contents) }
    append(
      lines.of(report.verdicts) { buffer, verdicts in
        buffer.list("rules", verdicts) { $0.append(json: $1) }
      })
    append(0x7D)
  }

  private mutating func append(json verdict: PluginReport.Verdict) {
    append("{\"rule\":")
    append(json: verdict.rule)
    member("title", verdict.title)
    member("result", verdict.result.rawValue)
    if !verdict.remark.isEmpty { member("remark", verdict.remark) }
    list("findings", verdict.findings) { buffer, finding in
      buffer.append("{\"found\":")
      buffer.append(json: finding.found)
      buffer.member("expected", finding.expected)
      buffer.member("cure", finding.cure)
      buffer.append(0x7D)
    }
    append(0x7D)
  }

  private mutating func append(json manifest: PluginManifest, abi: String) {
    name("manifest")
    append("{\"id\":")
    append(json: manifest.id)
    member("name", manifest.name)
    member("version", manifest.version)
    member("wire", manifest.wire)
    member("abi", manifest.abi)
    member("abi_range", abi)
    member("summary", manifest.summary)
    list("flags", manifest.flags) { $0.append(json: $1) }
    append(options: manifest.options)
    name("needs")
    append(0x7B)
    for (index, need) in manifest.needs.enumerated() {
      if index > 0 { append(0x2C) }
      append(json: need.name)
      append(0x3A)
      if need.name == "filesystem" { append(json: need.value) } else { append(need.value) }
    }
    append(0x7D)
    name("limits")
    append(0x7B)
    for (index, limit) in manifest.limits.enumerated() {
      if index > 0 { append(0x2C) }
      append(json: limit.name)
      append(0x3A)
      append(decimal: limit.value)
    }
    append(0x7D)
    member("license", manifest.license)
    member("homepage", manifest.homepage)
    member("sdk", manifest.sdk)
    append(0x7D)
  }

  private mutating func append(json contents: PluginReport.Contents) {
    name("contents")
    append("{\"build_id\":")
    append(json: contents.buildID)
    list("libraries", contents.libraries) { $0.append(json: $1) }
    list("missing_libraries", contents.missingLibraries) { $0.append(json: $1) }
    list("run_path", contents.runPath) { $0.append(json: $1) }
    list("exports", contents.exports) { $0.append(json: $1) }
    member("undefined", contents.undefined)
    member("weak_undefined", contents.weakUndefined)
    if let missing = contents.missingSymbols { list("missing_symbols", missing) { $0.append(json: $1) } }
    member("initializers", contents.initializers)
    member("thread_local_bytes", contents.threadLocalBytes)
    member("thread_local_static", contents.isThreadLocalStatic)
    member("stack_bytes", contents.stackBytes)
    member("stack_executable", contents.isStackExecutable)
    if let libc = contents.libc { member("libc", libc) }
    append(0x7D)
  }
}
