import Scheduling

/// A kind that is tried again: open, probing, closed.
struct ModelBreaker {
  /// What the scheduler has to say next.
  enum Duty: Equatable { case none, open(base: UInt64), openAtOnce, probe(WorkerID), close }

  var duty = Duty.none
  var until: UInt64 = 0
  var probe: WorkerID?
  var openings: UInt64 = 0
  var closedAt: UInt64 = 0
}

extension World {
  mutating func drawBreaker() {
    breaker = ModelBreaker()
    guard dice.percent(40) else { return }
    policy.breaker.coolDown = UInt64(1 + dice.below(20_000)) * 1_000_000
    policy.breaker.cap = policy.breaker.coolDown * UInt64(1 + dice.below(8))
  }

  var breaks: Bool { policy.breaker.coolDown > 0 && !isFailedForEver }

  /// A failure that was counted. `isTooMuch`: of all together.
  mutating func breakOpen(_ slot: Int, isTooMuch: Bool) {
    guard breaks else {
      if isTooMuch { willFail = true }
      return
    }
    let isProbe = breaker.probe == workers[slot].id
    guard isProbe || (isTooMuch && !willFail) else { return }
    if !willFail, latest >= breaker.closedAt + policy.breaker.cap { breaker.openings = 0 }
    willFail = true
    breaker.probe = nil
    breaker.duty = .open(
      base: min(policy.breaker.coolDown << min(breaker.openings, 20), policy.breaker.cap))
    breaker.openings += 1
  }

  mutating func failForEver() {
    // That it is for ever now is told once more.
    if breaks {
      isFailed = false
      breaker = ModelBreaker()
    }
    (willFail, isFailedForEver) = (true, true)
  }

  mutating func becomeReady(_ slot: Int) {
    workers[slot].phase = .ready
    workers[slot].wasReady = true
    if willFail, breaks {
      willFail = false
      failureTimes.removeAll(keepingCapacity: true)
      breaker.probe = nil
      breaker.closedAt = latest
      breaker.duty = .close
    }
    feed(.ready(workers[slot].id))
  }

  /// It has ended, and not by its start.
  mutating func noteEnd(_ event: Event) {
    switch event {
    case .ended(let id, _), .unkillable(let id, _), .spawnFailed(let id):
      guard breaker.probe == id, breaks else { return }
      breaker.probe = nil
      breaker.duty = .openAtOnce
    default: break
    }
  }

  mutating func observeBreaker(_ change: BreakerChange) {
    switch (change, breaker.duty) {
    case (.opened(let until), .open(let base)):
      let length = until.nanoseconds - min(latest, until.nanoseconds)
      if length < base / 5 * 4 || length > base / 5 * 6 { report("open for \(length), not \(base)") }
      breaker.until = until.nanoseconds
      isFailed = true
    case (.opened(let until), .openAtOnce):
      if until.nanoseconds != latest { report("open until \(until), which nothing speaks for") }
      breaker.until = latest
    case (.probing(let worker), .probe(let expected)):
      if worker != expected { report("\(worker) is tried, not \(expected)") }
    case (.closed, .close): isFailed = false
    default: report("\(change), not \(breaker.duty)")
    }
    breaker.duty = .none
  }

  /// A worker is started although too many have failed; false if that may not be.
  mutating func tries(_ worker: WorkerID) -> Bool {
    guard mayTry else { return false }
    breaker.probe = worker
    breaker.duty = .probe(worker)
    return true
  }

  var mayTry: Bool {
    willFail && breaks && latest >= breaker.until && breaker.probe == nil && breaker.duty == .none
      && !workers.contains { $0.phase == .starting && !$0.isEnding }
  }

  /// No further worker may be started now.
  var isHeldBack: Bool { willFail && !mayTry }

  /// What waits ends for want of workers: not where one may yet come.
  var isGivenUp: Bool { willFail && (!breaks || isClosed) }
}

extension BreakerChange {
  var digest: Int {
    switch self {
    case .opened(let until): 1 &+ Int(truncatingIfNeeded: until.nanoseconds) &* 4
    case .probing(let worker): 2 + Int(worker.slot) * 4
    case .closed: 3
    }
  }
}
