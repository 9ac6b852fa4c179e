internal import CPosix
internal import Glibc
internal import Scheduling
internal import Wire

/// What has become of waiting for the end of all tasks.
package enum JoinEnd: Sendable {
  case done
  /// So many tasks wait, and no worker may start.
  case noWorkers(queued: Int)
  /// The pool has ended, in its own way or because its machinery failed.
  case ended
}

// What is told to those who wait.
extension Pool {
  /// The task of this row has ended.
  func settleOwner(_ row: TaskRow, _ outcome: Outcome, _ trouble: TaskTrouble?, _ cases: CaseCounts) {
    if let batch = owners.batch(row.owner) {
      batch.count(outcome, cases)
      if batch.isOver {
        owners.forget(batch: row.owner)
        endedBatches.append(batch)
      }
      return
    }
    guard let ticket = owners.take(ticket: row.owner) else { return }
    let end = end(of: ticket, row, outcome, trouble, cases)
    if row.isInner, let traits = ticket.traits { return answerCaller(traits, end) }
    ended.append((ticket, end))
  }

  private func end(
    of ticket: Ticket, _ row: TaskRow, _ outcome: Outcome, _ trouble: TaskTrouble?, _ cases: CaseCounts
  ) -> TicketEnd {
    var end = TicketEnd(outcome: outcome)
    end.cases = cases
    end.tries = Int(row.tries)
    end.durationNanoseconds = now.nanoseconds - row.acceptedAt
    end.worker = ticket.worker
    if outcome == .passed { end.answer = ticket.answer }
    guard outcome != .passed else { return end }
    end.death = ticket.death
    if let trouble {
      end.code = trouble.code
      end.message = trouble.message
      end.actual = trouble.actual
      end.limit = trouble.limit
    }
    if ticket.isStale {
      end.isStale = true
      end.outcome = .lost
      end.worker = ticket.bound
      return end
    }
    if let single, !ticket.wasCancelled, outcome == .cancelled || outcome == .lost, end.death == nil {
      // Its only worker is gone, which is why it was given up.
      end.outcome = .lost
      end.death = single.end
      end.message = single.message ?? "its worker has ended"
    } else if outcome == .lost, let failure {
      end.message = failure.message
    }
    return end
  }

  /// All of a turn are told together, when the pool has nothing else to do.
  func settleTurn() {
    if !ended.isEmpty {
      for (ticket, end) in ended { ticket.finish(end) }
      ended.removeAll(keepingCapacity: true)
    }
    if !endedBatches.isEmpty {
      for batch in endedBatches { batch.finish() }
      endedBatches.removeAll()
    }
    if !joiners.isEmpty { settleJoiners() }
  }

  /// `body` is called once: when no task is left, or when none of those that are left can ever start.
  package func join(_ body: @escaping @Sendable (JoinEnd) -> Void) { joiners.append(body) }

  private func settleJoiners() {
    let end: JoinEnd
    let queued = scheduler.queuedCount + intake.pendingCount
    if scheduler.unfinishedCount == 0, !intake.hasPending {
      end = .done
    } else if scheduler.workersAllowed == 0, scheduler.runningCount == 0, queued > 0 {
      end = .noWorkers(queued: queued)
    } else {
      return
    }
    let told = joiners
    joiners = []
    for joiner in told { joiner(end) }
  }

  /// The only worker of this pool has ended or could not be started: there is no other one.
  func endIfSingle(_ end: WorkerEnd?, _ message: String?) {
    guard let told = options.onSingleEnd, single == nil else { return }
    single = (end, message)
    told(end, message)
    scheduler.handle(.stop, at: now)
  }

  /// The pool will not run on: whoever waits is told, and no process is left. For after `run`, also one that has thrown.
  package func abandon(because message: String) {
    for worker in workers {
      guard let worker else { continue }
      if worker.pid > 0 { Self.killAndReap(worker.pid) }
      endExchange(with: worker, .unknown(.shutdown))
      worker.local?.end()
      worker.close(reactor)
      workers[Int(worker.id.slot)] = nil
    }
    if let forkServer {
      Self.killAndReap(forkServer.pid)
      forkServer.close(reactor)
      self.forkServer = nil
    }
    settleTurn()
    for ticket in owners.waitingTickets {
      ticket.finish(TicketEnd(outcome: .lost, message: message, isRefused: true))
    }
    for batch in owners.waitingBatches { batch.refuse() }
    for joiner in joiners { joiner(.ended) }
    joiners = []
    outputFiles.close()
  }

  // MARK: Workers that were stopped

  private static let stopInterval: UInt64 = 1_000_000_000

  /// Without SIGCHLD, which is not a pool's to take, it has to look whether somebody has stopped a worker that is at work.
  var nextStopLook: UInt64 {
    guard !options.ownsProcess, options.localWorker == nil, scheduler.runningCount > 0 else { return .max }
    return lastStopLook + Self.stopInterval
  }

  func lookForStops() {
    guard now.nanoseconds >= nextStopLook else { return }
    lastStopLook = now.nanoseconds
    checkStoppedWorkers()
    checkForkServerRuns()
  }
}
