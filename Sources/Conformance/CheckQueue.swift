package import CTaskHost
internal import PluginLoading

/// What a kind is told of a worker.
package struct WorkerView {
  package var isOld = false
  package var competence: [UInt8] = []
  package var number: UInt64 = 1
  package var jobsDone: UInt64 = 0

  package init(isOld: Bool = false, competence: [UInt8] = [], number: UInt64 = 1, jobsDone: UInt64 = 0) {
    self.isOld = isOld
    self.competence = competence
    self.number = number
    self.jobsDone = jobsDone
  }

  func raw(_ competence: th_bytes) -> th_worker_status {
    var status = th_worker_status()
    status.size = UInt32(MemoryLayout<th_worker_status>.size)
    status.is_old = isOld ? 1 : 0
    status.competence = competence
    status.worker_id = number
    status.jobs_done = jobsDone
    return status
  }
}

/// Why a task ended without a response, as `on_task_gone` is told.
package struct GoneView {
  package var cause: UInt32
  package var code: th_status = 0
  package var signal: Int32 = -1
  package var exitCode: Int32 = -1
  package var direction: UInt32 = 0
  package var actual: UInt64 = 0
  package var limit: UInt64 = 0
  package var text = "by a check"

  package init(cause: UInt32) { self.cause = cause }

  func raw(_ text: th_bytes) -> th_gone {
    var raw = th_gone()
    raw.size = UInt32(MemoryLayout<th_gone>.size)
    raw.cause = cause
    raw.code = code
    raw.signal = signal
    raw.exit_code = exitCode
    raw.tries = 1
    raw.direction = direction
    raw.actual = actual
    raw.limit = limit
    raw.text = text
    return raw
  }
}

