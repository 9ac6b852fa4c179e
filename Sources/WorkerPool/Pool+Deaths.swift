internal import CPosix
internal import Glibc
internal import Scheduling
internal import Wire

// The end of a worker: of its data, of its process, and who is to blame.
extension Pool {
  /// End of file is not yet death: the kernel closes the pipe of an exiting process a little before it can be reaped. One
  /// that stays alive without its pipe is of no use.
  func sawEnd(of worker: WorkerHandle) {
    worker.reachedEnd = true
    if worker.responses >= 0 { reactor.forget(worker.responses) }
    expectEnd(of: worker)
  }

  func expectEnd(of worker: WorkerHandle) {
    if worker.endDeadline == .max {
      worker.endDeadline = noted(now.advanced(by: Self.endPatience))
    }
  }

  /// A timer of a worker that is set to this time.
  func noted(_ time: Instant) -> UInt64 {
    workerTimer = min(workerTimer, time.nanoseconds)
    return time.nanoseconds
  }

  static let endPatience: UInt64 = 500_000_000

  func checkEnds() {
    let at = now.nanoseconds
    if let forkServer, forkServer.endDeadline <= now {
      forkServer.endDeadline = .never
      giveUp(forkServer, "it closed its end of the connection and lives on")
    }
    guard workerTimer <= at else { return }
    defer { findNextTimer() }
    for worker in workers {
      guard let worker else { continue }
      if worker.watch.frameDeadline <= at { checkFrame(worker) }
      if worker.watch.killDeadline <= at { fence(worker) }
      if let lanes = worker.lanes, lanes.idleDeadline <= at { checkLanes(of: worker, lanes) }
      if worker.watch.deathWatchAt <= at { watchDeath(of: worker) }
      guard worker.endDeadline <= at else { continue }
      worker.endDeadline = .max
      if worker.isRelayed {
        cutConnection(worker)
        continue
      }
      if let cutOff = worker.cutOff {
        protocolFault(worker, cutOff.word, cutOff.message, undecodable: true)
      }
      protocolFault(worker, "eof", "it closed its end of the pipe and lives on", undecodable: false)
    }
  }

  private func findNextTimer() {
    workerTimer = .max
    for worker in workers {
      guard let worker else { continue }
      // By twos: `min` of more makes an array for each call.
      let watched = min(worker.watch.frameDeadline, min(worker.watch.killDeadline, worker.watch.deathWatchAt))
      workerTimer = min(workerTimer, min(worker.endDeadline, watched))
      if let lanes = worker.lanes { workerTimer = min(workerTimer, lanes.idleDeadline) }
    }
  }

  /// A frame that has begun goes on: nothing in a worker holds it up, as its bytes are there before the first is written.
  func timeFrame(_ worker: WorkerHandle) {
    // A connection to somewhere else may be slow.
    let isWithinFrame = worker.received.unparsed > 0 && !worker.isRelayed
    guard isWithinFrame || worker.watch.frameDeadline != .max else { return }
    worker.watch.frameDeadline = isWithinFrame ? noted(now.advanced(by: Self.frameSilence)) : .max
  }

  private static let frameSilence: UInt64 = 5_000_000_000

  private func checkFrame(_ worker: WorkerHandle) {
    worker.watch.frameDeadline = .max
    guard !worker.reachedEnd else { return }
    // Held up in the host.
    if hasMore(worker.responses) { return timeFrame(worker) }
    protocolFault(
      worker, "truncated",
      "a frame has begun, and nothing has followed its first \(byteText(worker.received.unparsed)) for 5 s",
      undecodable: true)
  }

  /// The process has ended: what it has still written is taken, then it is reaped and the scheduler told.
  func bury(_ worker: WorkerHandle) {
    if worker.watch.isFenced { return reapFenced(worker) }
    // What it has started and left behind in its group goes with it; while it is not reaped the number is its own.
    Glibc.kill(-worker.pid, SIGKILL)
    takeRest(of: worker)
    drainOutput(worker)
    var exit = cpx_exit()
    let reaped = cpx_reap(worker.pid, &exit)
    guard reaped != 0 else { return }
    if reaped < 0 {
      // A hook of the kind waits for children that are not its own.
      exit.code = -1
      exit.signal = -1
      worker.faultMessage =
        worker.faultMessage ?? "its exit status was taken by somebody else in this process"
    }
    if worker.isRelayed { exit = endOfRelayed(worker, exit) }
    if let cutOff = worker.cutOff, exit.signal < 0 {
      protocolFault(worker, cutOff.word, cutOff.message, undecodable: true)
    }
    if options.ownsProcess { cpx_group_set(worker.id.slot, 0) }
    leaveGroup(worker)
    explainStart(worker)
    explainByLimit(worker, exit)
    let end = WorkerEnd(
      exitCode: exit.code >= 0 ? exit.code : nil, signal: exit.signal >= 0 ? exit.signal : nil,
      dumpedCore: exit.core, peakMemoryBytes: max(exit.peak_rss, worker.groupPeak),
      cpuNanoseconds: exit.cpu_ns,
      reason: reason(worker, exit), outputTail: worker.tail.text)
    if case .bootFailed(let phase, let message) = end.reason { lastStartFailure = "\(phase): \(message)" }
    sawMemory(end.peakMemoryBytes)
    let performing = performing(worker)
    let race = scheduler.copyCount > 0 ? loseTrial(on: worker, end) : nil
    if let culprit = scheduler.culprit(of: worker.id, performing: performing), culprit != race?.row {
      blame(culprit, worker, end)
    }
    recountTokens(without: worker)
    workers[Int(worker.id.slot)] = nil
    if worker.lanes?.phase == .offered { closeToInspection() }
    worker.close(reactor)
    reportDropped(worker.watch.flow, by: "worker \(worker.number)")
    reportEnd(worker, end)
    lastDeaths[worker.id] = end
    endExchange(with: worker, end)
    scheduler.handle(.ended(worker.id, performing: performing), at: now)
    endIfSingle(end, nil)
    expectOrphans()
  }

