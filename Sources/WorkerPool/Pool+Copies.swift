internal import CTaskHost
internal import Hooks
internal import Scheduling
internal import Wire

// A second trial of a task that takes long, and the one of the two that does not count.
extension Pool {
  /// Makes the request once more, for another worker. The kind may say that this worker is none for it.
  func offerCopy(_ copy: TaskID, of task: TaskID, _ id: WorkerID) {
    let row = rows[Int(task.index)]
    guard let worker = handle(id) else { preconditionFailure("an offer to a worker that is gone") }
    if kind.asksMatch, !kind.matches(&worker.status, row.payload.bytes) {
      scheduler.handle(.copyDeclined(copy), at: now)
      return
    }
    let request = worker.nextRequest
    let output = worker.request
    if hasTimeLimits { tellDeadline(copy, request, to: worker) }
    currentTask = (row.number, row.root)
    defer { currentTask = nil }
    isCopying = true
    defer { isCopying = false }
    output.begin()
    worker.isWritingRequest = true
    defer { worker.endRequest() }
    let status =
      kind.request(row.number, &worker.status, row.payload.bytes, output)
      ?? th_write(output.out, row.payload.start, row.payload.count)
    guard status == TH_OK, output.isSane else {
      scheduler.handle(.copyDeclined(copy), at: now)
      return
    }
    output.commit(.request, id: request)
    if output.count > Lane.least { wantLanes(worker) }
    worker.nextRequest += 1
    if watchesTrials { beginWatch(worker) }
    makeDirty(worker)
    // It may live longer than the task.
    let payload = payloads.store(row.payload.bytes)
    var second = TaskRow(
      payload: payload, root: row.root, number: row.number, acceptedAt: row.acceptedAt,
      trialStartedAt: now.nanoseconds)
    second.tries = row.tries + 1
    rows.place(second, at: Int(copy.index))
    scheduler.handle(.copySent(copy, id, request), at: now)
  }

  /// An answer has come while there are copies. False: it does not count, and all that it means is done.
  func counts(_ worker: WorkerHandle, _ request: RequestID, _ failure: PerformFailure?) -> Bool {
    guard let race = scheduler.race(answering: request, on: worker.id) else { return true }
    guard !race.hasLost, failure == nil else {
      lose(race, worker)
      scheduler.dismiss(worker.id, failure, at: now)
      if recycles { considerRecycling(worker) }
      return false
    }
    forgetFindings(of: race, copy: !race.isCopy)
    if race.isCopy { changePlaces(race) }
    scheduler.win(race, at: now)
    return true
  }

  /// A worker has died, and there are copies: if it was at one of two trials, that one does not count.
  func loseTrial(on worker: WorkerHandle, _ end: WorkerEnd) -> Race? {
    guard let race = scheduler.race(atWorkOn: worker.id) else { return nil }
    lose(race, worker, death: end)
    return race
  }

  /// This trial is over and does not count.
  private func lose(_ race: Race, _ worker: WorkerHandle, death: WorkerEnd? = nil) {
    var row = rows[Int(race.row.index)]
    if !race.isCopy { row.tries += 1 }
    totals.superseded += 1
    report(trial: row, on: worker, .superseded, death: death)
    if race.hasLost { return }
    forgetFindings(of: race, copy: race.isCopy)
    if !race.isCopy { changePlaces(race) }
  }

  /// The copy is the trial of the task from here on.
  private func changePlaces(_ race: Race) {
    let (task, copy) = (Int(race.task.index), Int(race.copy.index))
    (rows[task].trialStartedAt, rows[copy].trialStartedAt) = (
      rows[copy].trialStartedAt, rows[task].trialStartedAt
    )
    if !findings.isEmpty { findings[race.task.index] = findings.removeValue(forKey: race.copy.index) }
    order.takeOver(rows[task].number, root: rows[task].root)
    prints.takeOver(rows[task].number)
  }

  private func forgetFindings(of race: Race, copy: Bool) {
    let row = rows[Int(race.task.index)]
    if !findings.isEmpty { findings[copy ? race.copy.index : race.task.index] = nil }
    prints.forget(copy ? .copy : .trial, of: row.number)
    for severity in order.forget(copy ? .copy : .trial, of: row.number, root: row.root) {
      totals.severities[Int(severity.rawValue)] -= 1
    }
  }

  /// Feedback is only that of the trial that was first, as it can not be taken back; findings wait until one has won.
  func isUnheard(_ frame: Frame, of worker: WorkerHandle) -> Bool {
    guard let race = scheduler.race(of: frame.id, on: worker.id) else { return false }
    switch frame.type {
    case .feedback: return race.isCopy
    // A printed file is a call, whose answer is awaited: `receivePrintedFile` looks at the race.
    case .diagnostic, .printedOutput, .printedError: return race.hasLost
    default: return false
    }
  }

  /// Which of two trials a worker speaks of, where there are two.
  @inline(__always)
  func trial(_ request: RequestID, of worker: WorkerHandle) -> DiagnosticOrder.Source {
    scheduler.copyCount > 0 && scheduler.race(of: request, on: worker.id)?.isCopy == true ? .copy : .trial
  }

  func superseded(_ copy: TaskID) {
    if !findings.isEmpty { findings[copy.index] = nil }
    payloads.release(rows[Int(copy.index)].payload)
  }
}
