/// Where its owner lives on, a kind whose workers fail to start is tried again: not at once, and with one worker. All 0: it is
/// given up for good.
package struct BreakerPolicy: Hashable, Sendable {
  /// From the last failure to that one worker; twice as long after each further failure, up to the cap, a fifth more or less.
  package var coolDown: UInt64 = 0
  package var cap: UInt64 = 0

  package init() {}
}

package enum BreakerChange: Hashable, Sendable {
  /// No worker is started until then.
  case opened(until: Instant)
  /// This worker is the one that is tried.
  case probing(WorkerID)
  /// Workers are started as ever.
  case closed
}

/// Whether workers of the kind may be started.
struct Breaker {
  enum State { case closed, open, probing }

  var state = State.closed
  /// Nobody is tried before that.
  var until = Instant(nanoseconds: 0)
  var probe = WorkerID(slot: 0, generation: 0)
  /// One after the other, without a long time between them in which it was closed.
  var openings = 0
  var closedAt = Instant(nanoseconds: 0)
}

extension Scheduler {
  var breaks: Bool { policy.breaker.coolDown > 0 && !isFailedForEver }

  /// May a worker be started, as far as those before it are concerned.
  var mayStart: Bool {
    !isFailed || (breaker.state == .open && !isFailedForEver && breaker.until <= clock && startingCount == 0)
  }

  /// No worker may be started before one that is tried has shown that it can be.
  package var isRecovering: Bool { isFailed && breaks }

  /// What waits for a worker waits for nothing. A queue that is closed does not wait for a recovery.
  var isGivenUp: Bool { isFailed && (!breaks || isClosed) }

  /// None may be now, and one may be later, without another event than that of the time.
  var isCoolingDown: Bool { breaker.state == .open && !isFailedForEver && breaker.until > clock }

  /// A failure was counted for this slot; true if it decides about the one that was tried.
  mutating func judgeProbe(_ slot: UInt32) -> Bool {
    guard breaker.state == .probing, breaker.probe == id(of: slot), !isFailedForEver else { return false }
    openBreaker()
    return true
  }

  mutating func openBreaker() {
    if breaker.state == .closed, breaker.closedAt.advanced(by: policy.breaker.cap) <= clock {
      breaker.openings = 0
    }
    let pause = doubled(policy.breaker.coolDown, breaker.openings, upTo: policy.breaker.cap)
    breaker.openings = min(breaker.openings + 1, 40)
    open(until: clock.advanced(by: pause))
  }

  private mutating func open(until end: Instant) {
    isFailed = true
    breaker.state = .open
    breaker.until = end
    actions.push(.breaker(.opened(until: end)))
  }

  mutating func probe(with worker: WorkerID) {
    breaker.state = .probing
    breaker.probe = worker
    actions.push(.breaker(.probing(worker)))
  }

  /// A worker has become ready, perhaps one that was already starting when too many others had failed.
  mutating func closeBreaker() {
    guard isFailed, breaks else { return }
    isFailed = false
    breaker.state = .closed
    breaker.closedAt = clock
    failureTimes.removeAll(keepingCapacity: true)
    actions.push(.breaker(.closed))
  }

  /// The one that was tried has ended for another reason than its start: nothing is known, and another one may follow.
  mutating func releaseProbe(_ worker: WorkerID) {
    if breaker.state == .probing, breaker.probe == worker, !isFailedForEver { open(until: clock) }
  }

  func auditBreaker() -> String? {
    if isFailedForEver || policy.breaker.coolDown == 0 {
      return breaker.state == .closed ? nil : "a breaker that is not there is \(breaker.state)"
    }
    if isFailed != (breaker.state != .closed) { return "the breaker is \(breaker.state)" }
    guard breaker.state == .probing else { return nil }
    guard find(breaker.probe) != nil else { return "nobody is tried" }
    for slot in slots.indices where slots[slot].state == .starting && id(of: UInt32(slot)) != breaker.probe {
      return "slot \(slot) starts beside the one that is tried"
    }
    return nil
  }
}
