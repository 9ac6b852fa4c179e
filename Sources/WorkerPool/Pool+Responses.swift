internal import CTaskHost
internal import Hooks
internal import Scheduling
internal import Wire

// What workers say about requests.
extension Pool {
  /// False: no such request is in flight there.
  @inline(__always)
  func respond(_ worker: WorkerHandle, _ frame: Frame) -> Bool {
    if worker.watch.hasPrinted { endOutput(worker) }
    if scheduler.copyCount > 0, !counts(worker, frame.id, nil) { return true }
    guard let task = scheduler.accept(worker.id, frame.id) else { return false }
    defer { if recycles { considerRecycling(worker) } }
    if worker.exchange != nil { endExchange(of: frame.id, on: worker) }
    let index = Int(task.index)
    // Changed here and not there: a CPU waits for a narrow write before it can read the row whole.
    var row = rows[index]
    row.tries += 1
    rows[index].tries = row.tries
    if reportsTrials { report(trial: row, on: worker, .answered) }
    if row.isCall {
      answerCall(task, row, worker, frame)
      return true
    }
    currentTask = (row.number, row.root)
    gravest = findings.isEmpty ? nil : findings.removeValue(forKey: task.index)
    defer { currentTask = nil }
    guard let used = kind.use(row.number, &worker.status, row.payload.bytes, frame.payload) else {
      if !troubles.isEmpty { troubles[task.index] = nil }
      let changed = worker.stay(competence: UnsafeRawBufferPointer(start: nil, count: 0))
      scheduler.handle(
        .used(
          task, worker.id, outcome: Self.outcome(by: gravest), stays: true, competenceChanged: changed),
        at: now)
      return true
    }
    let counted = counted
    if let problem = problem(with: used) {
      note(task, TaskTrouble(code: used, message: problem, counts: counted))
      scheduler.handle(
        .used(task, worker.id, outcome: .error, stays: true, competenceChanged: false), at: now)
      return true
    }
    // Of an earlier trial.
    if !troubles.isEmpty { troubles[task.index] = nil }
    if let counted { note(task, TaskTrouble(counts: counted)) }
    if kind.hasAddedTasks { acceptItems(kind.tasks, parent: task, answeredBy: worker) }
    let outcome: Outcome =
      gravest == .error ? .error : Self.outcome(by: counted) ?? Self.outcome(by: gravest)
    var competenceChanged = false
    if used == TH_STAY {
      let competence = kind.writtenCompetence
      let isNews = worker.status.is_old == 0 || !competence.isEmpty
      competenceChanged = worker.stay(competence: competence)
      if options.wantsTaskEvents, isNews { reportOld(worker) }
    }
    scheduler.handle(
      .used(
        task, worker.id, outcome: outcome, stays: used == TH_STAY,
        competenceChanged: competenceChanged), at: now)
    return true
  }

  /// What the hook that has just run said to `count`.
  var counted: CaseCounts? {
    kind.call.counted.map { CaseCounts(passed: $0.passed, pending: $0.pending, failed: $0.failed) }
  }

  private func problem(with used: th_status) -> String? {
    if used == TH_STAY || used == TH_END {
      return kind.hasWrittenWell ? nil : "use_response left an unfinished item, or wrote past its output"
    }
    if kind.competence.overflow > 0 {
      return
        "use_response wanted a competence of \(kind.competence.overflow) bytes, the limit is \(KindQueue.competenceLimit)"
    }
    return kind.call.message ?? "use_response returned \(statusName(used)), expected TH_STAY or TH_END"
  }

  /// The outcome that counts stand for; nil without counts.
  static func outcome(by counts: CaseCounts?) -> Outcome? {
    guard let counts else { return nil }
    return counts.failed > 0 ? .failed : counts.pending > 0 ? .pending : .passed
  }

  /// The outcome that the gravest finding stands for, where the kind does not count.
  private static func outcome(by severity: DiagnosticSeverity?) -> Outcome {
    switch severity {
    case nil, .note, .warning: .passed
    case .incomplete: .pending
    case .failed: .failed
    case .limit: .limit
    case .error: .error
    }
  }

