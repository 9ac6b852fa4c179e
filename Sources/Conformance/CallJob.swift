internal import CPosix
internal import PluginLoading

/// What somebody gives a hook who calls it by its signature.
package enum HookInput: Hashable, Sendable {
  case bytes([UInt8])
  case null
  case words([[UInt8]])
  /// With its sign, in 64 bits.
  case integer(UInt64)
  case number(Double)
}

/// A call of one hook in a process of its own, or the question which hooks there are.
package struct HookCall: Sendable {
  /// As the user names it.
  package var file: String
  /// Nil: which hooks there are.
  package var hook: CallableHook?
  /// One for each input of the hook's signature.
  package var inputs: [HookInput] = []
  package var settings: [(key: String, value: String)] = []
  /// For `worker_new`, where a worker has to be made first.
  package var shared: [UInt8] = []
  /// For `session_open`, where a session has to be made first.
  package var opening: [UInt8] = []
  /// Of the worker that hooks of the host are told of; nil: it is Fresh.
  package var competence: [UInt8]?
  /// `TH_GONE_*`; nil: the one that goes with the hook.
  package var cause: UInt32?
  package var repetitions = 1
  /// Each call of a hook is noted.
  package var traces = false
  /// From `started` on.
  package var seconds: Double = 10
  package let started = cpx_now()
  /// On the monotonic clock.
  package var deadline: UInt64 { started + UInt64(seconds * 1e9) }

  package init(file: String) { self.file = file }
}

extension HookCall {
  func record() -> [UInt8] {
    var record = RecordWriter()
    record.add(file)
    record.add(optional: hook?.hook) { record, hook in
      record.add(optional: hook.table) { $0.add($1) }
      record.add(hook.name)
      record.add(UInt32(hook.offset))
      record.add(hook.signature.description)
      record.add(hook.isDeclared)
    }
    record.add(inputs) { $1.write(&$0) }
    record.add(settings) { record, setting in
      record.add(setting.key)
      record.add(setting.value)
    }
    record.add(shared)
    record.add(opening)
    record.add(optional: competence) { $0.add($1) }
    record.add(optional: cause) { $0.add($1) }
    record.add(UInt32(clamping: repetitions))
    record.add(traces)
    record.add(seconds.bitPattern)
    return record.bytes
  }

  init(_ bytes: [UInt8]) throws(RecordError) {
    var record = RecordReader(bytes[...])
    self.init(file: try record.text())
    hook = try record.optional { (record) throws(RecordError) in
      let table = try record.optional { (record) throws(RecordError) in try record.text() }
      let name = try record.text()
      let offset = Int(try record.integer(UInt32.self))
      let signature: HookSignature
      let text = try record.text()
      do throws(SignatureError) { signature = try HookSignature.read(text).signature } catch {
        throw RecordError()
      }
      return CallableHook(
        Hook(
          table: table, name: name, offset: offset, signature: signature, isDeclared: try record.boolean()))
    }
    inputs = try record.list { (record) throws(RecordError) in try HookInput(&record) }
    settings = try record.list { (record) throws(RecordError) in (try record.text(), try record.text()) }
    shared = try record.array()
    opening = try record.array()
    competence = try record.optional { (record) throws(RecordError) in try record.array() }
    cause = try record.optional { (record) throws(RecordError) in try record.integer() }
    repetitions = Int(try record.integer(UInt32.self))
    traces = try record.boolean()
    seconds = Double(bitPattern: try record.integer())
  }
}

extension HookInput {
  fileprivate func write(_ record: inout RecordWriter) {
    switch self {
    case .null: record.add(0 as UInt8)
    case .bytes(let bytes):
      record.add(1 as UInt8)
      record.add(bytes)
    case .words(let words):
      record.add(2 as UInt8)
      record.add(words) { $0.add($1) }
    case .integer(let value):
      record.add(3 as UInt8)
      record.add(value)
    case .number(let value):
      record.add(4 as UInt8)
      record.add(value.bitPattern)
    }
  }

  fileprivate init(_ record: inout RecordReader) throws(RecordError) {
    switch try record.integer(UInt8.self) {
    case 0: self = .null
    case 1: self = .bytes(try record.array())
    case 2: self = .words(try record.list { (record) throws(RecordError) in try record.array() })
    case 3: self = .integer(try record.integer())
    case 4: self = .number(Double(bitPattern: try record.integer()))
    default: throw RecordError()
    }
  }
}
