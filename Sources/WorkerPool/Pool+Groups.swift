internal import CPosix
internal import CTaskHost
internal import ControlGroups
internal import Glibc
internal import Scheduling
internal import Wire

// Control groups of the kernel, in which a worker is together with all that it starts. They hold what the host can only look at, and keep what
// leaves the group of its process.
extension Pool {
  /// Where they are, and what they hold; or why there are none. Nil: nobody has asked.
  package var controlGroups: String? { groupsText }

  func takeGroups() throws {
    let use = options.controlGroups
    guard options.localWorker == nil, use != .off else { return }
    let wanted = GroupLimits(memory: limits.memory, processes: limits.process.processes)
    if use == .automatic { guard options.ownsProcess, wanted != GroupLimits() else { return } }
    do throws(NoGroups) {
      let host = try SharedGroups.join()
      groups = WorkerGroups(host, wanted, slots: workers.count)
      groupsText = Self.text(host)
      if options.ownsProcess { cpx_group_kill_file(host.killFile) }
      try demand(wanted, of: host)
    } catch {
      leaveGroups()
      if use == .required {
        throw ControlGroupsRefused(description: "workers can not have control groups: \(error)")
      }
      groupsText = "none: \(error)"
    }
    tell(.info, "control groups: \(groupsText ?? "")")
  }

  /// What is not there is done without, unless it was asked for.
  private func demand(_ wanted: GroupLimits, of host: HostGroup) throws(NoGroups) {
    guard options.controlGroups == .required else { return }
    let needed: [Controller] = (wanted.memory > 0 ? [.memory] : []) + (wanted.processes > 0 ? [.pids] : [])
    guard let missing = needed.first(where: host.missing.contains) else { return }
    throw NoGroups(
      "\(host.path)/cgroup.controllers",
      found: host.controllers.isEmpty
        ? "no controllers" : host.controllers.map(\.rawValue).joined(separator: " "),
      expected: missing.rawValue)
  }

  private static func text(_ host: HostGroup) -> String {
    var text = "workers are below \(host.path)/workers"
    if !host.controllers.isEmpty {
      text += ", which limits \(host.controllers.map(\.rawValue).joined(separator: " and "))"
    }
    if !host.missing.isEmpty {
      text +=
        "; without \(host.missing.map(\.rawValue).joined(separator: " and ")), which this group does not have"
    }
    return text
  }

  private func tell(_ level: LogLevel, _ message: String) {
    emit(.log(LogLine(level: level, worker: nil, message: message)))
  }

  func leaveGroups() {
    guard let groups else { return }
    self.groups = nil
    groups.end()
    if options.ownsProcess { cpx_group_kill_file(-1) }
    if !SharedGroups.leave() {
      tell(.info, "control groups: \(groups.host.path) could not be removed, and is left to the next host")
    }
  }

  // MARK: One worker

  func takeGroup(_ worker: WorkerHandle) throws(SystemError) {
    guard let groups else { return }
    worker.place = try groups.take(Int(worker.id.slot))
  }

  /// It is reaped: what it has left is ended, also what is no child of anybody here.
  func leaveGroup(_ worker: WorkerHandle) {
    guard let group = worker.place?.group, group.isPopulated else { return }
    // Those of the group of its process have been killed without a word.
    let left = group.processes.filter { getpgid($0) != worker.pid && !Self.hasEnded($0) }
    group.kill()
    // They come here to be reaped, and are known then.
    if findsOrphans { killedOrphans.formUnion(left) }
    reportKilled(left)
  }

  private static func hasEnded(_ pid: pid_t) -> Bool {
    let process = cpx_pidfd(pid)
    guard process >= 0 else { return true }
    defer { close(process) }
    return cpx_has_ended(process)
  }

  /// The kernel has ended a worker with all that it had started, as they were larger than their limit.
  func excessOfGroup(_ worker: WorkerHandle) -> (peak: UInt64, message: String)? {
    guard limits.memory > 0, let place = worker.place else { return nil }
    let counts = place.group.memoryCounts
    guard counts.killed > place.before.killed else { return nil }
    guard counts.exhausted > place.before.exhausted else {
      worker.faultMessage =
        worker.faultMessage ?? "the kernel has ended it as memory outside its own limit was used up"
      return nil
    }
    let peak = place.group.peak ?? limits.memory
    worker.groupPeak = peak
    return (
      peak,
      "\(size(peak)) of memory were in use by it and by what it had started, the limit is \(size(limits.memory))"
    )
  }

  /// The same before it was ready.
  func explainStart(_ worker: WorkerHandle) {
    guard worker.phase == .starting, worker.startFailure == nil, worker.fault == nil,
      let excess = excessOfGroup(worker)
    else { return }
    bootFailed(
      worker, StartFailure(phase: phase(of: worker), code: TH_E_LIMIT, message: excess.message))
  }
}
