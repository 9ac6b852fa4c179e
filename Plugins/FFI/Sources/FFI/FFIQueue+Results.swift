internal import ForeignSignatures
internal import TaskHostSDK

extension FFIQueue {
  private static let largestMessage = 400

  private func name(_ record: CallRecord) -> String {
    guard let interface, interface.entries.indices.contains(record.function) else { return "" }
    return interface.entries[record.function].function.name
  }

  /// A line of the results.
  func add(_ record: CallRecord, _ task: CallTask, _ results: inout [UInt8]) {
    var line = JSONText()
    line.open("{")
    if !task.shown.isEmpty {
      line.key("file")
      line.text(task.shown)
      line.key("line")
      line.integer(Int64(record.line))
    }
    if !record.id.isEmpty {
      line.key("id")
      line.word(record.id)
    }
    line.key("call")
    line.text(name(record))
    if record.end == .failed {
      line.key("failed")
      line.text(record.message)
    }
    // Last, as it may be long.
    line.key("result")
    record.json.withUnsafeBytes { line.copy($0) }
    line.close("}")
    results.append(contentsOf: line.bytes)
    results.append(0x0A)
  }

  /// A call that was not made, or has failed.
  func report(_ record: CallRecord, _ task: CallTask, _ call: Call) {
    var message = record.message
    if !record.json.isEmpty { message += ": " + Self.cut(record.json) }
    var diagnostic = Diagnostic(record.end == .failed ? .failed : .error, message)
    diagnostic.file = task.shown
    diagnostic.line = task.shown.isEmpty ? 0 : record.line
    diagnostic.column = record.column
    diagnostic.label = name(record)
    if !record.id.isEmpty { diagnostic.json = "{\"id\":\(record.id)}" }
    call.diagnostic(diagnostic)
  }

  private static func cut(_ json: [UInt8]) -> String {
    if json.count <= largestMessage { return String(decoding: json, as: UTF8.self) }
    var end = largestMessage
    // At the start of a character.
    while end > 0, json[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: json[..<end], as: UTF8.self) + "... (\(json.count) bytes)"
  }
}
