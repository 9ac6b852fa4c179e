internal import Conformance

/// Calls of hooks as text for people.
extension ByteBuffer {
  /// What came of a call.
  mutating func append(_ report: CallReport, _ hook: CallableHook) {
    append("\(hook.id): \(Self.result(report, hook)), ")
    if report.nanoseconds.count > 1 {
      let sorted = report.nanoseconds.sorted()
      append("\(sorted.count) times, min ")
      append(milliseconds: sorted[0])
      append(", median ")
      append(milliseconds: sorted[sorted.count / 2])
      if report.differing > 0 { append(", \(report.differing) times with another result") }
    } else {
      append(milliseconds: report.nanoseconds.first ?? 0)
    }
    append(0x0A)
    if let message = report.message { append("message", shown: message) }
    for output in report.outputs {
      if let bytes = output.bytes {
        append("\(output.name)\(Self.size(bytes))", shown: bytes)
      } else {
        append("  \(output.name) (\(output.items.count == 1 ? "1 item" : "\(output.items.count) items"))\n")
        for (index, item) in output.items.enumerated() {
          append("  \(index + 1)\(Self.size(item))", shown: item)
        }
      }
    }
    for diagnostic in report.diagnostics { append(diagnostic) }
    for bytes in report.feedback { append("feedback\(Self.size(bytes))", shown: bytes) }
    if let progress = report.progress { append("  progress: \(progress.done) of \(progress.total)\n") }
    for count in report.counts {
      append("  count: \(count.passed) passed, \(count.pending) pending, \(count.failed) failed\n")
    }
    for print in report.printed {
      append("print to \(print.stream)\(Self.size(print.bytes))", shown: print.bytes)
    }
    for problem in report.problems {
      append("  broken rule: ")
      append(escaped: "\(hook.name) \(problem)")
      append(0x0A)
    }
  }

  private static func result(_ report: CallReport, _ hook: CallableHook) -> String {
    switch hook.result {
    case .status: StatusNames.of(Int32(truncatingIfNeeded: report.value))
    case .none: "returned"
    case .number: "\(report.value)"
    case .table: report.value == 0 ? "NULL" : "a table"
    }
  }

  private static func size(_ bytes: [UInt8]) -> String {
    bytes.count == 1 ? " (1 byte)" : " (\(bytes.count) bytes)"
  }

  /// "0.012345 ms".
  private mutating func append(milliseconds nanoseconds: UInt64) {
    append(decimal: nanoseconds / 1_000_000)
    append(".")
    append(decimal: nanoseconds % 1_000_000, width: 6)
    append(" ms")
  }

  /// Text as text, other bytes as hexadecimal digits; not without end.
  private mutating func append(_ name: String, shown bytes: [UInt8]) {
    append("  \(name): ")
    bytes.withUnsafeBufferPointer { bytes in
      let isText = UTF8Scalar.isValid(bytes) && bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A || $0 == 0x09 }
      let most = isText ? 4096 : 64
      let shown = UnsafeBufferPointer(rebasing: bytes.prefix(most))
      if isText {
        append(escaped: shown)
      } else {
        append("hex:")
        for byte in shown {
          append(HexDigit.lower(byte >> 4))
          append(HexDigit.lower(byte & 15))
        }
      }
      if bytes.count > most { append("...") }
    }
    append(0x0A)
  }

  private mutating func append(_ diagnostic: CallReport.Diagnostic) {
    append("  \(Self.severity(diagnostic.severity)): ")
    if !diagnostic.file.isEmpty {
      diagnostic.file.withUnsafeBufferPointer { append(escaped: $0) }
      if diagnostic.line > 0 { append(":\(diagnostic.line)") }
      if diagnostic.line > 0, diagnostic.column > 0 { append(":\(diagnostic.column)") }
      append(": ")
    }
    if !diagnostic.label.isEmpty {
      diagnostic.label.withUnsafeBufferPointer { append(escaped: $0) }
      append(": ")
    }
    diagnostic.message.withUnsafeBufferPointer { append(escaped: $0) }
    append(0x0A)
  }

  static func severity(_ severity: UInt32) -> String {
    let names = ["note", "warning", "incomplete", "failed", "limit", "error"]
    return severity < names.count ? names[Int(severity)] : "severity \(severity)"
  }

  /// What the process has printed.
  mutating func append(written bytes: [UInt8]) {
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      append("  output: ")
      append(escaped: String(line))
      append(0x0A)
    }
  }

  /// Each call of a hook on a line, in order.
  mutating func append(
    _ calls: (first: [TracedCall], omitted: Int, last: [TracedCall]), indent: Int
  ) {
    for call in calls.first { append(call, indent) }
    if calls.omitted > 0 {
      append(repeating: 0x20, count: indent)
      append("call: ... \(calls.omitted) more ...\n")
    }
    for call in calls.last { append(call, indent) }
  }

  private mutating func append(_ call: TracedCall, _ indent: Int) {
    append(repeating: 0x20, count: indent)
    append("call: ")
    if call.hook.isEmpty {
      append(escaped: call.arguments)
      append(0x0A)
      return
    }
    append(escaped: call.hook)
    append("(")
    append(escaped: call.arguments)
    append(")")
    if let result = call.result {
      if !result.isEmpty { append(" = \(result)") }
      if !call.outputs.isEmpty {
        append(", ")
        append(escaped: call.outputs)
      }
      append(", ")
      append(milliseconds: call.nanoseconds)
    } else {
      append(" has not returned")
    }
    append(0x0A)
  }

  mutating func append(listing hook: CallableHook, isSet: Bool) {
    append(hook.id)
    append(repeating: 0x20, count: max(1, 40 - hook.id.utf8.count))
    append(isSet ? "set      " : "not set  ")
    append(hook.signature)
    if hook.isDeclared { append(", at offset \(hook.offset) by the manifest") }
    append(0x0A)
  }
}
