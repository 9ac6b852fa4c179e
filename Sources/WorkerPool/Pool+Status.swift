internal import CPosix
internal import Scheduling
internal import Wire

// What somebody who looks at the run asks for: by SIGUSR1, or by the key `t`.
extension Pool {
  func attendStatus() {
    if cpx_take_status_flag() { emit(.status(status)) }
    // The shell has brought the run to the foreground again.
    if cpx_take_continued_flag() { watchKeys() }
  }

  /// Somebody has asked in another way.
  package func tellStatus() { emit(.status(status)) }

  private static let terminal: Int32 = 0

  func watchKeys() {
    guard options.readsKeys else { return }
    unwatchKeys()
    guard cpx_keys_open(Self.terminal) == 0 else { return }
    do throws(SystemError) {
      try reactor.watch(Self.terminal, .keyboard)
    } catch {
      cpx_keys_close()
    }
  }

  func unwatchKeys() {
    guard options.readsKeys else { return }
    reactor.forget(Self.terminal)
    cpx_keys_close()
  }

  func readKeys() {
    while true {
      let key = cpx_keys_read()
      if key == -1 { return }
      // In the background keys are for somebody else, and to read them would stop the run.
      if key == -2 { return reactor.forget(Self.terminal) }
      if key == Int32(UInt8(ascii: "t")) { emit(.status(status)) }
    }
  }

  private var status: StatusReport {
    var report = StatusReport(
      running: [], waiting: 0, queued: scheduler.queuedCount, done: totals.outcomes.reduce(0, +), starting: 0)
    for worker in workers {
      guard let worker else { continue }
      if worker.phase == .starting { report.starting += 1 }
      let count = scheduler.inFlight(on: worker.id)
      guard count > 0, let running = running(on: worker, count) else { continue }
      report.running.append(running)
      report.waiting += count - 1
    }
    return report
  }

  /// What the worker says that it is at, as far as that can be; else the first that it was sent.
  private func running(on worker: WorkerHandle, _ count: Int) -> StatusReport.Running? {
    let first = worker.nextRequest - UInt64(count)
    let claimed = worker.claims.performing
    let isPerforming = first..<worker.nextRequest ~= claimed
    guard let task = scheduler.task(inFlight: isPerforming ? claimed : first, on: worker.id) else {
      return nil
    }
    let row = rows[Int(task.index)]
    let at = now.nanoseconds
    let claimedAt = worker.claims.startedAt - min(pausedNanoseconds, worker.claims.startedAt)
    let since = isPerforming ? max(row.trialStartedAt, claimedAt) : row.trialStartedAt
    let progress = isPerforming ? worker.claims.progress : (done: 0, total: 0)
    return StatusReport.Running(
      task: row.number, name: name(row), worker: worker.number, pid: worker.pid,
      state: scheduler.isCancelled(task) ? .cancelling : isPerforming ? .performing : .sent,
      elapsedNanoseconds: at - min(since, at), done: progress.done, total: progress.total)
  }
}