  func fail(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) -> Bool {
    let message = try FailureMessage(frame.payload)
    var failure = isMemoryLimit(message.code) ? PerformFailure.limit : Self.classify(message)
    if scheduler.copyCount > 0, !counts(worker, frame.id, failure) { return true }
    guard let task = scheduler.accept(worker.id, frame.id) else { return false }
    defer { if recycles { considerRecycling(worker) } }
    if worker.exchange != nil { endExchange(of: frame.id, on: worker) }
    if failure == .retry, rows[Int(task.index)].isCall { failure = .error }
    if failure == .cancelled, scheduler.isRecalled(task) {
      // No trial: it was only asked back for another worker.
      scheduler.handle(.failed(task, worker.id, failure), at: now)
      return true
    }
    let index = Int(task.index)
    rows[index].tries += 1
    let text = message.message.isEmpty ? "perform returned \(statusName(message.code))" : message.message
    note(
      task,
      TaskTrouble(
        code: message.code, actual: message.oversize,
        limit: message.oversize > 0 ? UInt64(options.maxFrame) : 0,
        message: text))
    if rows[index].owner < 0, let ticket = owners.ticket(rows[index].owner) {
      ticket.worker = worker.number
      if let traits = ticket.traits { answered(traits, by: worker, well: false) }
    }
    report(
      trial: rows[index], on: worker,
      isMemoryLimit(message.code) ? .exceeded("memory") : .failed(code: message.code, message: text))
    scheduler.handle(.failed(task, worker.id, failure), at: now)
    return true
  }

  private static func classify(_ message: FailureMessage) -> PerformFailure {
    if message.oversize > 0 { return .undecodable }
    return switch message.code {
    case TH_E_RETRY: .retry
    case TH_E_POISONED: .poisoned
    case TH_E_CANCELLED: .cancelled
    case TH_E_LIMIT: .limit
    default: .error
    }
  }

  // MARK: A task that ends without a response

  func gone(_ task: TaskID, _ cause: GoneCause, _ tries: Int) {
    let row = rows[Int(task.index)]
    if row.isCall {
      if troubles[task.index] == nil { note(task, TaskTrouble(message: Self.text(of: cause))) }
      owners.ticket(row.owner)?.traits?.cause = cause
      // One that a worker waits for is that worker's to judge.
      scheduler.handle(.settled(task, row.isInner ? .outcome(.stale) : .byCause), at: now)
      return
    }
    // What an earlier trial came to is not why a task that waited again has ended.
    switch cause {
    case .expired, .unmatched, .unstarted: troubles[task.index] = nil
    default: break
    }
    var trouble = troubles[task.index] ?? TaskTrouble()
    if case .timeout = cause, trouble.code == TH_E_CANCELLED {
      trouble.message = Self.text(ofTimeout: trouble.message)
      troubles[task.index] = trouble
    }
    if trouble.message.isEmpty { trouble.message = Self.text(of: cause) }
    if troubles[task.index] == nil { note(task, TaskTrouble(message: trouble.message)) }
    let answer = askGone(row, cause, trouble, tries: tries)
    scheduler.handle(.settled(task, settlement(task, cause, answer)), at: now)
  }

  /// What the kind says to the end of a task without a response; nil if it has no hook for it.
  func askGone(
    _ row: TaskRow, _ cause: GoneCause, _ trouble: TaskTrouble, tries: Int
  ) -> th_status? {
    var gone = Self.describe(trouble, cause, tries)
    var text = trouble.message
    var isUndecodable = false
    if case .undecodable(let direction) = cause {
      isUndecodable = true
      gone.direction = UInt32(direction.rawValue)
      report(
        row, .marshalError(direction, actual: trouble.actual, limit: trouble.limit, message: text))
    }
    currentTask = (row.number, row.root)
    gravest = nil
    defer { currentTask = nil }
    return text.withUTF8 { utf8 in
      gone.text = th_bytes(UnsafeRawBufferPointer(utf8))
      return kind.gone(row.number, gone, undecodable: isUndecodable, row.payload.bytes)
    }
  }

