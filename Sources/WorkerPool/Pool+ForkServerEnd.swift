internal import CPosix
internal import Glibc
internal import PluginLoading
internal import Scheduling
internal import Wire

// The end of a fork server, and what becomes of the workers that it had not forked yet: they are executed.
extension Pool {
  /// So many deaths within so long (ns), and workers are executed for the rest of the run.
  private static let deathBudget = 3
  private static let deathPeriod: UInt64 = 60_000_000_000

  /// Kills it for something that it did. Its end follows.
  func giveUp(_ server: ForkServer, _ fault: String) {
    guard server.phase != .ending else { return }
    server.fault = fault
    end(server)
  }

  /// A fork takes milliseconds, and much longer only where memory is copied by the gigabyte.
  private static let answerLimit: UInt64 = 5_000_000_000

  /// When it is given up, if nothing is heard of it until then.
  var forkServerDeadline: Instant {
    guard let server = forkServer else { return .never }
    switch server.phase {
    case .starting: return min(server.startedAt.advanced(by: options.startLimit), endOfPart(server))
    case .ready:
      guard !server.ordered.isEmpty else { return .never }
      return server.heardAt.advanced(by: min(Self.answerLimit, options.startLimit))
    case .ending: return .never
    }
  }

  /// It hangs: what waits for it is started without it, before that is late itself.
  func checkForkServer() {
    guard let server = forkServer, forkServerDeadline <= now else { return }
    server.isLast = true
    giveUp(server, server.phase == .starting ? lateStart(server) : "it did not answer in time")
    for id in server.waiting { scheduler.handle(.startsAnew(id), at: now) }
    for worker in server.ordered.values { scheduler.handle(.startsAnew(worker.id), at: now) }
  }

  /// Stopped by somebody; those who pause the run are stopped with it.
  func checkForkServerRuns() {
    if let server = forkServer, server.phase != .ending, cpx_is_stopped(server.pid) {
      giveUp(server, "it was stopped")
    }
  }

  /// No more workers will be wanted.
  func dismissForkServer() {
    guard let forkServer else { return }
    // What it is making may still be in its group, and is of no use either.
    for worker in forkServer.ordered.values where worker.fault == nil { worker.fault = .shutdown }
    end(forkServer)
  }

  private func end(_ server: ForkServer) {
    guard server.phase != .ending else { return }
    server.wasReady = server.phase == .ready
    server.phase = .ending
    Glibc.kill(-server.pid, SIGKILL)
    Glibc.kill(server.pid, SIGKILL)
  }

  func doWithoutForkServer(because reason: String) {
    guard !isForkServerUseless else { return }
    isForkServerUseless = true
    emit(
      .log(
        LogLine(
          level: .info, worker: nil,
          message:
            "workers of kind \(kind.table.name) are executed one by one, without a fork server: \(reason)"
        )))
  }

  func bury(_ server: ForkServer) {
    if server.phase != .ending { readLastWords(server) }
    var exit = cpx_exit()
    guard cpx_reap(server.pid, &exit) != 0 else { return }
    Glibc.kill(-server.pid, SIGKILL)
    forkServer = nil
    if options.ownsProcess { cpx_group_set(UInt32(CPX_FORK_SERVER_GROUP), 0) }
    reportDropped(server.flow, by: "the fork server")
    server.close(reactor)
    judge(server, exit)
    for id in server.waiting { executeInstead(id, server.environment) }
    for worker in server.ordered.values.sorted(by: { $0.number < $1.number }) { replace(worker, server) }
    expectOrphans()
  }

  /// It ended by itself: why, stands in its pipe.
  private func readLastWords(_ server: ForkServer) {
    server.wasReady = server.phase == .ready
    happened(toForkServer: .responses)
    happened(toForkServer: .standardError)
    server.phase = .ending
  }

  private func judge(_ server: ForkServer, _ exit: cpx_exit) {
    let isDismissed = server.fault == nil && server.refusal == nil && exit.signal == SIGKILL && isClosing
    if isDismissed { return }
    let how =
      server.fault
      ?? (exit.signal >= 0
        ? "it was ended by \(signalName(exit.signal))" : "it exited with code \(exit.code)")
    if let refusal = server.refusal {
      doWithoutForkServer(because: refusal.message)
    } else if !server.wasReady {
      // A worker that is executed will show the same, and is told about in full.
      doWithoutForkServer(because: server.isLast ? how : "\(how) before it was ready")
    } else {
      emit(.warning("the fork server of kind \(kind.table.name) has ended: \(how)"))
      forkServerDeaths.append(now)
      forkServerDeaths.removeAll { $0.advanced(by: Self.deathPeriod) < now }
      if server.isLast {
        doWithoutForkServer(because: how)
      } else if forkServerDeaths.count >= Self.deathBudget {
        doWithoutForkServer(because: "it has ended \(forkServerDeaths.count) times within a minute")
      }
    }
  }

  private var isClosing: Bool { scheduler.isOver }

  // MARK: Workers that it did not fork

  /// This worker has not been ordered yet, and is not wanted any more.
  func forgetOrder(of id: WorkerID) {
    guard let server = forkServer, let index = server.waiting.firstIndex(of: id) else { return }
    server.waiting.remove(at: index)
    scheduler.handle(.ended(id, performing: 0), at: now)
  }

  /// A worker that was ordered and is to be killed: the server is late with its answer, which is not waited for.
  func giveUpOrder(of worker: WorkerHandle) {
    guard let server = forkServer, server.ordered.values.contains(where: { $0 === worker }) else { return }
    giveUp(server, "it did not answer in time")
  }

  func remove(_ worker: WorkerHandle) {
    workers[Int(worker.id.slot)] = nil
    worker.close(reactor)
  }

  func replace(_ worker: WorkerHandle, _ server: ForkServer) {
    remove(worker)
    if worker.phase == .ending {
      scheduler.handle(.ended(worker.id, performing: 0), at: now)
    } else {
      executeInstead(worker.id, server.environment)
    }
  }

  func executeInstead(_ id: WorkerID, _ environment: [String]) {
    scheduler.handle(.startsAnew(id), at: now)
    do throws(SystemError) {
      let worker = try executeWorker(id, environment)
      workers[Int(id.slot)] = worker
      greet(worker.send, workerNumber: worker.number)
      makeDirty(worker)
    } catch {
      couldNotSpawn(id, error.message)
    }
  }
}