/// The host's side of a kind: one queue. Hooks that are missing do what a host does in their place.
package final class CheckQueue {
  package let subject: Subject
  package private(set) var state: OpaquePointer?
  /// What `queue_new` said.
  package let start: HookAnswer
  private var isFreed = false

  /// A queue, whatever `queue_new` says.
  package init(trying subject: Subject) {
    self.subject = subject
    var state: OpaquePointer?
    start = subject.ask("queue_new", []) { call, _, _ in
      subject.hooks.queue_new?(subject.host.raw, call, &state) ?? TH_OK
    }
    self.state = state
  }

  /// A queue that works, or a skip: `queue-starts` is about the others.
  package convenience init(_ subject: Subject) throws(CheckEnd) {
    self.init(trying: subject)
    guard start.status >= 0 else {
      isFreed = true
      throw .skipped("queue_new refuses (\(start.told)); are there options that it needs (--set)?")
    }
  }

  package func free() {
    guard !isFreed else { return }
    isFreed = true
    let hook = subject.hooks.queue_free
    subject.notebook.during("queue_free") { hook?(state) }
  }

  /// The tasks of words and what is shared by all workers, in `bytes`.
  package func plan(_ words: [[UInt8]], _ shape: CheckOutput.Shape = .init()) -> HookAnswer {
    guard let hook = subject.hooks.plan else {
      var answer = HookAnswer(status: TH_OK, call: subject.newCall())
      answer.items = words.map { CheckOutput.Item(bytes: $0) }
      return answer
    }
    let shared = subject.output(shape, "what is shared")
    let tasks = subject.output(shape, isList: true, "the list of tasks")
    return subject.ask(
      "plan", [("the words", words.flatMap { $0 + padding($0.count) })], outputs: [shared, tasks]
    ) { call, inputs, outputs in
      var place = inputs[0].ptr
      let views = words.map { word -> th_bytes in
        defer { place = place.map { $0 + word.count + padding(word.count).count } }
        return th_bytes(ptr: word.isEmpty ? nil : place, len: word.count)
      }
      return views.withUnsafeBufferPointer { views in
        hook(state, call, views.baseAddress, views.count, outputs[0], outputs[1])
      }
    }
  }

  /// So that the next word begins at a multiple of 8.
  private func padding(_ count: Int) -> [UInt8] { Array(repeating: 0xEE, count: (8 - count % 8) % 8) }

  package func request(
    of task: [UInt8], _ worker: WorkerView = .init(), _ shape: CheckOutput.Shape = .init()
  ) -> HookAnswer {
    guard let hook = subject.hooks.request_of_task else {
      return HookAnswer(status: TH_OK, bytes: task, call: subject.newCall())
    }
    let request = subject.output(shape, "the request")
    return subject.ask(
      "request_of_task", [("the task", task), ("the competence", worker.competence)], outputs: [request]
    ) { call, inputs, outputs in
      var status = worker.raw(inputs[1])
      return hook(state, call, &status, inputs[0], outputs[0])
    }
  }

  package func matches(_ task: [UInt8], _ worker: WorkerView = .init()) -> Bool {
    guard let hook = subject.hooks.task_match else { return true }
    let answer = subject.ask("task_match", [("the task", task), ("the competence", worker.competence)]) {
      _, inputs, _ in
      var status = worker.raw(inputs[1])
      return hook(state, &status, inputs[0]) != 0 ? 1 : 0
    }
    return answer.status != 0
  }

  /// The competence in `bytes`, new tasks in `items`.
  package func use(
    _ response: [UInt8], of task: [UInt8], _ worker: WorkerView = .init(),
    _ shape: CheckOutput.Shape = .init()
  ) -> HookAnswer {
    guard let hook = subject.hooks.use_response else {
      return HookAnswer(status: TH_STAY, call: subject.newCall())
    }
    let competence = subject.output(shape, "the competence")
    let tasks = subject.output(shape, isList: true, "the list of new tasks")
    return subject.ask(
      "use_response",
      [("the task", task), ("the response", response), ("the competence", worker.competence)],
      outputs: [competence, tasks]
    ) { call, inputs, outputs in
      var status = worker.raw(inputs[2])
      return hook(state, call, &status, inputs[0], inputs[1], outputs[0], outputs[1])
    }
  }

  /// `on_task_gone`, or `on_marshal_error` where the cause is a frame. Nil: a worker died that held no task.
  package func gone(
    _ task: [UInt8]?, _ gone: GoneView, _ shape: CheckOutput.Shape = .init()
  ) -> HookAnswer {
    let isMarshal = gone.cause == TH_GONE_UNDECODABLE
    let name: StaticString = isMarshal ? "on_marshal_error" : "on_task_gone"
    guard let hook = isMarshal ? subject.hooks.on_marshal_error : subject.hooks.on_task_gone else {
      return HookAnswer(status: TH_OK, call: subject.newCall())
    }
    let tasks = subject.output(shape, isList: true, "the list of tasks")
    return subject.ask(
      name, [("the task", task ?? []), ("the text", Array(gone.text.utf8))], outputs: [tasks]
    ) {
      call, inputs, outputs in
      var raw = gone.raw(inputs[1])
      var bytes = inputs[0]
      return withUnsafePointer(to: &bytes) { hook(state, call, &raw, task == nil ? nil : $0, outputs[0]) }
    }
  }

  /// NAME=value items.
  package func environment() -> HookAnswer {
    guard let hook = subject.hooks.extra_env else {
      return HookAnswer(status: TH_OK, call: subject.newCall())
    }
    let items = subject.output(isList: true, "the list of variables")
    return subject.ask("extra_env", [], outputs: [items]) { call, _, outputs in hook(state, call, outputs[0])
    }
  }

  package func feedback(_ bytes: [UInt8], from worker: UInt64 = 1) -> HookAnswer {
    let hook = subject.hooks.forward_feedback
    return subject.ask("forward_feedback", [("the feedback", bytes)]) { call, inputs, _ in
      hook?(state, call, worker, inputs[0])
      return TH_OK
    }
  }

  package func summary(_ totals: th_totals, _ shape: CheckOutput.Shape = .init()) -> HookAnswer {
    guard let hook = subject.hooks.summary else { return HookAnswer(status: TH_OK, call: subject.newCall()) }
    let text = subject.output(shape, "the summary")
    var totals = totals
    totals.size = UInt32(MemoryLayout<th_totals>.size)
    return subject.ask("summary", [], outputs: [text]) { call, _, outputs in
      hook(state, call, &totals, outputs[0])
    }
  }

  /// What a worker asks its host for.
  package func call(_ request: [UInt8]) -> HookAnswer {
    guard let service = subject.table.extensions.service, let hook = service.on_call else {
      return HookAnswer(status: TH_E_UNSUPPORTED, call: subject.newCall())
    }
    let reply = subject.output(.init(), "the reply")
    return subject.ask("on_call", [("the request of a call", request)], outputs: [reply]) {
      call, inputs, outputs in
      var status = WorkerView().raw(th_bytes(ptr: nil, len: 0))
      var caller = th_worker_handle(id: 1, epoch: 1)
      return hook(state, call, &status, &caller, inputs[0], outputs[0])
    }
  }
}
