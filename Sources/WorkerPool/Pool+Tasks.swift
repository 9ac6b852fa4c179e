internal import CPosix
internal import CTaskHost
internal import Hooks
internal import Scheduling
internal import Wire

// The life of a task in the host: accepted, offered, sent; finished.
extension Pool {
  /// Bytes that may wait for one pipe before its worker is offered nothing more.
  private static let sendLimit = 1 << 20

  func accept(
    _ bytes: UnsafeRawBufferPointer, _ options: ItemOptions, parent: TaskID?, answeredBy: WorkerHandle?
  ) {
    let at = now
    if parent == nil, options.isDefault, limits.hardTime | limits.softTime == 0 {
      let task = scheduler.add(at: at)
      let row = makeRow(bytes, parent: nil)
      place(row, at: task)
      report(row, .queued(parent: nil))
      return
    }
    var spec = TaskSpec()
    spec.priority = options.priority
    spec.estimate = options.estimate
    spec.group = options.group
    if options.demand != 0 {
      switch demands.find(options.demand, kind.demands, &scheduler) {
      case .success(let demand): spec.demand = demand
      case .failure(let error):
        refuse(bytes, error.message, parent: parent)
        return
      }
    }
    spec.parent = parent
    spec.softLimit = Self.timeLimit(options.softLimit, else: limits.softTime)
    spec.hardLimit = Self.timeLimit(options.hardLimit, else: limits.hardTime)
    // The hard limit must leave the soft one a chance.
    if spec.hardLimit != 0 { spec.hardLimit = max(spec.hardLimit, spec.softLimit + 1) }
    if spec.softLimit | spec.hardLimit != 0 { noteTimeLimits() }
    if options.expiresIn != 0 { spec.expiresAt = at.advanced(by: options.expiresIn) }
    if options.isPinned { spec.pin = answeredBy?.id }
    let task = scheduler.add(spec, at: at)
    let row = makeRow(bytes, parent: parent)
    place(row, at: task)
    guard self.options.wantsTaskEvents else { return }
    let parentNumber = parent.map { rows[Int($0.index)].number }
    let event: TaskReport.Event =
      if let pin = spec.pin.flatMap({ handle($0) }) {
        .pinned(worker: pin.number, parent: parentNumber)
      } else {
        .queued(parent: parentNumber)
      }
    report(row, event)
  }

  @inline(__always)
  func place(_ row: TaskRow, at task: TaskID) {
    rows.place(row, at: Int(task.index))
    if row.owner < 0 { owners.ticket(row.owner)?.task = task }
  }

  /// An answer that waits in the worker for company would be late by the time of the request after it.
  func noteTimeLimits() {
    guard !hasTimeLimits else { return }
    hasTimeLimits = true
    scheduler.setWindow(1)
  }

  /// The next number, a place in the order of the submission, and a copy of the bytes.
  @inline(__always)
  func makeRow(_ bytes: UnsafeRawBufferPointer, parent: TaskID?) -> TaskRow {
    taskCount += 1
    let root: UInt32
    var owner = intakeOwner
    if let parent {
      let parentRow = rows[Int(parent.index)]
      root = parentRow.root
      order.addChild(taskCount, of: parentRow.number, root: root)
      // A batch is over when all that came of it is.
      owner = max(parentRow.owner, 0)
      owners.batch(owner)?.live += 1
    } else {
      root = order.addRoot()
    }
    return TaskRow(
      payload: payloads.store(bytes), root: root, number: taskCount, acceptedAt: now.nanoseconds, owner: owner
    )
  }

  /// What the kind says of a task, else what the user says of all. The greatest number is a way to say "none".
  private static func timeLimit(_ own: UInt64, else common: UInt64) -> UInt64 {
    own == .max ? 0 : own == 0 ? common : own
  }

  /// The items of a list output become tasks.
  func acceptItems(_ list: ListOutput, parent: TaskID, answeredBy: WorkerHandle?) {
    list.forEach { accept($0, $1, parent: parent, answeredBy: answeredBy) }
  }

