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
      return
    }
    do throws(SystemError) {
      let worker =
        if let factory = options.localWorker { makeLocal(id, factory) } else {
          try makeProcess(id, environment)
        }
      workers[Int(id.slot)] = worker
      report(worker, .spawned)
      if worker.local == nil {
        greet(worker)
      } else {
        startLocal(worker)
      }
    } catch {
      emit(.warning("a worker could not be started: \(error.message)"))
      scheduler.handle(.spawnFailed(id), at: now)
    }
  }

  private func makeProcess(_ id: WorkerID, _ environment: [String]) throws(SystemError) -> WorkerHandle {
    var descriptors = SpawnDescriptors()
    defer { descriptors.closeAll() }
    try descriptors.make()
    let cancel = try CancelPage(mapping: descriptors.cancel, writable: true)
    let claims = try ClaimsPage(mapping: descriptors.claims)
    guard cpx_seal_for_reader(descriptors.cancel) == 0, cpx_seal_size(descriptors.claims) == 0 else {
      throw SystemError(errno, "fcntl(F_ADD_SEALS)")
    }
    workerCount += 1
    let worker = WorkerHandle(
      id: id, number: workerCount, maxFrame: options.maxFrame, cancel: cancel, claims: claims)
    let inherited = descriptors.inherited
    var pid: pid_t = -1
    let arguments: [UnsafeMutablePointer<CChar>?] = [
      "taskhost", "worker", "\(getpid())", kind.table.name, Self.titleRoom,
    ].map { (text: String) in strdup(text) }
    defer { for text in arguments { free(text) } }
    let error = host.with(environment) { variables in
      (arguments + [nil]).withUnsafeBufferPointer {
        cpx_spawn(
          "/proc/self/exe", $0.baseAddress!, variables, inherited, Int32(inherited.count), &pid)
      }
    }
    guard error == 0 else {
      worker.close(reactor)
      throw SystemError(error, "posix_spawn")
    }
    worker.pid = pid
    cpx_group_set(id.slot, pid)
    descriptors.handOver(to: worker)
    worker.process = cpx_pidfd(pid)
    do throws(SystemError) {
      guard worker.process >= 0 else { throw SystemError(errno, "pidfd_open") }
      for descriptor in [worker.requests, worker.responses, worker.standardOutput, worker.standardError]
      where cpx_set_nonblocking(descriptor) != 0 {
        throw SystemError(errno, "fcntl(O_NONBLOCK)")
      }
      try reactor.watch(worker.responses, Source(id, .responses))
      try reactor.watch(worker.standardOutput, Source(id, .standardOutput))
      try reactor.watch(worker.standardError, Source(id, .standardError))
      try reactor.watch(worker.process, Source(id, .process))
    } catch {
      // Without these it can not be heard: it must not stay.
      Glibc.kill(-pid, SIGKILL)
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      cpx_group_set(id.slot, 0)
      worker.close(reactor)
      throw error
    }
    return worker
  }

  /// A worker shows in the memory of its arguments what it is at.
  static let titleRoom = String(repeating: " ", count: 200)

  /// Both halves of what the worker must know go out at once; it checks the first before it looks at the second.
  private func greet(_ worker: WorkerHandle) {
    let plugin = kind.plugin
    let config = WorkerConfig(
      pluginPath: plugin.path, kindID: plugin.table.id, kindName: plugin.table.name, wire: plugin.table.wire,
      abiMajor: UInt64(plugin.table.abi.major), digest: "\(plugin.identity.digest)",
      device: plugin.identity.stamp.device, inode: plugin.identity.stamp.inode,
      size: plugin.identity.stamp.size, changed: UInt64(bitPattern: plugin.identity.stamp.changed),
      maxFrame: UInt64(options.maxFrame), workerID: worker.number,
      settings: options.settings.flatMap { [$0.key, $0.value] }, version: plugin.table.version,
      abiMinor: UInt64(plugin.table.abi.minor))
    config.encoded().withUnsafeBytes { worker.send.append(.config, id: 0, payload: $0) }
    shared.withUnsafeBytes { worker.send.append(.start, id: 0, payload: $0) }
    makeDirty(worker)
  }

  private func makeLocal(_ id: WorkerID, _ factory: LocalWorkerFactory) -> WorkerHandle {
    workerCount += 1
    let cancel = CancelPage(inProcess: ())
    let claims = ClaimsPage(inProcess: ())
    let worker = WorkerHandle(
      id: id, number: workerCount, maxFrame: options.maxFrame, cancel: cancel, claims: claims)
    worker.local = factory(
      kind.table, options.settings, options.localLog, cancel, claims, options.maxFrame)
    return worker
  }

  private func startLocal(_ worker: WorkerHandle) {
    if let failure = shared.withUnsafeBytes({ worker.local?.start(shared: $0) }) {
      bootFailed(worker, failure)
      removeLocal(worker)
    } else {
      becomeReady(worker)
    }
  }

  func becomeReady(_ worker: WorkerHandle) {
    worker.phase = .ready
    wasEverReady = true
    worker.headSince = now.nanoseconds
    report(worker, .fresh)
    scheduler.handle(.ready(worker.id), at: now)
  }

  func reportOld(_ worker: WorkerHandle) {
    report(
      worker,
      .old(jobsDone: worker.status.jobs_done, competenceBytes: worker.status.competence.len))
  }

  private func report(_ worker: WorkerHandle, _ event: WorkerReport.Event) {
    guard options.wantsTaskEvents else { return }
    emit(
      .worker(
        WorkerReport(id: worker.number, slot: Int(worker.id.slot), pid: worker.pid, event: event)))
  }

  func bootFailed(_ worker: WorkerHandle, _ failure: StartFailure) {
    worker.startFailure = failure
    worker.phase = .ending
    // What another process would find in the same way is not tried again.
    let isPermanent = failure.code != TH_E_RETRY && failure.code != TH_E_NO_MEMORY
    if isPermanent, self.failure == nil {
      self.failure = KindFailure(
        message:
          "a worker of kind \(kind.table.name) could not start (\(failure.phase.word)): \(failure.message)",
        isPermanent: true)
    }
    scheduler.handle(.startFailed(worker.id, permanent: isPermanent), at: now)
  }

  func retire(_ id: WorkerID) {
    guard let worker = handle(id) else { return }
    worker.phase = .ending
    if worker.local != nil {
      worker.local?.end()
      removeLocal(worker)
      return
    }
    if worker.send.isEmpty { worker.closeRequests(reactor) } else { makeDirty(worker) }
  }

  private func removeLocal(_ worker: WorkerHandle) {
    workers[Int(worker.id.slot)] = nil
    worker.close(reactor)
    let reason: ExitReason =
      worker.startFailure.map { .bootFailed(phase: $0.phase.word, message: $0.message) } ?? worker.fault
      ?? .retired
    reportEnd(
      worker,
      WorkerEnd(
        exitCode: nil, signal: nil, dumpedCore: false, peakMemoryBytes: 0, cpuNanoseconds: 0, reason: reason,
        outputTail: ""))
    scheduler.handle(.ended(worker.id, performing: 0), at: now)
  }

  func signal(_ id: WorkerID, _ number: Int32) {
    guard let worker = handle(id), worker.pid > 0 else { return }
    Glibc.kill(-worker.pid, number)
  }

  func kill(_ id: WorkerID) {
    guard let worker = handle(id) else { return }
    if worker.fault == nil {
      worker.fault =
        switch worker.phase {
        case .starting:
          .bootFailed(phase: "handshake", message: "it was not ready in time")
        case .ready: scheduler.isOutOfTime(id) ? .timedOut : isInterrupted ? .shutdown : .cancelled
        case .ending: .shutdown
        }
    }
    worker.phase = .ending
    if worker.pid > 0 {
      // The group exists while its leader is not reaped; the leader itself in case it has left the group.
      Glibc.kill(-worker.pid, SIGKILL)
      Glibc.kill(worker.pid, SIGKILL)
    } else {
      removeLocal(worker)
    }
  }

  func reportEnd(_ worker: WorkerHandle, _ end: WorkerEnd) {
    let isAbnormal =
      switch end.reason {
      case .retired, .shutdown, .cancelled, .timedOut: false
      default: true
      }
    guard options.wantsTaskEvents || isAbnormal else { return }
    emit(
      .worker(
        WorkerReport(
          id: worker.number, slot: Int(worker.id.slot), pid: worker.pid, event: .ended(end))))
  }
}
