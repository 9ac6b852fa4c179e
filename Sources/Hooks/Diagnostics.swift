package import CTaskHost
package import Wire

extension DiagnosticMessage {
  /// Takes the texts out of the plugin's memory, at most 64 KiB of each.
  package init(_ diagnostic: th_diagnostic) {
    self.init(
      severity: UInt64(diagnostic.severity), line: UInt64(diagnostic.line), column: UInt64(diagnostic.column),
      step: diagnostic.step, file: diagnostic.file.text(), label: diagnostic.label.text(),
      message: diagnostic.message.text(), json: diagnostic.json.text())
  }
}
