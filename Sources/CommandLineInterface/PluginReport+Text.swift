internal import TaskHost

/// What was shown of the verdicts on one file: of most files it is the same.
struct VerdictLines: ~Copyable {
  private var verdicts: PluginReport.Verdicts?
  private var shown = ByteBuffer(capacity: 4096)

  /// Of `verdicts`, to be made by `body` if they are not those of the last file.
  mutating func of(
    _ verdicts: PluginReport.Verdicts, _ body: (inout ByteBuffer, [PluginReport.Verdict]) -> Void
  ) -> UnsafeBufferPointer<UInt8> {
    if verdicts !== self.verdicts {
      shown.truncate(to: 0)
      body(&shown, verdicts.list)
      self.verdicts = verdicts
    }
    return shown.bytes
  }
}

/// What `plugin inspect` shows.
extension ByteBuffer {
  mutating func append(text report: PluginReport, _ lines: inout VerdictLines) {
    append(escaped: report.path)
    append(0x0A)
    if let manifest = report.manifest { append(rowsOf: manifest, abi: report.abiRange ?? "") }
    if let size = report.size {
      row("size") {
        $0.append(decimal: size)
        $0.append(" bytes")
      }
    }
    if let digest = report.digest { row("SHA-256", digest) }
    if let contents = report.contents { append(rowsOf: contents) }
    append(lines.of(report.verdicts) { for verdict in $1 { $0.append(verdict) } })
    append(report.isRefused ? "  It is refused, " : "  It may be loaded, ")
    append(report.found == "--plugin" ? "as a file that is named with --plugin.\n" : "as a file of ")
    if report.found != "--plugin" {
      append(escaped: report.found)
      append(".\n")
    }
  }

  private mutating func append(rowsOf manifest: PluginManifest, abi: String) {
    row("kind") {
      $0.append(escaped: manifest.name)
      $0.append(0x20)
      $0.append(escaped: manifest.version)
      $0.append(" (")
      $0.append(escaped: manifest.id)
      $0.append(")")
    }
    row("summary", manifest.summary)
    row("wire", manifest.wire)
    row("ABI", abi)
    row("flags", manifest.flags.isEmpty ? "none" : manifest.flags.joined(separator: ", "))
    for option in manifest.options {
      let value = option.standard.map { ", default \($0)" } ?? ""
      row("option", "\(option.key) (\(option.type)\(value))\(option.help.isEmpty ? "" : ": \(option.help)")")
    }
    row("needs", manifest.needs.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
    row("limits", manifest.limits.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
    row("licence", manifest.license)
    row("homepage", manifest.homepage)
    row("made with", manifest.sdk)
  }

  private mutating func append(rowsOf contents: PluginReport.Contents) {
    row("build id", contents.buildID)
    let libraries = contents.libraries.map {
      contents.missingLibraries.contains($0) ? "\($0) (not found)" : $0
    }
    row("libraries", libraries.isEmpty ? "none" : libraries.joined(separator: ", "))
    row("run path", contents.runPath.joined(separator: ":"))
    row("exports", contents.exports.isEmpty ? "none" : Self.some(contents.exports))
    let missing = contents.missingSymbols.map { $0.isEmpty ? "all found" : "not found: \(Self.some($0))" }
    row("undefined") {
      $0.append(decimal: UInt64(clamping: contents.undefined + contents.weakUndefined))
      $0.append(" symbols, ")
      $0.append(decimal: UInt64(clamping: contents.weakUndefined))
      $0.append(" of them weak; ")
      $0.append(escaped: missing ?? "not all libraries could be read")
    }
    row("C library") {
      $0.append(escaped: contents.libc ?? "any")
      if contents.libc != nil { $0.append(" or newer") }
    }
    row("on loading") {
      $0.append(decimal: UInt64(clamping: contents.initializers))
      $0.append(contents.initializers == 1 ? " function runs" : " functions run")
    }
    if contents.threadLocalBytes > 0 || contents.isThreadLocalStatic {
      row(
        "each thread", "\(contents.threadLocalBytes) bytes\(contents.isThreadLocalStatic ? ", static" : "")")
    }
    if contents.isStackExecutable || contents.stackBytes > 0 {
      row(
        "stack",
        (contents.stackBytes > 0 ? "\(contents.stackBytes) bytes, " : "")
          + (contents.isStackExecutable ? "executable" : "not executable"))
    }
  }

  private static func some(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
  }

  /// Nothing is shown of what there is not.
  private mutating func row(_ name: StaticString, _ value: String) {
    if value.isEmpty { return }
    row(name) { $0.append(escaped: value) }
  }

  private mutating func row(_ name: StaticString, _ value: (inout ByteBuffer) -> Void) {
    append("  ")
    append(name)
    append(repeating: 0x20, count: 12 - name.utf8CodeUnitCount)
    value(&self)
    append(0x0A)
  }

  private mutating func append(_ verdict: PluginReport.Verdict) {
    append("  ")
    append(verdict.rule)
    switch verdict.result {
    case .passed: append(" ok       ")
    case .warning: append(" warning  ")
    case .broken: append(" broken   ")
    case .unchecked: append(" -        ")
    }
    append(verdict.title)
    if !verdict.remark.isEmpty {
      append(": ")
      append(verdict.remark)
    }
    append(0x0A)
    for finding in verdict.findings {
      append("      found ")
      append(escaped: finding.found)
      append("; expected ")
      append(escaped: finding.expected)
      append(". ")
      append(escaped: finding.cure)
      append(0x0A)
    }
  }
}
