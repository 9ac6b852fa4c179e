internal import CPosix
internal import Glibc
internal import PluginLoading
internal import Scheduling

// Processes that workers have started and left behind. Those that left the group of their worker come to this process when
// their parent dies, if it is the place where orphans go.
extension Pool {
  /// How long after the death of a worker they are looked for (ns): its children are handed over a little later.
  private static let delay: UInt64 = 100_000_000

  /// Orphans come here, or a fork server may have forked what it has not told about. Children of other threads are not seen.
  var findsOrphans: Bool { options.adoptsOrphans || (!options.ownsProcess && hadForkServer) }

  func expectOrphans() {
    endsOrphans = true
    expectZombies()
  }

  /// A child has ended. It may be one that a worker has left while it lives on itself, and nobody else would reap it.
  func expectZombies() {
    if findsOrphans { orphansAt = min(orphansAt, now.advanced(by: Self.delay)) }
  }

  func sweepOrphans() {
    guard orphansAt <= now else { return }
    orphansAt = .never
    let isEnding = endsOrphans
    endsOrphans = false
    if options.ownsProcess { cpx_forget_ended() }
    sweep(ending: isEnding)
  }

  /// At the end of the run. What those that are killed have started comes here in its turn.
  func killOrphans() {
    for _ in 0..<10 {
      let killed = sweep(ending: true)
      guard !killed.isEmpty else { return }
      Self.await(killed, milliseconds: 100)
    }
  }

  /// Children of this process that are neither workers nor its own: those of hooks are in its own group. Returns those that
  /// were killed and have not been reaped.
  @discardableResult
  private func sweep(ending isEnding: Bool) -> [pid_t] {
    let own = getpgrp()
    var suspects: [pid_t: UInt64] = [:]
    var killed: [pid_t] = []
    var fresh: [pid_t] = []
    for pid in Self.children() where !isOurs(pid) && getpgid(pid) != own {
      // It may be a worker that the fork server has not told about yet: then one of the orders up to now is for it.
      let orders = orphanSuspects[pid] ?? forkServer?.orders ?? 0
      if let oldest = forkServer?.oldestOrder, oldest <= orders {
        suspects[pid] = orders
        continue
      }
      var exit = cpx_exit()
      // One that has ended already needs no words.
      guard cpx_reap(pid, &exit) == 0 else {
        if killedOrphans.remove(pid) != nil { endsOrphans = true }
        continue
      }
      guard isEnding else { continue }
      // Not waited for: it may hang in the kernel.
      Glibc.kill(-pid, SIGKILL)
      Glibc.kill(pid, SIGKILL)
      killed.append(pid)
      if killedOrphans.insert(pid).inserted { fresh.append(pid) }
    }
    reportKilled(fresh)
    orphanSuspects = suspects
    if !suspects.isEmpty { endsOrphans = endsOrphans || isEnding }
    if !suspects.isEmpty || endsOrphans { expectZombies() }
    return killed
  }

  private static func await(_ pids: [pid_t], milliseconds: UInt64) {
    let deadline = cpx_now() + milliseconds * 1_000_000
    for pid in pids {
      let process = cpx_pidfd(pid)
      guard process >= 0 else { continue }
      var poller = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
      let now = cpx_now()
      poll(&poller, 1, deadline > now ? Int32((deadline - now) / 1_000_000) : 0)
      close(process)
    }
  }

  func reportKilled(_ killed: [pid_t]) {
    guard let first = killed.first else { return }
    let what =
      killed.count == 1
      ? "process \(first), which a worker of kind \(kind.table.name) left behind, is killed"
      : "\(killed.count) processes, which workers of kind \(kind.table.name) left behind, are killed; the first is \(first)"
    emit(.warning(what))
  }

  private func isOurs(_ pid: pid_t) -> Bool {
    pid == forkServer?.pid || workers.contains { $0?.pid == pid }
  }

  /// Empty where the kernel does not tell.
  private static func children() -> [pid_t] {
    let file = open("/proc/self/task/\(cpx_thread_id())/children", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      text += chunk[..<count]
    }
    return text.split(separator: UInt8(ascii: " ")).compactMap { pid_t(String(decoding: $0, as: UTF8.self)) }
  }
}
