internal import CPosix
internal import Glibc
internal import Scheduling

// Workers that die by themselves, from when their end begins.
extension Pool {
  /// One that lives so long is watched. To others it would cost a part of what their start does.
  static let lifeBeforeWatch: UInt64 = 1_000_000

  /// It is ready: soon its death is to be known early.
  func expectToWatch(_ worker: WorkerHandle) {
    guard worker.pid > 0, !worker.isRelayed else { return }
    worker.watch.deathWatchAt = noted(now.advanced(by: Self.lifeBeforeWatch))
  }

  func watchDeath(of worker: WorkerHandle) {
    worker.watch.deathWatchAt = .max
    guard worker.phase == .ready else { return }
    worker.statDescriptor = cpx_open_stat(worker.pid)
    guard worker.statDescriptor >= 0 else { return }
    // After that: a process that still holds its lock is the one whose line was opened.
    worker.lifeWord = DeathWatch.shared.watch(worker.claims, worker.pid, worker.id, deaths)
    if worker.lifeWord == nil { worker.forgetLife() }
  }

  func attendDeaths() {
    for id in deaths.take() {
      if let worker = handle(id) { sawDying(worker) }
    }
  }

  /// What it has written is there: it writes nothing more. How it ends and what it used is not known before it is reaped.
  private func sawDying(_ worker: WorkerHandle) {
    // A plugin may have written into the page.
    guard worker.phase == .ready, worker.fault == nil, cpx_is_dying(worker.statDescriptor) else { return }
    takeRest(of: worker)
    guard worker.phase == .ready, worker.fault == nil, handle(worker.id) === worker else { return }
    report(worker, .dying)
    // What it has started goes with it. Its successor waits until it is reaped: else it would depend on a moment which task is next, that
    // of the dead one, tried again, or another.
    Glibc.kill(-worker.pid, SIGKILL)
  }
}
