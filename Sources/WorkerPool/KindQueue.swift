internal import CPosix
package import CTaskHost
internal import Glibc
package import Hooks
package import PluginLoading
internal import Scheduling
internal import Wire

/// The host's side of one kind: its queue instance and the hooks that run in the host, each under the watchdog.
package final class KindQueue {
  package let plugin: Plugin
  package var table: KindTable { plugin.table }
  let hooks: th_kind
  @exclusivity(unchecked) private var state: OpaquePointer?
  let call = HookCall()
  private let services: HostServices
  /// Who hears what hooks say: the pool sets itself, and takes itself back before its memory goes. A weak reference would
  /// give the pool a side table, with which each of its reference counts takes several times as long.
  unowned(unsafe) var listener: (any CallServices)?
  /// Told of each hook, if there is one.
  @exclusivity(unchecked) package var tracer: (any Tracer)? {
    didSet { call.spans = tracer == nil ? nil : SpanRecorder() }
  }
  /// The watchdog of the process looks at its hooks. There is one, so it can look at one kind.
  @exclusivity(unchecked) package var isWatched = false

  /// What tasks of this kind demand.
  let demands = DemandTexts()
  /// What the last hook has written: tasks that it adds, and the competence of the worker.
  let tasks: ListOutput
  let competence: ListOutput
  private let text: ListOutput
  private let lines: ListOutput
  private let reply: ListOutput
  private let maxFrame: Int

  package static let competenceLimit = 1 << 16
  package static let nameLimit = 256

  package init(plugin: Plugin, services: HostServices, maxFrame: Int) throws(HookError) {
    self.plugin = plugin
    self.services = services
    hooks = plugin.table.hooks
    // A task becomes a request at most of a frame's size; a list may hold many of them.
    tasks = ListOutput(limit: maxFrame, texts: demands)
    competence = ListOutput(limit: Self.competenceLimit)
    text = ListOutput(limit: 1 << 16)
    lines = ListOutput(limit: 1 << 30)
    reply = ListOutput(limit: maxFrame)
    self.maxFrame = maxFrame
    call.services = self
    guard let create = hooks.queue_new else { return }
    let status = inside("queue_new") {
      call.begin(id: 0)
      return create(services.raw, call.raw, &state)
    }
    if status < 0 { throw HookError("queue_new", status, call.message) }
  }

  package func free() {
    inside("queue_free") { hooks.queue_free?(state) }
    state = nil
  }

  /// Under the watchdog.
  @inline(__always)
  func inside<R>(_ hook: StaticString, isTraced: Bool = true, _ body: () -> R) -> R {
    if isWatched {
      hook.withUTF8Buffer {
        cpx_hook_enter(UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self))
      }
    }
    let start = tracer == nil ? 0 : beginTrace()
    defer {
      if isWatched { cpx_hook_leave() }
      if isTraced, tracer != nil { trace(hook, from: start) }
    }
    return body()
  }

  @inline(never)
  private func beginTrace() -> UInt64 {
    call.spans?.start()
    return cpx_now()
  }

  @inline(never)
  private func trace(_ hook: StaticString, from start: UInt64) {
    let end = cpx_now()
    tracer?.hook(hook, from: start, to: end)
    guard let spans = call.spans else { return }
    spans.finish(at: end)
    for span in spans.spans { tracer?.hookSpan(span.name, from: span.start, to: span.end) }
    if spans.dropped > 0 { tracer?.hookDropped(spans.dropped, at: end) }
  }

  // MARK: Before and after the run

  /// What the words have become: tasks, as they lie in the plugin's output, and bytes for every worker.
  package struct Plan {
    package var shared: [UInt8]
    let list: ListOutput

    package var count: Int { list.count }
  }

  package func plan(words: [[UInt8]]) throws(HookError) -> Plan {
    let list = ListOutput(limit: 1 << 40, texts: demands)
    list.begin()
    let bytes = words.map { word in
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(word.count, 1), alignment: 8)
      memory.copyBytes(from: word)
      return UnsafeRawBufferPointer(start: memory.baseAddress, count: word.count)
    }
    defer { for memory in bytes { memory.deallocate() } }
    guard let hook = hooks.plan else {
      for word in bytes where th_write(list.out, word.baseAddress, word.count) == TH_OK { list.endItem() }
      return Plan(shared: [], list: list)
    }
    let shared = ListOutput(limit: 1 << 30)
    shared.begin()
    let status = inside("plan") {
      call.begin(id: 0)
      return bytes.map { th_bytes($0) }.withUnsafeBufferPointer {
        hook(state, call.raw, $0.baseAddress, $0.count, shared.out, list.out)
      }
    }
    if status < 0 { throw HookError("plan", status, call.message) }
    guard list.isSane, shared.isSane, list.rest.isEmpty, shared.count == 0 else {
      throw HookError(
        "plan", TH_E_INTERNAL, "it left an unfinished item in a list, or a list where bytes belong")
    }
    return Plan(shared: Array(shared.rest), list: list)
  }

  /// Nil: the kind has no summary of its own.
  package func summary(_ totals: th_totals) throws(HookError) -> String? {
    guard let hook = hooks.summary else { return nil }
    text.begin()
    let status = inside("summary") {
      var totals = totals
      call.begin(id: 0)
      return hook(state, call.raw, &totals, text.out)
    }
    if status < 0 { throw HookError("summary", status, call.message) }
    guard text.isSane else { throw HookError("summary", TH_E_INTERNAL, "it wrote past its output") }
    return String(decoding: text.rest, as: UTF8.self)
  }

  package func environment() throws(HookError) -> [String] {
    guard let hook = hooks.extra_env else { return [] }
    tasks.begin()
    let status = inside("extra_env") {
      call.begin(id: 0)
      return hook(state, call.raw, tasks.out)
    }
    if status < 0 { throw HookError("extra_env", status, call.message) }
    guard tasks.isSane, tasks.rest.isEmpty else {
      throw HookError("extra_env", TH_E_INTERNAL, "it left an unfinished item")
    }
    var items: [String] = []
    var position = ListOutput.Position()
    while let next = tasks.next(&position) {
      let item = String(decoding: next.bytes, as: UTF8.self)
      if let problem = Self.environmentProblem(item) { throw HookError("extra_env", TH_E_BAD_INPUT, problem) }
      items.append(item)
    }
    return items
  }

  /// Variables that would change which code is loaded, or how it finds its host, are not a plugin's to set.
  static func environmentProblem(_ item: String) -> String? {
    guard let equals = item.firstIndex(of: "="), equals != item.startIndex else {
      return "\"\(item)\" is not NAME=value"
    }
    let name = item[..<equals]
    if item.utf8.contains(0) { return "\(name) holds a NUL" }
    for prefix in ["LD_", "TASKHOST_"] where name.hasPrefix(prefix) {
      return "\(name) is refused: a kind may not set \(prefix)* variables"
    }
    return nil
  }

  // MARK: For each task

  var asksMatch: Bool { hooks.task_match != nil }
  var splits: Bool { table.flags.contains(.splits) && hooks.on_task_gone != nil }

  @inline(__always)
  func matches(_ status: UnsafePointer<th_worker_status>, _ task: UnsafeRawBufferPointer) -> Bool {
    guard let hook = hooks.task_match else { return true }
    return inside("task_match") { hook(state, status, bytes(of: task)) != 0 }
  }

  /// Nil: the kind has none, and the request is the task.
  @inline(__always)
  func request(
    _ id: UInt64, _ status: UnsafePointer<th_worker_status>, _ task: UnsafeRawBufferPointer,
    _ output: FrameOutput
  ) -> th_status? {
    guard let hook = hooks.request_of_task else { return nil }
    return inside("request_of_task") {
      call.begin(id: id)
      return hook(state, call.raw, status, bytes(of: task), output.out)
    }
  }

  /// Nil: the kind has no use_response, which means Stay.
  @inline(__always)
  func use(
    _ id: UInt64, _ status: UnsafePointer<th_worker_status>, _ task: UnsafeRawBufferPointer,
    _ response: UnsafeRawBufferPointer
  ) -> th_status? {
    guard let hook = hooks.use_response else { return nil }
    competence.begin()
    tasks.begin()
    return inside("use_response") {
      call.begin(id: id)
      return hook(state, call.raw, status, bytes(of: task), bytes(of: response), competence.out, tasks.out)
    }
  }

  /// Whether the outputs of `use_response` are a competence and whole tasks.
  var hasWrittenWell: Bool {
    competence.isSane && competence.count == 0 && tasks.isSane && tasks.rest.isEmpty
  }

  var hasAddedTasks: Bool { tasks.count > 0 }
  var writtenCompetence: UnsafeRawBufferPointer { competence.rest }

  /// `on_marshal_error` or `on_task_gone`; nil if the kind has not the one that is asked for. No task: a worker died
  /// that held none.
  func gone(
    _ id: UInt64, _ gone: th_gone, undecodable: Bool, _ task: UnsafeRawBufferPointer?
  ) -> th_status? {
    guard let hook = undecodable ? hooks.on_marshal_error : hooks.on_task_gone else { return nil }
    tasks.begin()
    return inside(undecodable ? "on_marshal_error" : "on_task_gone") {
      var gone = gone
      call.begin(id: id)
      if let task {
        var bytes = th_bytes(task)
        return hook(state, call.raw, &gone, &bytes, tasks.out)
      }
      return hook(state, call.raw, &gone, nil, tasks.out)
    }
  }

  enum HostAnswer {
    case reply(th_status, [UInt8])
    /// For the program around the host, if for anybody.
    case notMine
  }

  /// `on_call`, during this task.
  func onCall(
    _ task: UInt64, _ status: UnsafePointer<th_worker_status>, _ caller: th_worker_handle,
    _ bytes: UnsafeRawBufferPointer
  ) -> HostAnswer {
    guard let hook = table.extensions.service?.on_call else { return .notMine }
    reply.begin()
    let result = inside("on_call") {
      var caller = caller
      call.begin(id: task)
      return hook(state, call.raw, status, &caller, th_bytes(bytes), reply.out)
    }
    if result == TH_NONE { return .notMine }
    if reply.overflow > 0 {
      return .reply(TH_E_LIMIT, Array("a reply of \(reply.overflow) bytes, a frame holds \(maxFrame)".utf8))
    }
    guard result == TH_OK, reply.isSane, reply.count == 0 else {
      let failure = result < 0 ? result : TH_E_INTERNAL
      return .reply(
        failure, Array((call.message ?? "on_call returned \(statusName(result)) and no message").utf8))
    }
    return .reply(TH_OK, Array(reply.rest))
  }

  /// False: the kind has no forward_feedback, so it is for the user.
  func forward(worker: UInt64, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let hook = hooks.forward_feedback else { return false }
    inside("forward_feedback") {
      call.begin(id: 0)
      hook(state, call.raw, worker, th_bytes(bytes))
    }
    return true
  }

  /// The task as its user would write it; what its kind has no line for, as its name.
  package func line(_ task: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
    if let hook = table.extensions.line?.line_of_task {
      lines.begin()
      let status = inside("line_of_task", isTraced: false) { hook(th_bytes(task), lines.out) }
      if status >= 0, lines.isSane, !lines.rest.isEmpty { return body(lines.rest) }
    }
    var name = name(task)
    name.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }

  func name(_ task: UnsafeRawBufferPointer) -> String {
    if let hook = hooks.name_of_task {
      text.begin()
      let status = inside("name_of_task", isTraced: false) { hook(th_bytes(task), text.out) }
      if status >= 0, text.isSane, !text.rest.isEmpty {
        return String(decoding: text.rest.prefix(Self.nameLimit), as: UTF8.self)
      }
    }
    if let text = shortText(task) { return text }
    return "\(table.name) \(task.count) \(hexadecimal(fnv1a(task)))"
  }
}