  /// The frames that it has written. More reads than a full pipe takes: one that has left the group may hold the pipe and write for
  /// ever.
  func takeRest(of worker: WorkerHandle) {
    for _ in 0..<256 where !worker.reachedEnd && worker.responses >= 0 {
      let before = worker.received.unparsed
      readResponses(worker)
      if worker.received.unparsed == before, !hasMore(worker.responses) { break }
    }
  }

  /// What it was at. A worker that has answered clears its claim a moment later, and may die in between.
  func performing(_ worker: WorkerHandle) -> RequestID {
    var claimed = worker.claims.performing
    if claimed == 0, let exchange = worker.exchange { claimed = exchange.begun }
    let isAnswered = claimed < worker.nextRequest && scheduler.task(inFlight: claimed, on: worker.id) == nil
    return isAnswered ? 0 : claimed
  }

  func blame(_ task: TaskID, _ worker: WorkerHandle, _ end: WorkerEnd) {
    let index = Int(task.index)
    rows[index].tries += 1
    // It may have waited behind others. What the worker says about its start is believed as far as it is possible.
    rows[index].trialStartedAt = min(
      max(
        rows[index].trialStartedAt, worker.claims.startedAt - min(pausedNanoseconds, worker.claims.startedAt)),
      now.nanoseconds)
    var trouble = TaskTrouble()
    trouble.signal = end.signal ?? -1
    trouble.exitCode = end.exitCode ?? -1
    trouble.peakMemory = end.peakMemoryBytes
    (trouble.actual, trouble.limit) = worker.excess
    trouble.message = Self.sentence(
      end, worker,
      isAtWork: scheduler.task(inFlight: worker.claims.performing, on: worker.id) == task)
    note(task, trouble)
    if let ticket = owners.ticket(rows[index].owner) {
      ticket.death = end
      ticket.worker = worker.number
    }
    let result: TrialReport.Result =
      switch end.reason == .unkillable ? worker.fault ?? .unkillable : end.reason {
      case .cancelled, .shutdown: .cancelled
      case .timedOut: .timedOut
      case .limit(let word): .exceeded(word)
      default: .crashed
      }
    report(trial: rows[index], on: worker, result, death: end)
  }

  /// `isAtWork`: the worker says that it was at this task, and so may be what it says of its progress.
  private static func sentence(_ end: WorkerEnd, _ worker: WorkerHandle, isAtWork: Bool) -> String {
    if case .limit = end.reason, let message = worker.faultMessage {
      return "\(message) (worker \(worker.number))"
    }
    if end.reason == .unkillable { return "worker \(worker.number) did not end within 5 s of SIGKILL" }
    if end.reason == .timedOut, let signal = end.signal {
      return "over its time limit: worker \(worker.number) was ended by \(signalName(signal))"
    }
    let how =
      if let signal = end.signal {
        "was ended by signal \(signal) (\(signalName(signal)))"
      } else {
        "exited with code \(end.exitCode ?? -1)"
      }
    let progress = worker.claims.progress
    let place = isAtWork && progress.total > 0 ? "\(how) at \(progress.done) of \(progress.total)" : how
    return "worker \(worker.number) " + (worker.faultMessage.map { "\(place): \($0)" } ?? place)
  }

  private func reason(_ worker: WorkerHandle, _ exit: cpx_exit) -> ExitReason {
    if let failure = worker.startFailure {
      return .bootFailed(phase: failure.phase.word, message: failure.message)
    }
    if let fault = worker.fault { return fault }
    if worker.phase == .starting {
      let how =
        exit.signal >= 0 ? "signal \(exit.signal) (\(signalName(exit.signal)))" : "exit code \(exit.code)"
      return .bootFailed(
        phase: phase(of: worker).word, message: explained("it ended with \(how)", worker))
    }
    if exit.signal == SIGTERM, worker.watch.isTold { return demanded(worker) }
    if exit.signal >= 0 { return .crashed(signal: exit.signal) }
    guard worker.phase == .ending, exit.code == 0 else { return .exited(code: exit.code) }
    return worker.watch.isRecycled ? .recycled : .retired
  }

  private func hasMore(_ descriptor: Int32) -> Bool {
    guard descriptor >= 0 else { return false }
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&poller, 1, 0) > 0 && poller.revents & Int16(POLLIN) != 0
  }
}

/// "SIGSEGV", or "signal 40" for one without a name.
package func signalName(_ number: Int32) -> String {
  cpx_signal_name(number).map { "SIG" + String(cString: $0) } ?? "signal \(number)"
}
