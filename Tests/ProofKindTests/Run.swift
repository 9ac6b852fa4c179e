import CTaskHost
import Foundation
import Testing

/// A run without processes: a queue, one worker state at a time, and tasks in the order in which they come.
final class Run {
  let kind: th_kind
  let host: FakeHost
  private var queue: OpaquePointer?
  private var worker: OpaquePointer?
  private(set) var shared: [UInt8] = []
  var tasks: [[UInt8]] = []
  var groups: [UInt64] = []
  var said: [Said] = []
  var counts: [UInt64] = [0, 0, 0]
  var progress: (done: UInt64, total: UInt64, units: String)?

  struct Refused: Error, Equatable {
    var code: th_status
    var message: String
  }

  init(options: [String: String] = [:]) throws {
    kind = try PluginFile.kind.get().pointee
    host = FakeHost(options)
    let call = FakeCall()
    let status = kind.queue_new(host.pointer, call.pointer, &queue)
    if status < 0 { throw Refused(code: status, message: call.failure) }
  }

  deinit {
    if let queue { kind.queue_free(queue) }
    replaceWorker()
  }

  func plan(_ words: [String]) throws {
    let shared = FakeOut()
    let tasks = FakeOut()
    let call = FakeCall()
    let memory = words.map { strdup($0)! }
    defer { memory.forEach { free($0) } }
    let lent = memory.map {
      th_bytes(ptr: UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self), len: strlen($0))
    }
    let status = kind.plan(queue, call.pointer, lent, lent.count, shared.pointer, tasks.pointer)
    if status < 0 { throw Refused(code: status, message: call.failure) }
    #expect(tasks.bytes.isEmpty)
    self.shared = shared.bytes
    self.tasks = tasks.items
    groups = tasks.groups
  }

  /// The next request finds a fresh worker.
  func replaceWorker() {
    if let worker { kind.worker_free(worker) }
    worker = nil
  }

  func perform(_ request: [UInt8], cancelled: Bool = false) throws -> [UInt8] {
    if worker == nil {
      let call = FakeCall()
      let status = lending(shared) { kind.worker_new(host.pointer, call.pointer, $0, &worker) }
      if status < 0 { throw Refused(code: status, message: call.failure) }
    }
    let call = FakeCall(cancelled: cancelled)
    let response = FakeOut()
    let status = lending(request) { kind.perform(worker, call.pointer, $0, response.pointer) }
    if status < 0 { throw Refused(code: status, message: call.failure) }
    return response.bytes
  }

  func use(_ response: [UInt8], of task: [UInt8]) throws {
    let call = FakeCall()
    let tasks = FakeOut()
    let competence = FakeOut()
    var worker = th_worker_status()
    worker.size = UInt32(MemoryLayout<th_worker_status>.size)
    let status = lending(task) { task in
      lending(response) {
        kind.use_response(queue, call.pointer, &worker, task, $0, competence.pointer, tasks.pointer)
      }
    }
    if status < 0 { throw Refused(code: status, message: call.failure) }
    #expect(status == 2)
    take(call, tasks)
  }

  func gone(_ task: [UInt8]?, cause: UInt32, text: String = "") throws {
    let call = FakeCall()
    let tasks = FakeOut()
    var gone = th_gone()
    gone.size = UInt32(MemoryLayout<th_gone>.size)
    gone.cause = cause
    let status = lending(Array(text.utf8)) { words -> th_status in
      gone.text = words
      guard let task else { return kind.on_task_gone(queue, call.pointer, &gone, nil, tasks.pointer) }
      return lending(task) { task in
        var task = task
        return kind.on_task_gone(queue, call.pointer, &gone, &task, tasks.pointer)
      }
    }
    if status < 0 { throw Refused(code: status, message: call.failure) }
    take(call, tasks)
  }

  private func take(_ call: FakeCall, _ tasks: FakeOut) {
    self.tasks += tasks.items
    said += call.diagnostics
    if let counted = call.counts { counts = zip(counts, counted).map(+) }
    progress = call.progress ?? progress
  }

  /// Performs all tasks; those whose proofs kill their worker never answer.
  func finish(killing: (String) -> Bool = { _ in false }, cause: UInt32 = 3) throws -> String {
    while !tasks.isEmpty {
      let task = tasks.removeFirst()
      if killing(name(task)) {
        replaceWorker()
        try gone(task, cause: cause, text: "killed by SIGKILL")
      } else {
        try use(perform(task), of: task)
      }
    }
    return try summary()
  }

  func summary(workers: UInt32 = 2) throws -> String {
    let call = FakeCall()
    let text = FakeOut()
    var totals = th_totals()
    totals.size = UInt32(MemoryLayout<th_totals>.size)
    totals.workers = workers
    let status = kind.summary(queue, call.pointer, &totals, text.pointer)
    if status < 0 { throw Refused(code: status, message: call.failure) }
    said += call.diagnostics
    return text.text
  }

  func name(_ task: [UInt8]) -> String {
    let text = FakeOut()
    #expect(lending(task) { kind.name_of_task($0, text.pointer) } == 0)
    return text.text
  }
}

extension String {
  /// Times differ from run to run.
  var withoutTimes: String {
    replacing(/load \d+ ms; check \d+ ms/, with: "load T ms; check T ms")
  }
}