extension KindQueue: CallServices {
  package func feedback(_ call: HookCall, _ bytes: UnsafeRawBufferPointer) { listener?.feedback(call, bytes) }

  package func progress(
    _ call: HookCall, done: UInt64, total: UInt64, units: UnsafeRawBufferPointer
  ) {
    listener?.progress(call, done: done, total: total, units: units)
  }

  package func diagnostic(_ call: HookCall, _ diagnostic: th_diagnostic) {
    listener?.diagnostic(call, diagnostic)
  }

  package func print(
    _ call: HookCall, _ stream: PrintStream, _ bytes: UnsafeRawBufferPointer
  ) -> th_status {
    listener?.print(call, stream, bytes) ?? TH_E_UNSUPPORTED
  }

  package func programEnded(_ call: HookCall, exitCode: Int32, signal: Int32) {
    listener?.programEnded(call, exitCode: exitCode, signal: signal)
  }
}

/// A hook of the host's side that failed where that ends more than one task.
package struct HookError: Error {
  package var hook: String
  package var code: th_status
  package var message: String

  package init(_ hook: String, _ code: th_status, _ message: String?) {
    self.hook = hook
    self.code = code
    self.message = message ?? "it returned \(statusName(code)) and no message"
  }
}

/// The bytes themselves, where they are a short printable text: most often the word that the task was made of.
private func shortText(_ bytes: UnsafeRawBufferPointer) -> String? {
  guard 1...80 ~= bytes.count, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
  return String(validating: bytes, as: UTF8.self)
}

/// What the initializer in another module returns would be written and read again before each hook.
@inline(__always)
private func bytes(of buffer: UnsafeRawBufferPointer) -> th_bytes {
  th_bytes(ptr: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), len: buffer.count)
}

private func fnv1a(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  return hash
}

private func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
