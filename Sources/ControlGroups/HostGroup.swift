internal import Glibc
internal import Synchronization

/// The part of the hierarchy that this process has made for itself: its own group `host`, and beside it `workers` with one group for
/// each place of a worker.
package final class HostGroup: Sendable {
  package let path: String
  package let controllers: [Controller]
  package let missing: [Controller]
  /// Its write of `1` ends all workers and all that they have left; safe in a handler.
  package let killFile: Int32
  private let above: String
  private let enabled: [Controller]
  private let made = Atomic(0)

  /// Where this process is, what it may do there, and then does: it moves itself into `PATH/taskhost-PID/host`.
  package static func make() throws(NoGroups) -> HostGroup {
    let membership = try text(of: Hierarchy.membershipFile)
    let table = try text(of: Hierarchy.mountFile)
    let place = try Hierarchy.directory(membership: membership, mountTable: table)
    let plan = try GroupFacts.read(place.path, isReadOnly: place.isReadOnly).plan(for: getpid())
    return try HostGroup(plan)
  }

  private static func text(of path: String) throws(NoGroups) -> String {
    if let text = GroupFile.read(path) { return text }
    throw NoGroups(path, found: reason(errno), expected: "a text")
  }

  private init(_ plan: GroupFacts.Plan) throws(NoGroups) {
    Leftovers.remove(in: plan.directory)
    let path = try Self.makeDirectory(in: plan.directory)
    var enabled: [Controller] = []
    var killFile: Int32 = -1
    do throws(NoGroups) {
      killFile = try Self.settle(path)
      for controller in plan.toEnable {
        try Self.write("+\(controller.rawValue)", "\(plan.directory)/cgroup.subtree_control")
        enabled.append(controller)
      }
      for controller in plan.controllers {
        try Self.write("+\(controller.rawValue)", "\(path)/cgroup.subtree_control")
        try Self.write("+\(controller.rawValue)", "\(path)/workers/cgroup.subtree_control")
      }
    } catch {
      if killFile >= 0 { Glibc.close(killFile) }
      Self.undo(path, plan.directory, enabled, plan.controllers)
      throw error
    }
    above = plan.directory
    controllers = plan.controllers
    missing = plan.missing
    self.path = path
    self.enabled = enabled
    self.killFile = killFile
  }

  deinit { Glibc.close(killFile) }

  private static func makeDirectory(in above: String) throws(NoGroups) -> String {
    // One of this number may be there that has processes of a host that is gone.
    for attempt in 0..<100 {
      let path = "\(above)/\(Leftovers.prefix)\(getpid())" + (attempt == 0 ? "" : "-\(attempt)")
      if mkdir(path, 0o755) == 0 { return path }
      if errno != EEXIST { throw refused(path, "mkdir", errno) }
    }
    throw NoGroups(above, found: "groups of this name that are in use", expected: "room for a new one")
  }

  /// Makes both groups, and this process a member of one. Only then may the group above give anything to its children.
  private static func settle(_ path: String) throws(NoGroups) -> Int32 {
    for name in ["host", "workers"] where mkdir("\(path)/\(name)", 0o755) != 0 {
      throw refused("\(path)/\(name)", "mkdir", errno)
    }
    let killPath = "\(path)/workers/cgroup.kill"
    let killFile = open(killPath, O_WRONLY | O_CLOEXEC)
    if killFile < 0 { throw NoGroups(killPath, found: reason(errno), expected: "Linux 5.14 or newer") }
    let error = GroupFile.write("0", to: "\(path)/host/cgroup.procs")
    if error != 0 {
      Glibc.close(killFile)
      throw refused("\(path)/host/cgroup.procs", "write of 0", error)
    }
    return killFile
  }

  private static func write(_ text: String, _ path: String) throws(NoGroups) {
    let error = GroupFile.write(text, to: path)
    if error != 0 { throw refused(path, "write of \(text)", error) }
  }

  private static func refused(_ path: String, _ call: String, _ error: Int32) -> NoGroups {
    NoGroups(
      path, found: "\(call): \(reason(error))", expected: "a group that this user may divide", error: error)
  }

  private static func reason(_ error: Int32) -> String { String(cString: strerror(error)) }

  package func makeWorkerGroup(_ limits: GroupLimits) throws(NoGroups) -> WorkerGroup {
    let number = made.add(1, ordering: .relaxed).newValue
    return try WorkerGroup("\(path)/workers/\(number)", limits, controllers)
  }

  // MARK: The end

  /// Ends all that is left, removes what was made, and puts this process back where it was. False: something could not be removed, and
  /// is left to the next host.
  package func close() -> Bool {
    _ = GroupFile.write("1", to: killFile)
    return Self.undo(path, above, enabled, controllers)
  }

  @discardableResult
  private static func undo(
    _ path: String, _ above: String, _ enabled: [Controller], _ controllers: [Controller]
  ) -> Bool {
    Leftovers.remove(tree: "\(path)/workers")
    for controller in controllers {
      _ = GroupFile.write("-\(controller.rawValue)", to: "\(path)/cgroup.subtree_control")
    }
    // Others may use it by now: then it stays.
    for controller in enabled {
      _ = GroupFile.write("-\(controller.rawValue)", to: "\(above)/cgroup.subtree_control")
    }
    _ = GroupFile.write("0", to: "\(above)/cgroup.procs")
    rmdir("\(path)/host")
    return rmdir(path) == 0
  }
}
