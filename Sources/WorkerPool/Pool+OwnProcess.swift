internal import CPosix
internal import Glibc
internal import PluginLoading
internal import Scheduling
internal import Wire

// What belongs to the process and not to a pool: signals, the watchdog, the terminal. A pool has to do with them only if the
// process is there for nothing else.
extension Pool {
  func takeProcess() throws(SystemError) {
    guard options.ownsProcess else { return }
    guard cpx_signals_install(reactor.wakeDescriptor) == 0, cpx_children_install() == 0 else {
      throw SystemError(errno, "sigaction")
    }
    // What is performed in this process can not stand still without it.
    if options.localWorker == nil, cpx_pause_install(reactor.wakeDescriptor) != 0 {
      let number = errno
      cpx_signals_remove()
      throw SystemError(number, "sigaction")
    }
    let watched = kind.table.name.withCString { cpx_watchdog_install($0) }
    if watched != 0 {
      emit(.warning("no watchdog for hooks: \(String(cString: strerror(errno)))"))
    }
  }

  func leaveProcess() {
    guard options.ownsProcess else { return }
    cpx_watchdog_remove()
    if options.localWorker == nil { cpx_pause_remove() }
    cpx_signals_remove()
  }

  @inline(__always)
  func wakeWatchdog() {
    if options.ownsProcess { cpx_watchdog_wake() }
  }

  /// Signals and children, which ring the reactor's counter.
  func attend() {
    attendStatus()
    if cpx_take_child_flag() {
      checkStoppedWorkers()
      checkForkServerRuns()
    }
    if cpx_child_has_ended() { expectZombies() }
    if cpx_signal_count() > 0, !isInterrupted {
      isInterrupted = true
      cpx_attend_signal()
      onInterrupt?(cpx_first_signal(), scheduler.runningCount)
      scheduler.handle(.drain, at: now)
    }
  }

  func checkStoppedWorkers() {
    for worker in workers {
      if let worker, worker.pid > 0, cpx_is_stopped(worker.pid), worker.fault == nil {
        worker.fault = .stopped
        scheduler.handle(.broke(worker.id, undecodable: false), at: now)
      }
    }
  }
}
