internal import Conformance

/// Calls of hooks as JSON, one object on a line.
extension ByteBuffer {
  mutating func append(json hook: CallableHook, isSet: Bool) {
    append("{\"event\":\"hook\"")
    member("hook", hook.id)
    member("set", isSet)
    member("signature", hook.signature)
    member("offset", hook.offset)
    member("declared", hook.isDeclared)
    append("}\n")
  }

  mutating func append(json outcome: PluginCall.Outcome, _ hook: CallableHook) {
    append("{\"event\":\"call\"")
    member("hook", hook.id)
    switch outcome.result {
    case .called(let report): append(json: report, hook)
    case .died(let text): member("died", text)
    case .impossible(let text): member("refused", text)
    }
    if !outcome.written.isEmpty { member("printed", String(decoding: outcome.written, as: UTF8.self)) }
    if let calls = outcome.calls { member(calls: calls) }
    append("}\n")
  }

  private mutating func append(json report: CallReport, _ hook: CallableHook) {
    if hook.result == .status { member("status", StatusNames.of(Int32(truncatingIfNeeded: report.value))) }
    if hook.result != .none { member("value", Int(report.value)) }
    let sorted = report.nanoseconds.sorted()
    member("times", sorted.count)
    member("min_ns", sorted.first ?? 0)
    member("median_ns", sorted.isEmpty ? 0 : sorted[sorted.count / 2])
    if report.differing > 0 { member("differing", report.differing) }
    if let message = report.message { member("message", String(decoding: message, as: UTF8.self)) }
    list("outputs", report.outputs) { buffer, output in
      buffer.append("{\"name\":")
      buffer.append(json: output.name)
      if let bytes = output.bytes {
        buffer.member(data: bytes)
      } else {
        buffer.list("items", output.items) { $0.object(data: $1) }
      }
      buffer.append("}")
    }
    list("diagnostics", report.diagnostics) { buffer, diagnostic in
      buffer.append("{\"severity\":\"\(Self.severity(diagnostic.severity))\"")
      buffer.member("file", String(decoding: diagnostic.file, as: UTF8.self))
      buffer.member("line", UInt64(diagnostic.line))
      buffer.member("column", UInt64(diagnostic.column))
      buffer.member("label", String(decoding: diagnostic.label, as: UTF8.self))
      buffer.member("message", String(decoding: diagnostic.message, as: UTF8.self))
      buffer.append("}")
    }
    list("feedback", report.feedback) { $0.object(data: $1) }
    if let progress = report.progress {
      member("done", progress.done)
      member("total", progress.total)
    }
    list("counts", report.counts) { buffer, count in
      buffer.append("{\"passed\":\(count.passed),\"pending\":\(count.pending),\"failed\":\(count.failed)}")
    }
    list("prints", report.printed) { buffer, print in
      buffer.append("{\"stream\":\(print.stream)")
      buffer.member(data: print.bytes)
      buffer.append("}")
    }
    list("problems", report.problems) { $0.append(json: $1) }
  }

  /// {"bytes":3,"data":"abc"}
  private mutating func object(data bytes: [UInt8]) {
    append("{\"bytes\":\(bytes.count)")
    member(data: bytes)
    append("}")
  }

  /// "calls":[...]
  mutating func member(calls: (first: [TracedCall], omitted: Int, last: [TracedCall])) {
    list("calls", calls.first + calls.last) { buffer, call in
      buffer.append("{\"hook\":")
      buffer.append(json: call.hook)
      buffer.member("arguments", call.arguments)
      if let result = call.result {
        buffer.member("result", result)
        buffer.member("outputs", call.outputs)
        buffer.member("elapsed_ns", call.nanoseconds)
      } else {
        buffer.member("returned", false)
      }
      buffer.append("}")
    }
    if calls.omitted > 0 { member("calls_omitted", calls.omitted) }
  }
}
