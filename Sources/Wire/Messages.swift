/// `perform` returned a failure, or its response could not be sent.
package struct FailureMessage: Equatable {
  package var code: Int32
  /// The response was larger than a frame may be: its size; else 0.
  package var oversize: UInt64
  package var message: String

  package init(code: Int32, oversize: UInt64 = 0, message: String) {
    self.code = code
    self.oversize = oversize
    self.message = message
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(UInt64(bitPattern: Int64(code)))
    out.put(oversize)
    out.put(message)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .failure)
    code = try reader.int32()
    oversize = try reader.number()
    message = try reader.text()
    try reader.finish()
  }
}

/// A diagnostic that `perform` reported.
package struct DiagnosticMessage: Equatable {
  package var severity: UInt64
  package var line: UInt64
  package var column: UInt64
  package var step: UInt64
  package var file: String
  package var label: String
  package var message: String
  package var json: String

  package init(
    severity: UInt64, line: UInt64, column: UInt64, step: UInt64, file: String, label: String,
    message: String,
    json: String
  ) {
    self.severity = severity
    self.line = line
    self.column = column
    self.step = step
    self.file = file
    self.label = label
    self.message = message
    self.json = json
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    for number in [severity, line, column, step] { out.put(number) }
    for text in [file, label, message, json] { out.put(text) }
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .diagnostic)
    severity = try reader.number()
    line = try reader.number()
    column = try reader.number()
    step = try reader.number()
    file = try reader.text()
    label = try reader.text()
    message = try reader.text()
    json = try reader.text()
    try reader.finish()
  }
}

/// A line of a plugin's log in a worker.
package struct LogMessage: Equatable {
  package var level: Int32
  package var text: String

  package init(level: Int32, text: String) {
    self.level = level
    self.text = text
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(UInt64(bitPattern: Int64(level)))
    out.put(text)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .log)
    level = try reader.int32()
    text = try reader.text()
    try reader.finish()
  }
}