  /// Replacements would be gone for the same cause before they are started, and the hook would be asked for ever.
  private func canReplace(_ task: TaskID, _ cause: GoneCause, _ items: ListOutput) -> Bool {
    switch cause {
    case _ where scheduler.isCancelled(task): false
    case .unstarted: false
    case .expired: items.allSatisfy { $0.expiresIn != 0 }
    default: true
    }
  }

  private func settlement(_ task: TaskID, _ cause: GoneCause, _ answer: th_status?) -> Settlement {
    guard let answer else { return .byCause }
    let counted = counted
    if answer == TH_E_RETRY { return .retry }
    guard answer == TH_OK, kind.tasks.isSane, kind.tasks.rest.isEmpty else {
      let hook = "a hook for a task that is gone"
      troubles[task.index]?.message =
        kind.call.message ?? "\(hook) returned \(statusName(answer)), expected TH_OK or TH_E_RETRY"
      return .outcome(.error)
    }
    if kind.tasks.count > 0, canReplace(task, cause, kind.tasks) {
      acceptItems(kind.tasks, parent: task, answeredBy: nil)
      return .replaced
    }
    troubles[task.index]?.counts = counted
    if gravest == .error { return .outcome(.error) }
    // Counts that say "failed" leave the cause as the outcome: it says more.
    guard let outcome = Self.outcome(by: counted), outcome != .failed else { return .byCause }
    return .outcome(outcome)
  }

  private static func describe(_ trouble: TaskTrouble, _ cause: GoneCause, _ tries: Int) -> th_gone {
    var gone = th_gone()
    gone.size = UInt32(MemoryLayout<th_gone>.size)
    gone.cause = number(of: cause)
    gone.code = trouble.code
    gone.signal = trouble.signal
    gone.exit_code = trouble.exitCode
    gone.tries = UInt32(clamping: tries)
    gone.peak_rss = trouble.peakMemory
    gone.actual = trouble.actual
    gone.limit = trouble.limit
    return gone
  }

  private static func number(of cause: GoneCause) -> UInt32 {
    switch cause {
    case .cancelled: TH_GONE_CANCELLED
    case .expired: TH_GONE_EXPIRED
    case .workerDied: TH_GONE_WORKER_DIED
    case .failed: TH_GONE_FAILED
    case .timeout: TH_GONE_TIMEOUT
    case .limit: TH_GONE_LIMIT
    case .unmatched: TH_GONE_UNMATCHED
    case .undecodable: TH_GONE_UNDECODABLE
    case .unstarted: TH_GONE_UNSTARTED
    }
  }

  /// It gave up when it was told to, which most say in a word that does not say why.
  private static func text(ofTimeout said: String) -> String {
    let isBare = ["", "cancelled", "perform returned \(statusName(TH_E_CANCELLED))"].contains(said)
    return isBare ? "over its time limit" : "over its time limit: \(said)"
  }

  static func text(of cause: GoneCause) -> String {
    switch cause {
    case .cancelled: "cancelled"
    case .expired: "its time to be started had passed"
    case .workerDied: "its worker died"
    case .failed: "perform failed"
    case .timeout: "it ran out of time"
    case .limit: "it went over a limit"
    case .unmatched: "no worker would take it: task_match refused it for every worker and for a fresh one"
    case .undecodable: "it could not be carried over the pipe"
    case .unstarted: "no worker of its kind could be started"
    }
  }

  /// A worker died that held no task; the hook hears of it, and nothing depends on its answer.
  func workerGone(_ id: WorkerID) {
    guard kind.hooks.on_task_gone != nil, let end = lastDeaths.removeValue(forKey: id) else { return }
    var trouble = TaskTrouble()
    trouble.signal = end.signal ?? -1
    trouble.exitCode = end.exitCode ?? -1
    trouble.peakMemory = end.peakMemoryBytes
    var gone = Self.describe(trouble, .workerDied, 0)
    var text = "a worker died that held no task"
    _ = text.withUTF8 { utf8 in
      gone.text = th_bytes(UnsafeRawBufferPointer(utf8))
      return kind.gone(0, gone, undecodable: false, nil)
    }
  }
}