  @inline(__always)
  func offer(_ task: TaskID, _ id: WorkerID) {
    // The handle stays in its place and the output in the handle until this returns, whatever the hooks in it do: a worker is
    // only taken out when it has been reaped. Two atomic counts up and two down are a twentieth of the host's work for a task.
    guard let place = place(id.slot) else { preconditionFailure("an offer to a worker that is gone") }
    place._withUnsafeGuaranteedRef { worker in
      precondition(worker.id == id, "an offer to a worker that is gone")
      Unmanaged.passUnretained(worker.request)._withUnsafeGuaranteedRef { offer(task, to: worker, $0) }
    }
  }

  @inline(never)
  private func offer(_ task: TaskID, to worker: WorkerHandle, _ output: FrameOutput) {
    let row = rows[Int(task.index)]
    let id = worker.id
    if row.isCall, let bound = isBoundElsewhere(row, worker) {
      note(task, TaskTrouble(message: "worker \(bound) is not there any more"))
      owners.ticket(row.owner)?.isStale = true
      scheduler.handle(.hookFailed(task), at: now)
      return
    }
    if kind.asksMatch, !row.isCall, !kind.matches(&worker.status, row.payload.bytes) {
      scheduler.handle(.refused(task, id), at: now)
      return
    }
    if row.trialStartedAt != 0 {
      tracer?.retry(row.number, worker: worker.number, at: now.nanoseconds)
      forgetTrial(task, row)
    }
    let request = worker.nextRequest
    if hasTimeLimits { tellDeadline(task, request, to: worker) }
    if row.isCall, let traits = owners.ticket(row.owner)?.traits, row.payload.count <= options.maxFrame {
      announce(traits, request, to: worker)
    }
    currentTask = (row.number, row.root)
    defer { currentTask = nil }
    output.begin()
    worker.isWritingRequest = true
    defer { worker.endRequest() }
    let made = row.isCall ? nil : kind.request(row.number, &worker.status, row.payload.bytes, output)
    let status =
      made
      ?? th_write(output.out, row.payload.start, row.payload.count)
    guard status == TH_OK, output.isSane else {
      offerFailed(task, row, status, output)
      return
    }
    output.commit(.request, id: request)
    if output.count > Lane.least { wantLanes(worker) }
    worker.nextRequest += 1
    if watchesTrials { beginWatch(worker) }
    makeDirty(worker)
    let at = now
    rows[Int(task.index)].trialStartedAt = at.nanoseconds
    scheduler.handle(.sent(task, id, request), at: at)
    // A worker that reads slower than the host writes gets no more until the pipe has taken what waits.
    if output.waiting > Self.sendLimit {
      scheduler.handle(.choked(id, true), at: at)
      worker.isHeldBack = true
    }
  }

  /// What a trial has found before its worker died, or before it asked for another one, would be found and counted again.
  private func forgetTrial(_ task: TaskID, _ row: TaskRow) {
    if !prints.isEmpty { prints.forget(.trial, of: row.number) }
    if !findings.isEmpty { findings[task.index] = nil }
    if !programEnds.isEmpty { programEnds[row.number] = nil }
    for severity in order.forget(.trial, of: row.number, root: row.root) {
      totals.severities[Int(severity.rawValue)] -= 1
    }
  }

  private func offerFailed(_ task: TaskID, _ row: TaskRow, _ status: th_status, _ output: FrameOutput) {
    if status == TH_NONE {
      report(row, .stale)
      scheduler.handle(.stale(task), at: now)
    } else if output.overflow > 0 {
      note(
        task,
        TaskTrouble(
          code: status, actual: UInt64(output.overflow), limit: UInt64(options.maxFrame),
          message: "the request needs \(byteText(output.overflow)), a frame holds \(options.maxFrame)"))
      scheduler.handle(.unsendable(task), at: now)
    } else {
      let what =
        output.isSane
        ? kind.call.message ?? "request_of_task returned \(statusName(status)) and no message"
        : "request_of_task wrote past its output"
      note(task, TaskTrouble(code: status, message: what))
      scheduler.handle(.hookFailed(task), at: now)
    }
  }

