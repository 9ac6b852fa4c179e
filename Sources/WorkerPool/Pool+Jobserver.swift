internal import CPosix
internal import Glibc
internal import Scheduling
internal import Wire

// Workers that share a budget with make: each that is at work but one needs a token.
extension Pool {
  /// Takes tokens for what could be done, gives back those that nobody uses, and lets as many workers be at work.
  func balanceTokens() throws(SystemError) {
    guard let jobserver = options.jobserver else { return }
    let before = jobserver.held
    let busy = workersAtWork
    if busy == 0, isSomeTokenUncertain { settleTokens(jobserver) }
    let wanted = max(busy, min(options.workers, scheduler.queuedCount + scheduler.runningCount))
    var isShort = false
    while jobserver.held + 1 < wanted, !isShort { isShort = try !jobserver.take() }
    let surplus = jobserver.held + 1 - max(wanted, 1)
    if surplus > 0 { try jobserver.giveBack(surplus) }
    try watch(jobserver, isShort)
    guard jobserver.held != before else { return }
    scheduler.setLimit(jobserver.held + 1)
    try pump()
  }

  private var workersAtWork: Int {
    workers.reduce(0) { $0 + ($1.map { scheduler.inFlight(on: $0.id) > 0 } == true ? 1 : 0) }
  }

  /// What a dead worker has started may have held tokens. How many is known when no other task is at work.
  func recountTokens(without worker: WorkerHandle) {
    guard let jobserver = options.jobserver else { return }
    isSomeTokenUncertain = true
    let own = scheduler.inFlight(on: worker.id) > 0 ? 1 : 0
    if workersAtWork - own == 0 { settleTokens(jobserver) }
  }

  private func settleTokens(_ jobserver: Jobserver) {
    isSomeTokenUncertain = false
    jobserver.makeWhole()
  }

  private func watch(_ jobserver: Jobserver, _ isShort: Bool) throws(SystemError) {
    guard isShort != jobserver.isWatched else { return }
    jobserver.isWatched = isShort
    if isShort {
      try reactor.watch(jobserver.readEnd, .jobserver)
    } else {
      reactor.forget(jobserver.readEnd)
    }
  }

  func beginTokens() {
    if options.jobserver != nil { scheduler.setLimit(1) }
  }

  func endTokens() {
    guard let jobserver = options.jobserver else { return }
    if jobserver.isWatched { reactor.forget(jobserver.readEnd) }
    jobserver.isWatched = false
    jobserver.giveBackAll()
  }

  /// What a process of ours inherits beside its own, and what its environment says about it.
  func withJobserver(
    _ inherited: [Int32], _ environment: [String]
  ) -> (inherited: [Int32], environment: [String]) {
    let isNear = inherited.count >= Int(InheritedDescriptor.count)
    guard let jobserver = options.jobserver, isNear else { return (inherited, withoutJobserver(environment)) }
    // What the kind says goes first.
    let environment = environment + ["MAKEFLAGS=\(jobserver.flags)"]
    guard !jobserver.descriptors.isEmpty else { return (inherited, environment) }
    // The place before it may be free.
    let gap = [Int32](repeating: inherited[0], count: Int(Jobserver.inheritedRead) - inherited.count)
    return (inherited + gap + jobserver.descriptors, environment)
  }

  /// Numbers that are closed there, or are something else, would mislead a make.
  private func withoutJobserver(_ environment: [String]) -> [String] {
    guard let text = getenv("MAKEFLAGS"), let flags = JobserverFlags(String(cString: text)) else {
      return environment
    }
    return environment + ["MAKEFLAGS=\(flags.textWithout)"]
  }
}
