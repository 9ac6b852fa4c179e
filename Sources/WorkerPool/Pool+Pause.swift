internal import CPosix
internal import Glibc
internal import Scheduling

// Ctrl-Z: the run stands still, and its clock with it.
extension Pool {
  /// Stops the workers and then this process; returns when it has been continued.
  func pause() throws {
    let stoppedAt = cpx_now()
    signalWorkers(SIGSTOP)
    // If nobody reads what is told, it stops there.
    cpx_ask_pause()
    onPause?(.paused(running: scheduler.runningCount))
    try beforeWaiting()
    // The shell is to find its terminal as it was.
    unwatchKeys()
    var wentOnAt = UInt64(0)
    if cpx_take_pause_flag() {
      cpx_pause_self()
      wentOnAt = cpx_now()
    } else {
      _ = cpx_take_paused(&wentOnAt)
    }
    let length = wentOnAt - stoppedAt
    pausedNanoseconds += length
    signalWorkers(SIGCONT)
    tracer?.paused(for: length)
    watchKeys()
    readClock()
    onPause?(.resumed(after: length))
  }

  /// The process has stopped and gone on while it wrote.
  func takePause() {
    let length = cpx_take_paused(nil)
    pausedNanoseconds += length
    untoldPause += length
    tracer?.paused(for: length)
  }

  func tellPause() {
    guard untoldPause > 0 else { return }
    let length = untoldPause
    untoldPause = 0
    onPause?(.paused(running: scheduler.runningCount))
    onPause?(.resumed(after: length))
  }

  package enum Pause {
    case paused(running: Int)
    case resumed(after: UInt64)
  }

  private func signalWorkers(_ number: Int32) {
    for worker in workers {
      guard let worker, worker.pid > 0 else { continue }
      if worker.isRelayed { relaySignal(worker, number) } else { Glibc.kill(-worker.pid, number) }
    }
    if let forkServer { Glibc.kill(-forkServer.pid, number) }
  }

  /// A time of the pool's clock as the machine's clock shows it, if no pause comes between.
  func monotonic(_ time: UInt64) -> UInt64 {
    let (sum, overflow) = time.addingReportingOverflow(pausedNanoseconds)
    return overflow ? .max : sum
  }
}
