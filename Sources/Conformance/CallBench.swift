internal import CTaskHost
internal import PluginLoading

/// Calls one hook as often as is asked for, with the states that it needs.
struct CallBench {
  private let subject: Subject
  private let hook: Hook
  private let caller: HookCaller
  private let job: HookCall

  /// Why there is none.
  enum Failure: Error {
    case unset(String)
    case system(String)
  }

  init(_ subject: Subject, _ hook: Hook, _ job: HookCall) throws(Failure) {
    self.subject = subject
    self.hook = hook
    self.job = job
    guard let table = subject.notebook.during("extension", { subject.table.table(of: hook) }) else {
      throw .unset("the kind does not offer \(hook.table ?? "a table")")
    }
    guard let function = KindTable.function(at: hook.offset, in: table.start, size: table.size) else {
      let isThere = hook.offset + 8 <= table.size
      throw .unset(
        isThere
          ? "\(hook.id) is not set"
          : "\(hook.id) at offset \(hook.offset) is beyond the kind's table, which has \(table.size) bytes")
    }
    do throws(ForeignError) { caller = try HookCaller(subject, hook, function) } catch {
      throw .system(error.text)
    }
  }

  /// The hook ends the state that it is given.
  private var ends: HookSignature.Kind? {
    switch hook.id {
    case "queue_free": .queue
    case "worker_free": .worker
    case "\(TH_EXT_SESSION):session_close": .session
    default: nil
    }
  }

  func call() throws(CheckEnd) -> CallReport {
    var report = CallReport()
    report.nanoseconds.reserveCapacity(job.repetitions)
    var states = try States(subject, hook, job)
    for repetition in 0..<job.repetitions {
      // A state that was ended is made again.
      if repetition > 0, ends != nil {
        states.free(except: ends)
        states = try States(subject, hook, job)
      }
      let call = subject.newCall()
      states.answerCalls(of: call)
      let answer = caller.call(job.inputs, states.surroundings(hook, job), call)
      states.add(answer, hook)
      let value = Self.value(answer.value, hook.signature.result)
      if repetition > 0, value != report.value { report.differing += 1 }
      report.value = value
      report.nanoseconds.append(answer.nanoseconds)
      report.add(answer)
    }
    states.free(except: ends)
    for problem in CheckCall.stray.all where !report.problems.contains(problem) {
      report.problems.append(problem)
    }
    return report
  }

  private static func value(_ value: UInt64, _ result: HookSignature.Result) -> Int64 {
    switch result {
    case .void: 0
    case .table: value == 0 ? 0 : 1
    case .status, .int: Int64(bitPattern: value)
    }
  }
}

/// Queue, worker and session for a hook that wants them.
private struct States {
  private let subject: Subject
  private var queue: CheckQueue?
  private var worker: CheckWorker?
  private var session: OpaquePointer?
  private var hasSession = false

  init(_ subject: Subject, _ hook: Hook, _ job: HookCall) throws(CheckEnd) {
    self.subject = subject
    let signature = hook.signature
    if signature.has(.queue) { queue = try Self.queue(subject) }
    guard signature.has(.worker) || signature.has(.session) else { return }
    // What a worker asks its host for is answered by the kind.
    if subject.table.extensions.service != nil, queue == nil { queue = try Self.queue(subject) }
    let made = CheckWorker(trying: subject, shared: job.shared, queue: queue)
    guard made.start.status >= 0 else { throw .skipped("worker_new refuses: \(made.start.told)") }
    worker = made
    guard signature.has(.session), let open = subject.table.extensions.session?.session_open else { return }
    var session: OpaquePointer?
    let answer = subject.ask("session_open", [("request of session_open", job.opening)]) { call, inputs, _ in
      open(made.state, call, inputs[0], &session)
    }
    guard answer.status >= 0 else { throw .skipped("session_open refuses: \(answer.told)") }
    self.session = session
    hasSession = true
  }

  private static func queue(_ subject: Subject) throws(CheckEnd) -> CheckQueue {
    let queue = CheckQueue(trying: subject)
    guard queue.start.status >= 0 else { throw .skipped("queue_new refuses: \(queue.start.told)") }
    return queue
  }

  /// `on_call` of the kind, if it has one.
  func answerCalls(of call: CheckCall) {
    guard let queue else { return }
    call.answer = { request, reply in
      let answer = queue.call(request)
      reply = answer.status >= 0 ? answer.bytes : answer.call.message ?? []
      return answer.status == TH_NONE ? TH_E_UNSUPPORTED : answer.status
    }
  }

  func surroundings(_ hook: Hook, _ job: HookCall) -> HookCaller.Surroundings {
    var surroundings = HookCaller.Surroundings()
    surroundings.queue = queue?.state
    surroundings.worker = worker?.state
    surroundings.session = session
    if let competence = job.competence {
      surroundings.view = WorkerView(isOld: true, competence: competence, jobsDone: 1)
    }
    let natural = hook.name == "on_marshal_error" ? TH_GONE_UNDECODABLE : TH_GONE_WORKER_DIED
    surroundings.gone = GoneView(cause: job.cause ?? natural)
    if surroundings.gone.cause == TH_GONE_WORKER_DIED { surroundings.gone.signal = 9 }
    surroundings.gone.text = "by taskhost plugin call"
    return surroundings
  }

  /// A state that the hook has made is freed at once.
  func add(_ answer: HookCaller.Answer, _ hook: Hook) {
    guard answer.succeeded, hook.signature.result == .status else { return }
    let hooks = subject.hooks
    if hook.signature.has(.newQueue) {
      subject.notebook.during("queue_free") { hooks.queue_free?(answer.made) }
    }
    if hook.signature.has(.newWorker) {
      subject.notebook.during("worker_free") { hooks.worker_free?(answer.made) }
    }
    if hook.signature.has(.newSession) { close(answer.made) }
  }

  private func close(_ session: OpaquePointer?) {
    guard let hook = subject.table.extensions.session?.session_close else { return }
    let last = subject.output(.init(), "the last output")
    _ = subject.ask("session_close", [], outputs: [last]) { call, _, outputs in
      hook(worker?.state, session, call, outputs[0])
    }
  }

  /// All but the one that the hook has ended.
  func free(except ended: HookSignature.Kind?) {
    if hasSession, ended != .session { close(session) }
    if ended != .worker { worker?.free() }
    if ended != .queue { queue?.free() }
  }
}

extension CallReport {
  /// All of the last call; what it may not do, of all.
  fileprivate mutating func add(_ answer: HookCaller.Answer) {
    let call = answer.call
    outputs = answer.outputs
    message = call.message
    diagnostics = call.diagnostics.map {
      Diagnostic(
        severity: $0.severity, line: $0.line, column: $0.column, file: $0.file, label: $0.label,
        message: $0.message, json: $0.json)
    }
    feedback = call.feedback
    progress = call.progress.last
    counts = call.counts
    printed = call.printed
    for problem in answer.problems where !problems.contains(problem) { problems.append(problem) }
  }
}
