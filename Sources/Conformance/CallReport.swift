internal import PluginLoading

/// What came of a call of a hook, as its process tells it.
package struct CallReport: Sendable {
  package struct Output: Hashable, Sendable {
    package var name: String
    /// Nil: a list.
    package var bytes: [UInt8]?
    package var items: [[UInt8]] = []
  }

  package struct Diagnostic: Hashable, Sendable {
    package var severity: UInt32
    package var line: UInt32
    package var column: UInt32
    package var file: [UInt8]
    package var label: [UInt8]
    package var message: [UInt8]
    package var json: [UInt8]
  }

  /// The status, the number, or 1 for a table and 0 for NULL.
  package var value: Int64 = 0
  /// Of each repetition.
  package var nanoseconds: [UInt64] = []
  /// How many repetitions returned something else than the last one.
  package var differing = 0
  package var outputs: [Output] = []
  /// Of `th_fail`.
  package var message: [UInt8]?
  package var diagnostics: [Diagnostic] = []
  package var feedback: [[UInt8]] = []
  /// The last one.
  package var progress: (done: UInt64, total: UInt64)?
  package var counts: [(passed: UInt64, pending: UInt64, failed: UInt64)] = []
  package var printed: [(stream: UInt32, bytes: [UInt8])] = []
  /// What the hook did that it may not do, in words that follow its name.
  package var problems: [String] = []

  package init() {}
}

/// What the process of a call has come to.
enum CallEnd {
  case called(CallReport)
  /// Which of the hooks are set, by their ids.
  case listed([String: Bool])
  /// The loader refuses the file.
  case refused(String)
  /// The hook can not be called, for this reason.
  case unset(String)
  /// A state that the hook needs could not be made.
  case unmade(String)
  /// The system does not allow what is asked for.
  case system(String)
}

extension CallEnd {
  func record() -> [UInt8] {
    var record = RecordWriter()
    switch self {
    case .called(let report):
      record.add(0 as UInt8)
      report.write(&record)
    case .listed(let hooks):
      record.add(1 as UInt8)
      record.add(hooks.map { ($0.key, $0.value) }) { record, hook in
        record.add(hook.0)
        record.add(hook.1)
      }
    case .refused(let text):
      record.add(2 as UInt8)
      record.add(text)
    case .unset(let text):
      record.add(3 as UInt8)
      record.add(text)
    case .unmade(let text):
      record.add(4 as UInt8)
      record.add(text)
    case .system(let text):
      record.add(5 as UInt8)
      record.add(text)
    }
    return record.bytes
  }

  init(_ bytes: [UInt8]) throws(RecordError) {
    var record = RecordReader(bytes[...])
    switch try record.integer(UInt8.self) {
    case 0: self = .called(try CallReport(&record))
    case 1:
      var hooks: [String: Bool] = [:]
      let list = try record.list { (record) throws(RecordError) in
        (try record.text(), try record.boolean())
      }
      for (id, isSet) in list { hooks[id] = isSet }
      self = .listed(hooks)
    case 2: self = .refused(try record.text())
    case 3: self = .unset(try record.text())
    case 4: self = .unmade(try record.text())
    case 5: self = .system(try record.text())
    default: throw RecordError()
    }
    guard record.isAtEnd else { throw RecordError() }
  }
}

extension CallReport {
  fileprivate func write(_ record: inout RecordWriter) {
    record.add(value)
    record.add(nanoseconds) { $0.add($1) }
    record.add(UInt32(clamping: differing))
    record.add(outputs) { record, output in
      record.add(output.name)
      record.add(optional: output.bytes) { $0.add($1) }
      record.add(output.items) { $0.add($1) }
    }
    record.add(optional: message) { $0.add($1) }
    record.add(diagnostics) { record, diagnostic in
      for number in [diagnostic.severity, diagnostic.line, diagnostic.column] { record.add(number) }
      for text in [diagnostic.file, diagnostic.label, diagnostic.message, diagnostic.json] {
        record.add(text)
      }
    }
    record.add(feedback) { $0.add($1) }
    record.add(optional: progress) { record, progress in
      record.add(progress.done)
      record.add(progress.total)
    }
    record.add(counts) { record, count in
      for number in [count.passed, count.pending, count.failed] { record.add(number) }
    }
    record.add(printed) { record, print in
      record.add(print.stream)
      record.add(print.bytes)
    }
    record.add(problems) { $0.add($1) }
  }

  fileprivate init(_ record: inout RecordReader) throws(RecordError) {
    value = try record.integer()
    nanoseconds = try record.list { (record) throws(RecordError) in try record.integer() }
    differing = Int(try record.integer(UInt32.self))
    outputs = try record.list { (record) throws(RecordError) in
      Output(
        name: try record.text(),
        bytes: try record.optional { (record) throws(RecordError) in try record.array() },
        items: try record.list { (record) throws(RecordError) in try record.array() })
    }
    message = try record.optional { (record) throws(RecordError) in try record.array() }
    diagnostics = try record.list { (record) throws(RecordError) in
      Diagnostic(
        severity: try record.integer(), line: try record.integer(), column: try record.integer(),
        file: try record.array(), label: try record.array(), message: try record.array(),
        json: try record.array())
    }
    feedback = try record.list { (record) throws(RecordError) in try record.array() }
    progress = try record.optional { (record) throws(RecordError) in
      (try record.integer(), try record.integer())
    }
    counts = try record.list { (record) throws(RecordError) in
      (try record.integer(), try record.integer(), try record.integer())
    }
    printed = try record.list { (record) throws(RecordError) in
      (try record.integer(), try record.array())
    }
    problems = try record.list { (record) throws(RecordError) in try record.text() }
  }
}
