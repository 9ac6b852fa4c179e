import Scheduling

/// Parts of the start of a worker, each with a limit of its own.
extension World {
  mutating func drawStartLimits() {
    guard dice.percent(30) else { return }
    policy.handshakeLimit = UInt64(dice.below(40)) * 1_000_000_000
    policy.loadLimit = UInt64(dice.below(40)) * 1_000_000_000
  }

  /// It has come further, or says so: true if that was its turn.
  mutating func actPart(_ slot: Int) -> Bool {
    let worker = workers[slot]
    guard policy.handshakeLimit | policy.loadLimit != 0, !worker.isKilled, !worker.isRetired, dice.percent(20)
    else { return false }
    if dice.percent(10) {
      if !isDraining {
        workers[slot].since = latest
        workers[slot].partBy = .max
      }
      feed(.startsAnew(worker.id))
      return true
    }
    let part: StartPart = dice.percent(50) ? .handshake : .load
    let limit = policy.limit(of: part)
    if worker.end == .none { workers[slot].partBy = limit == 0 ? .max : latest + limit }
    feed(.begins(worker.id, part))
    return true
  }

  /// When a worker that starts is given up.
  func startDue(_ worker: ModelWorker) -> UInt64 { min(worker.since + policy.startLimit, worker.partBy) }
}
