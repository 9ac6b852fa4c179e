internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Scheduling
internal import Wire

// The life of a worker: spawned, ready, told to end, killed.
extension Pool {
  func spawn(_ id: WorkerID) {
    let environment: [String]
    do {
      environment = try kind.environment()
    } catch {
      failure = KindFailure(message: "\(error.hook) failed: \(error.message)", isPermanent: true)
      scheduler.handle(.startFailed(id, permanent: true), at: now)
      // There is no process whose end could be awaited.
      scheduler.handle(.ended(id, performing: 0), at: now)
      endIfSingle(nil, failure?.message)
      return
    }
    do throws(SystemError) {
      if let factory = options.localWorker {
        let worker = makeLocal(id, factory)
        workers[Int(id.slot)] = worker
        report(worker, .spawned)
        startLocal(worker)
      } else if try !forkWorker(id, environment) {
        executeInstead(id, environment)
      }
    } catch {
      couldNotSpawn(id, error.message)
    }
  }

  func couldNotSpawn(_ id: WorkerID, _ message: String) {
    emit(.warning("a worker could not be started: \(message)"))
    lastStartFailure = message
    scheduler.handle(.spawnFailed(id), at: now)
    endIfSingle(nil, message)
  }

  private func makeLocal(_ id: WorkerID, _ factory: LocalWorkerFactory) -> WorkerHandle {
    workerCount += 1
    let cancel = CancelPage(inProcess: ())
    let claims = ClaimsPage(inProcess: ())
    let worker = WorkerHandle(
      id: id, number: workerCount, maxFrame: options.maxFrame, cancel: cancel, claims: claims)
    worker.local = factory(
      kind.table, options.settings, options.localLog, cancel, claims, options.maxFrame,
      th_worker_handle(id: worker.number, epoch: epoch), tracer != nil)
    return worker
  }

  private func startLocal(_ worker: WorkerHandle) {
    let failure = shared.withUnsafeBytes { bytes in
      kind.inside("worker_new", isTraced: false) { worker.local?.start(shared: bytes) }
    }
    if let failure {
      bootFailed(worker, failure)
      removeLocal(worker)
    } else {
      becomeReady(worker)
    }
  }

  func becomeReady(_ worker: WorkerHandle) {
    worker.phase = .ready
    wasEverReady = true
    if recycles { beginLife(worker) }
    expectToWatch(worker)
    worker.headSince = now.nanoseconds
    report(worker, .fresh)
    scheduler.handle(.ready(worker.id), at: now)
  }

  func reportOld(_ worker: WorkerHandle) {
    report(
      worker,
      .old(jobsDone: worker.status.jobs_done, competenceBytes: worker.status.competence.len))
  }

  func report(_ worker: WorkerHandle, _ event: WorkerReport.Event) {
    if let tracer { trace(worker, event, with: tracer) }
    guard options.wantsTaskEvents || options.wantsWorkerEvents else { return }
    emit(
      .worker(
        WorkerReport(id: worker.number, slot: Int(worker.id.slot), pid: worker.pid, event: event)))
  }

  func bootFailed(_ worker: WorkerHandle, _ failure: StartFailure) {
    worker.startFailure = failure
    worker.phase = .ending
    // What another process would find in the same way is not tried again.
    let isPermanent =
      failure.code != TH_E_RETRY && failure.code != TH_E_NO_MEMORY && !mayRecover(failure.phase)
    if isPermanent, self.failure == nil {
      self.failure = KindFailure(
        message:
          "a worker of kind \(kind.table.name) could not start (\(failure.phase.word)): \(failure.message)",
        isPermanent: true)
    }
    scheduler.handle(.startFailed(worker.id, permanent: isPermanent), at: now)
  }

  func retire(_ id: WorkerID) {
    if scheduler.isOver { dismissForkServer() }
    guard let worker = handle(id) else {
      forgetOrder(of: id)
      return
    }
    worker.phase = .ending
    if worker.local != nil {
      if !worker.isExchanging { kind.inside("worker_free", isTraced: false) { worker.local?.end() } }
      removeLocal(worker)
      return
    }
    if worker.send.isEmpty { worker.closeRequests(reactor) } else { makeDirty(worker) }
  }

  private func removeLocal(_ worker: WorkerHandle) {
    let performing = worker.isExchanging ? worker.claims.performing : 0
    let reason: ExitReason =
      worker.startFailure.map { .bootFailed(phase: $0.phase.word, message: $0.message) } ?? worker.fault
      ?? (worker.watch.isRecycled ? .recycled : .retired)
    let end = WorkerEnd.unknown(reason)
    if let culprit = scheduler.culprit(of: worker.id, performing: performing) { blame(culprit, worker, end) }
    workers[Int(worker.id.slot)] = nil
    if worker.isExchanging { giveUpLocally(worker) } else { worker.close(reactor) }
    endExchange(with: worker, end)
    reportEnd(worker, end)
    scheduler.handle(.ended(worker.id, performing: performing), at: now)
    endIfSingle(end, nil)
  }

  func signal(_ id: WorkerID, _ number: Int32) {
    guard let worker = handle(id), worker.pid > 0 else { return }
    worker.watch.isTold = true
    if worker.isRelayed { return relaySignal(worker, number) }
    Glibc.kill(-worker.pid, number)
  }

  func kill(_ id: WorkerID) {
    guard let worker = handle(id) else {
      forgetOrder(of: id)
      return
    }
    if worker.fault == nil {
      worker.fault =
        switch worker.phase {
        case .starting:
          isEndedEarly ? .shutdown : lateStart(worker)
        case .ready: demanded(worker)
        case .ending: .shutdown
        }
      if worker.phase == .ending, worker.startFailure == nil { warnOfLateEnd(worker) }
    }
    worker.phase = .ending
    if worker.pid > 0 {
      expectDeath(of: worker)
      if worker.isRelayed { return relaySignal(worker, SIGKILL) }
      // The group exists while its leader is not reaped; the leader itself in case it has left the group.
      Glibc.kill(-worker.pid, SIGKILL)
      Glibc.kill(worker.pid, SIGKILL)
    } else if worker.local != nil {
      removeLocal(worker)
    } else {
      giveUpOrder(of: worker)
    }
  }

  private func warnOfLateEnd(_ worker: WorkerHandle) {
    let time = seconds(limits.retireGrace)
    let what =
      worker.claims.isFreeing
      ? "`worker_free` of kind \(kind.table.name) had not returned" : "it had not ended"
    emit(.warning("worker \(worker.number) was killed: \(what) \(time) after it was told to end"))
  }

  /// By a signal, by its owner, or as its time was over.
  private var isEndedEarly: Bool { isInterrupted || isOverTime || isStopping }

  /// Why a worker is ended that holds a request.
  func demanded(_ worker: WorkerHandle) -> ExitReason {
    scheduler.isOutOfTime(worker.id) ? .timedOut : isEndedEarly ? .shutdown : .cancelled
  }

  func reportEnd(_ worker: WorkerHandle, _ end: WorkerEnd) {
    let isAbnormal =
      switch end.reason {
      case .retired, .recycled, .shutdown, .cancelled, .timedOut: false
      default: true
      }
    if let tracer { trace(worker, .ended(end), with: tracer) }
    guard options.wantsTaskEvents || options.wantsWorkerEvents || isAbnormal else { return }
    emit(
      .worker(
        WorkerReport(
          id: worker.number, slot: Int(worker.id.slot), pid: worker.pid, event: .ended(end))))
  }
}
