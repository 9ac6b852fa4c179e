internal import Scheduling
internal import Wire

// How far a worker has come in its start, and what is said of one that takes too long.
extension Pool {
  func begins(_ worker: WorkerHandle, _ part: StartPart) {
    // Most runs have no such limit: nothing is timed for them.
    guard scheduler.policy.handshakeLimit | scheduler.policy.loadLimit != 0 else { return }
    scheduler.handle(.begins(worker.id, part), at: now)
  }

  func phase(of worker: WorkerHandle) -> StartFailure.Phase {
    worker.claims.isInitialising ? .initialise : worker.saidHello ? .load : .handshake
  }

  /// Of one that is killed for it.
  func lateStart(_ worker: WorkerHandle) -> ExitReason {
    let phase = phase(of: worker)
    let isWhole = worker.isLateAsWhole ?? scheduler.isWholeStartOver(of: worker.id)
    worker.isLateAsWhole = isWhole
    return .bootFailed(
      phase: phase.word, message: explained(lateStart(in: phase, isWhole: isWhole), worker))
  }

  /// What a relay has said last of its worker: how far that had come is known only now.
  func correctLateStart(_ worker: WorkerHandle) {
    if worker.isLateAsWhole != nil { worker.fault = lateStart(worker) }
  }

  func lateStart(_ server: ForkServer) -> String {
    let phase: StartFailure.Phase =
      server.isInitialising ? .initialise : server.saidHello ? .load : .handshake
    let isWhole = server.startedAt.advanced(by: options.startLimit) <= now
    return lateStart(in: phase, isWhole: isWhole)
  }

  func endOfPart(_ server: ForkServer) -> Instant {
    let limit = scheduler.policy.limit(of: server.saidHello ? .load : .handshake)
    return limit == 0 ? .never : server.heardAt.advanced(by: limit)
  }

  private func lateStart(in phase: StartFailure.Phase, isWhole: Bool) -> String {
    let what =
      switch phase {
      case .handshake: "nothing had been heard of it"
      case .load, .fork: "its plugin was not loaded"
      case .initialise: "`worker_new` had not returned"
      }
    if isWhole { return "it was not ready in time: \(what) \(seconds(options.startLimit)) after its start" }
    return phase == .handshake
      ? "it was not ready in time: \(what) \(seconds(options.handshakeLimit)) after its start"
      : "it was not ready in time: \(what) \(seconds(options.loadLimit)) after its first word"
  }
}
