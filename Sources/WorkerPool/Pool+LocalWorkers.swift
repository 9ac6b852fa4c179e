internal import CPosix
internal import Wire

// Workers inside this process. They perform on the thread of the pool, so one that waits lets the pool go on from inside.
extension Pool {
  /// They perform what was queued for them.
  func exchangeLocally() {
    for worker in workers {
      guard let worker, let local = worker.local, worker.phase == .ready, !worker.isExchanging else {
        continue
      }
      // One before it may have had it ended.
      guard handle(worker.id) === worker else { continue }
      do throws(WireError) {
        worker.isExchanging = true
        defer { endExchanging(worker) }
        try local.exchange(worker.send, worker.received) { [unowned self] in localTurn(worker, waits: $0) }
        letOn(worker)
        // A signal that came meanwhile has cancelled what was performed: the scheduler is to know before the answer.
        if options.ownsProcess, cpx_signal_count() > 0 { attend() }
        if handle(worker.id) === worker { try receiveFrames(worker) }
      } catch {
        // Feedback may be larger than any frame may be.
        protocolFault(worker, error.word, error.message, undecodable: true)
      }
    }
  }

  private func endExchanging(_ worker: WorkerHandle) {
    worker.isExchanging = false
    if handle(worker.id) !== worker { worker.close(reactor) }
  }

  /// It has ended for the pool while it is on the stack: what it is at is to give up.
  func giveUpLocally(_ worker: WorkerHandle) {
    worker.cancel.cancel(worker.claims.performing)
    worker.send.drain { _ in }
  }

  /// From inside a request: what has come of it is taken, and if it waits the pool makes one turn.
  private func localTurn(_ worker: WorkerHandle, waits: Bool) {
    guard handle(worker.id) === worker else { return }
    do {
      try receiveFrames(worker)
      guard waits, worker.send.isEmpty else { return }
      try pump()
      guard worker.send.isEmpty, handle(worker.id) === worker else { return }
      try turn()
    } catch let error as WireError {
      protocolFault(worker, error.word, error.message, undecodable: true)
      giveUpLocally(worker)
    } catch {
      localError = localError ?? error
      giveUpLocally(worker)
    }
  }
}
