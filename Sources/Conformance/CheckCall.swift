internal import CPosix
package import CTaskHost
internal import Glibc

/// A `th_call` that remembers what was asked of it, and notices who asks after its hook has returned or from another thread.
package final class CheckCall {
  package struct Diagnostic: Equatable {
    package var severity: UInt32
    package var line: UInt32 = 0
    package var column: UInt32 = 0
    package var file: [UInt8] = []
    package var label: [UInt8] = []
    package var message: [UInt8]
    package var json: [UInt8]
  }

  package let raw: UnsafeMutablePointer<th_call>
  /// The word that `cancel` points to; equal to `id` = cancelled.
  package let cancelWord: UnsafeMutablePointer<UInt64>
  package private(set) var message: [UInt8]?
  package private(set) var code: th_status = 0
  package private(set) var feedback: [[UInt8]] = []
  package private(set) var progress: [(done: UInt64, total: UInt64)] = []
  package private(set) var counts: [(passed: UInt64, pending: UInt64, failed: UInt64)] = []
  package private(set) var diagnostics: [Diagnostic] = []
  package private(set) var prints = 0
  /// What was printed, at most 64 KiB.
  package private(set) var printed: [(stream: UInt32, bytes: [UInt8])] = []
  private var printedCount = 0
  /// "feedback", "fail": all services that were asked for, in order; at most 4096.
  package private(set) var asked: [String] = []
  /// What the plugin did that it may not do, in words that follow its name.
  package private(set) var problems: [String] = []
  /// `on_call` of the kind, for workers that call the host.
  package var answer: ((_ request: [UInt8], _ reply: inout [UInt8]) -> th_status)?
  /// Nothing is remembered: for loops whose memory is measured.
  package var isQuiet = false
  private var reply: GuardedInput?
  private let thread = cpx_thread_id()
  private var isOpen = true
  private let notebook: Notebook

  /// `cancelled`: from the start.
  package init(id: UInt64, deadline: UInt64 = 0, cancelled: Bool = false, _ notebook: Notebook) {
    self.notebook = notebook
    raw = .allocate(capacity: 1)
    cancelWord = .allocate(capacity: 1)
    cancelWord.initialize(to: cancelled ? id : ~id)
    var initial = th_call()
    initial.size = UInt32(MemoryLayout<th_call>.size)
    initial.id = id
    initial.deadline_ns = deadline
    initial.cancel = UnsafePointer(cancelWord)
    initial.fail = { call, code, message in
      let call = CheckCall.of(call)
      if call.ask("fail") {
        call.code = code
        call.message = Array(message.array.prefix(4096))
      }
      return code
    }
    initial.feedback = { call, bytes in
      let call = CheckCall.of(call)
      if call.ask("feedback") { call.feedback.append(bytes.array) }
    }
    initial.progress = { call, done, total, units in
      let call = CheckCall.of(call)
      if call.ask("progress") { call.progress.append((done, total)) }
      _ = units.array
    }
    initial.count = { call, passed, pending, failed in
      let call = CheckCall.of(call)
      if call.ask("count") { call.counts.append((passed, pending, failed)) }
    }
    initial.diagnostic = { call, diagnostic in
      let call = CheckCall.of(call)
      guard call.ask("diagnostic"), let diagnostic else { return }
      var known = th_diagnostic()
      let size = min(Int(diagnostic.pointee.size), MemoryLayout<th_diagnostic>.size)
      withUnsafeMutableBytes(of: &known) { $0.baseAddress!.copyMemory(from: diagnostic, byteCount: size) }
      call.diagnostics.append(
        Diagnostic(
          severity: known.severity, line: known.line, column: known.column, file: known.file.array,
          label: known.label.array, message: known.message.array, json: known.json.array))
    }
    raw.initialize(to: initial)
    raw.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    raw.deallocate()
    cancelWord.deallocate()
  }

  static func of(_ call: UnsafeMutablePointer<th_call>?) -> CheckCall {
    Unmanaged<CheckCall>.fromOpaque(call!.pointee.impl).takeUnretainedValue()
  }

  /// Whether the service may be asked for now. What may not be is noted, and nothing else happens: it may be on any thread.
  private func ask(_ service: String) -> Bool {
    guard cpx_thread_id() == thread else {
      CheckCall.stray.note("asked for \(service) of a call on another thread")
      return false
    }
    guard isOpen else {
      CheckCall.stray.note("asked for \(service) of a call that was over")
      return false
    }
    if isQuiet { return false }
    if asked.count < 4096 { asked.append(service) }
    return true
  }

  /// The hook has returned.
  package func end() {
    isOpen = false
    reply?.end()
    // It may be asked for something now and then it is still there.
    CheckCall.old.append(self)
    if CheckCall.old.count > 256 { CheckCall.old.removeFirst() }
  }

  /// Another thread may set it while the hook runs.
  package func cancel() { cpx_store(cancelWord, raw.pointee.id) }

  package var text: String? { message.map { String(decoding: $0, as: UTF8.self) } }

  /// Calls that are over, and what was asked where it may not be. Checks call hooks from one thread.
  nonisolated(unsafe) private static var old: [CheckCall] = []
  package static let stray = StrayRequests()
}

/// What was asked of calls by the wrong thread or at the wrong time.
package final class StrayRequests: @unchecked Sendable {
  // Guarded by the lock: the one who asks may be any thread.
  private var notes: [String] = []
  private let lock: UnsafeMutablePointer<pthread_mutex_t> = {
    let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    return lock
  }()

  func note(_ text: String) {
    pthread_mutex_lock(lock)
    if !notes.contains(text), notes.count < 16 { notes.append(text) }
    pthread_mutex_unlock(lock)
  }

  package var all: [String] {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return notes
  }
}

/// What extensions do with a call.
extension CheckCall {
  func take(print bytes: th_bytes, stream: UInt32) -> th_status {
    guard ask("print") else { return TH_E_UNSUPPORTED }
    guard stream == 1 || stream == 2 else { return TH_E_BAD_INPUT }
    let text = bytes.array
    if printedCount + text.count <= 64 << 10 {
      printed.append((stream, text))
      printedCount += text.count
    }
    prints += 1
    return TH_OK
  }

  func emit() -> th_status { ask("emit") ? TH_E_UNSUPPORTED : TH_E_UNSUPPORTED }

  func nextItem() -> th_status { ask("next") ? TH_NONE : TH_E_UNSUPPORTED }

  func callHost(_ request: th_bytes, _ result: UnsafeMutablePointer<th_bytes>) -> th_status {
    result.pointee = th_bytes(ptr: nil, len: 0)
    guard ask("call"), let answer else { return TH_E_UNSUPPORTED }
    var bytes: [UInt8] = []
    let status = answer(request.array, &bytes)
    reply?.end()
    let lent = GuardedInput(bytes, "the reply of a call", isStrict: false, notebook)
    reply = lent
    result.pointee = th_bytes(lent)
    return status
  }
}