  func note(_ task: TaskID, _ trouble: TaskTrouble) { troubles[task.index] = trouble }

  func finish(_ task: TaskID, _ outcome: Outcome) {
    let index = Int(task.index)
    let row = rows[index]
    if !findings.isEmpty { findings[task.index] = nil }
    if endsQuietly(row, outcome) {
      totals.outcomes[Int(outcome.rawValue)] += 1
      totals.cases.passed += 1
      close(row, outcome)
    } else {
      finish(row, outcome, troubles.isEmpty ? nil : troubles.removeValue(forKey: task.index))
    }
  }

  /// It has passed, and nobody hears of it before the end of the run: so it is with most of many tasks.
  @inline(__always)
  private func endsQuietly(_ row: TaskRow, _ outcome: Outcome) -> Bool {
    // By its case: `==` of an enumeration of another module is looked up in a table.
    guard case .passed = outcome else { return false }
    return !tellsTasks && row.owner == 0 && !row.isInner && troubles.isEmpty && prints.isEmpty
  }

  func finish(_ row: TaskRow, _ outcome: Outcome, _ known: TaskTrouble?) {
    var trouble = known
    if let jobLog {
      log(row, outcome, exitCode: trouble?.exitCode ?? -1, signal: trouble?.signal ?? -1, in: jobLog)
    }
    if !prints.isEmpty { releasePrints(row, outcome, &trouble) }
    let cases = trouble?.counts ?? Self.cases(of: outcome)
    if !row.isInner { count(outcome, cases) }
    // Tasks that went wrong are rare, and everyone wants to know them.
    if !row.isInner, options.wantsTaskEvents || (outcome.isBad && options.tellsBadTasks) {
      emit(
        row,
        .finished(
          outcome, tries: Int(row.tries), durationNanoseconds: now.nanoseconds - row.acceptedAt, cases: cases,
          message: trouble?.message ?? ""))
    }
    if let tracer {
      tracer.task(
        row.number, name: name(row), outcome: "\(outcome)", from: row.acceptedAt,
        to: now.nanoseconds)
    }
    if row.owner != 0 { settleOwner(row, outcome, trouble, cases) }
    close(row, outcome)
  }

  /// Nothing more is asked of its bytes, and what waited for it in the order of the submission may be told.
  @inline(__always)
  private func close(_ row: TaskRow, _ outcome: Outcome) {
    payloads.release(row.payload)
    order.finish(row.number, root: row.root) { deliver($0) }
    if let journal { noteEnd(of: row, outcome, in: journal) }
  }

  /// What a task counts for when its kind does not say.
  private static func cases(of outcome: Outcome) -> CaseCounts {
    switch outcome {
    case .passed: CaseCounts(passed: 1)
    case .pending: CaseCounts(pending: 1)
    case .stale, .replaced, .cancelled, .skipped: CaseCounts()
    case .failed, .expired, .timeout, .limit, .crashed, .error, .lost, .unmatched: CaseCounts(failed: 1)
    }
  }

  /// No hook of the host knows what a call is.
  func name(_ row: TaskRow) -> String { row.isCall ? "call" : kind.name(row.payload.bytes) }

  func report(_ row: TaskRow, _ event: TaskReport.Event) {
    if options.wantsTaskEvents { emit(row, event) }
  }

  private func emit(_ row: TaskRow, _ event: TaskReport.Event) {
    emit(.task(TaskReport(number: row.number, name: name(row), event: event)))
  }

  func report(
    trial row: TaskRow, on worker: WorkerHandle, _ result: TrialReport.Result, death: WorkerEnd? = nil
  ) {
    if let tracer { trace(trial: row, on: worker, result, with: tracer) }
    guard options.wantsTaskEvents, !row.isInner else { return }
    var report = TrialReport(
      task: row.number, worker: worker.number, number: Int(row.tries), result: result,
      durationNanoseconds: now.nanoseconds - row.trialStartedAt)
    report.death = death
    if result != .answered { report.output = takeOutput(worker) }
    emit(.trial(report))
  }
}
