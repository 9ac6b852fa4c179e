internal import CPosix
internal import Glibc
internal import Scheduling
internal import Wire

// A worker may start a host of its own. Such a one finds in its environment to which host that worker belongs, and ends with it,
// however many levels there are and whatever stands between the two.
extension Pool {
  /// Most hosts do nothing here. One below another waits for that one's end in its reactor, without a look or a timer.
  func watchHost() throws(SystemError) {
    guard let name = getenv(HostMark.variable) else { return }
    let found = cpx_open_named_process(name)
    guard found != -2 else { return hostHasEnded() }
    guard found >= 0 else { return }
    hostDescriptor = found
    try reactor.watch(found, .host)
    // A hook that does not return keeps the reactor from hearing of it.
    if options.ownsProcess { cpx_watch_host(found) }
  }

  func unwatchHost() {
    guard hostDescriptor >= 0 else { return }
    if options.ownsProcess { cpx_watch_host(-1) }
    reactor.forget(hostDescriptor)
    close(hostDescriptor)
    hostDescriptor = -1
  }

  /// A run ends with its process, at once. A program that has pools lives on, and they end.
  func hostHasEnded() {
    unwatchHost()
    if options.ownsProcess { endProcess() }
    let message = "the taskhost whose worker has started this program is gone, and its pools end with it"
    if failure == nil { failure = KindFailure(message: message, isPermanent: false) }
    options.onKindFailure?(KindFailure(message: message, isPermanent: false))
    closeIntake()
    stop()
  }

  private func endProcess() -> Never {
    cpx_kill_groups()
    if findsOrphans { killOrphans() }
    options.jobserver?.remove()
    cpx_end_without_host()
  }
}
