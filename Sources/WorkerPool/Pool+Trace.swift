internal import Scheduling
internal import Wire

// What a trace is told.
extension Pool {
  func trace(
    trial row: TaskRow, on worker: WorkerHandle, _ result: TrialReport.Result, with tracer: any Tracer
  ) {
    // What is performed in this process goes on while the clock of the turn stands still.
    if worker.local != nil { readClock() }
    let end = now.nanoseconds
    // What it has begun is known to the nanosecond where it holds one request. Else the host sees only when answers come, and
    // one began when the one before it had ended.
    let earliest = min(max(row.trialStartedAt, worker.tracedUntil), end)
    let claimed = worker.claims.startedAt - min(pausedNanoseconds, worker.claims.startedAt)
    let seen = scheduler.policy.window == 1 && earliest...end ~= claimed ? claimed : earliest
    let spans = takeSpans(of: worker, within: earliest...end)
    worker.tracedUntil = spans?.end ?? end
    tracer.trial(
      TracedTrial(
        task: row.number, name: name(row), worker: worker.number, number: Int(row.tries),
        result: result.word, queuedAt: row.tries == 1 && result != .superseded ? row.acceptedAt : nil,
        sentAt: row.trialStartedAt,
        startedAt: spans?.start ?? seen, endedAt: spans?.end ?? end))
    guard let spans else { return }
    for span in spans.spans {
      tracer.span(span.name, worker: worker.number, from: span.start, to: span.end)
    }
    if spans.dropped > 0 { tracer.dropped(spans.dropped, worker: worker.number, at: spans.end) }
  }

  func trace(_ worker: WorkerHandle, _ event: WorkerReport.Event, with tracer: any Tracer) {
    let at = now.nanoseconds
    switch event {
    case .spawned:
      worker.spawnedAt = at
      tracer.workerSpawned(worker.number, pid: worker.pid)
    case .fresh:
      worker.tracedUntil = at
      tracer.workerReady(worker.number, from: worker.spawnedAt, to: at)
    case .old, .dying: break
    case .ended(let end):
      let how = end.signal.map { " (\(signalName($0)))" } ?? end.exitCode.map { " (exit code \($0))" } ?? ""
      tracer.workerEnded(worker.number, because: end.reason.word + how, at: at)
    }
  }
}

extension TrialReport.Result {
  package var word: String {
    switch self {
    case .answered: "answered"
    case .failed: "failed"
    case .crashed: "crashed"
    case .cancelled: "cancelled"
    case .timedOut: "timed_out"
    case .exceeded: "exceeded"
    case .superseded: "superseded"
    }
  }
}
