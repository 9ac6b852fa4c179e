internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading

/// One call of a hook, as a thunk has noted it.
package struct TracedCall: Hashable, Sendable {
  /// "perform", "taskhost.session/1:session_open"; empty: no call but a note about the tracing, in `arguments`.
  package var hook: String
  /// "request \"abc\", task NULL": what is worth showing of the arguments.
  package var arguments: String
  /// "TH_OK", "1", "" for a hook without a result; nil: it has not returned.
  package var result: String?
  /// "response \"cba\"": what was in the outputs when it returned.
  package var outputs: String
  /// 0 if it has not returned.
  package var nanoseconds: UInt64
}

/// The calls of hooks of one process, in memory that outlives it: the first ones and the last ones.
///
/// It is written by the threads of that process, each of which has its own record while the hook runs. It is read by another process
/// once that one has ended.
package final class CallLog: @unchecked Sendable {
  // Sendable: `take` is guarded by a lock, and what it returns belongs to the one who has asked.

  /// So many of the first calls are kept, and so many of the last.
  package static let most = 1024

  struct Record {
    static let size = 384
    enum Place {
      static let start = 0
      static let nanoseconds = 8
      static let value = 16
      /// 0 = begun, 1 = status, 2 = no result, 3 = a number, 4 = a pointer
      static let state = 24
      static let hook = 32
      static let arguments = 96
      static let outputs = 256
    }

    let start: UnsafeMutableRawPointer

    func text(_ place: Int, until end: Int) -> TraceText {
      TraceText(UnsafeMutableRawBufferPointer(start: start + place, count: end - place))
    }
    var hook: TraceText { text(Place.hook, until: Place.arguments) }
    var arguments: TraceText { text(Place.arguments, until: Place.outputs) }
    var outputs: TraceText { text(Place.outputs, until: Self.size) }
  }

  private static let header = 64
  private static let size = header + 2 * most * Record.size
  private let memory: UnsafeMutableRawPointer
  private let lock: UnsafeMutablePointer<pthread_mutex_t>

  /// A file for it; nil with errno.
  static func file() -> Int32? {
    let file = cpx_memfd("calls", size)
    return file >= 0 ? file : nil
  }

  /// Nil with errno.
  init?(file: Int32) {
    guard let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED
    else { return nil }
    self.memory = memory
    lock = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
  }

  deinit {
    munmap(memory, Self.size)
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  private func record(_ index: Int) -> Record {
    let slot = index < Self.most ? index : Self.most + (index - Self.most) % Self.most
    return Record(start: memory + Self.header + slot * Record.size)
  }

  /// A record of its own for a call that begins.
  func take() -> Record {
    pthread_mutex_lock(lock)
    let index = Int(memory.load(as: UInt64.self))
    memory.storeBytes(of: UInt64(index + 1), as: UInt64.self)
    pthread_mutex_unlock(lock)
    let record = record(index)
    memset(record.start, 0, Record.size)
    return record
  }

  /// Notes the call of a function that is called as it is.
  func note<Result>(_ name: StaticString, _ body: () -> Result) -> Result {
    let record = take()
    var hook = record.hook
    hook.append(name)
    record.begin()
    let result = body()
    record.end(0, at: cpx_now(), .void)
    return result
  }

  /// Says something that is no call: a record without a hook.
  func note(_ text: String) {
    let record = take()
    var arguments = record.arguments
    arguments.append(Array(text.utf8))
    record.end(0, at: 0, .void)
  }

  /// Forgets all.
  func clear() { memory.storeBytes(of: 0, as: UInt64.self) }

  /// How many calls there were.
  package var count: Int { Int(memory.load(as: UInt64.self)) }

  /// Those that were kept, and how many between the first and the last ones were not.
  package func read() -> (first: [TracedCall], omitted: Int, last: [TracedCall]) {
    let count = count
    let first = (0..<min(count, Self.most)).map { Self.call(record($0)) }
    let begin = max(Self.most, count - Self.most)
    let last = count > Self.most ? (begin..<count).map { Self.call(record($0)) } : []
    return (first, begin - min(begin, Self.most), last)
  }

  private static func call(_ record: Record) -> TracedCall {
    let value = record.start.load(fromByteOffset: Record.Place.value, as: UInt64.self)
    let result: String? =
      switch record.start.load(fromByteOffset: Record.Place.state, as: UInt8.self) {
      case 1: StatusNames.of(th_status(truncatingIfNeeded: value))
      case 2: ""
      case 3: String(Int64(bitPattern: value))
      case 4: value == 0 ? "NULL" : "a table"
      default: nil
      }
    return TracedCall(
      hook: record.hook.string, arguments: record.arguments.string, result: result,
      outputs: record.outputs.string,
      nanoseconds: record.start.load(fromByteOffset: Record.Place.nanoseconds, as: UInt64.self))
  }
}

extension CallLog.Record {
  /// The hook begins.
  @inline(__always)
  func begin() { start.storeBytes(of: cpx_now(), toByteOffset: Place.start, as: UInt64.self) }

  /// The hook has returned `value`.
  func end(_ value: UInt64, at now: UInt64, _ result: HookSignature.Result) {
    let began = start.load(fromByteOffset: Place.start, as: UInt64.self)
    start.storeBytes(of: now - began, toByteOffset: Place.nanoseconds, as: UInt64.self)
    start.storeBytes(of: value, toByteOffset: Place.value, as: UInt64.self)
    let state: UInt8 =
      switch result {
      case .status: 1
      case .void: 2
      case .int: 3
      case .table: 4
      }
    start.storeBytes(of: state, toByteOffset: Place.state, as: UInt8.self)
  }
}
