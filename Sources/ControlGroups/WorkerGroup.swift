internal import Glibc

/// What a group may use. 0: as much as there is.
package struct GroupLimits: Equatable, Sendable {
  package var memory: UInt64 = 0
  package var processes: UInt64 = 0

  package init(memory: UInt64 = 0, processes: UInt64 = 0) {
    self.memory = memory
    self.processes = processes
  }
}

/// The group of one worker and of all that it starts. It is used again by the next worker of its place.
package final class WorkerGroup: Sendable {
  package let path: String
  /// Its directory, for a clone into it.
  package let directory: Int32
  /// Its `cgroup.procs`, for writing.
  package let members: Int32
  private let events: Int32
  private let limits: GroupLimits
  private let countsMemory: Bool
  private let memoryEvents: Int32

  /// The kernel's counts of a group that has met its limit.
  package struct MemoryEvents: Equatable, Sendable {
    /// An allocation could not be served within the group's own limit.
    package var exhausted: UInt64 = 0
    /// Processes of the group that were killed, whoever's limit it was.
    package var killed: UInt64 = 0

    package init() {}

    package init(_ text: String?) {
      exhausted = GroupFile.number("oom", in: text)
      killed = GroupFile.number("oom_kill", in: text)
    }
  }

  /// Throws what was refused. `controllers`: those that the group has.
  init(_ path: String, _ limits: GroupLimits, _ controllers: [Controller]) throws(NoGroups) {
    self.path = path
    self.limits = limits
    countsMemory = controllers.contains(.memory)
    if mkdir(path, 0o755) != 0 { throw Self.refused(path, "mkdir", errno) }
    directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    members = open("\(path)/cgroup.procs", O_WRONLY | O_CLOEXEC)
    events = open("\(path)/cgroup.events", O_RDONLY | O_CLOEXEC)
    memoryEvents =
      countsMemory ? open("\(path)/memory.events", O_RDONLY | O_CLOEXEC) : -1
    guard directory >= 0, members >= 0, events >= 0 else {
      let number = errno
      remove()
      throw Self.refused(path, "open", number)
    }
    do throws(NoGroups) {
      if countsMemory, limits.memory > 0 {
        // All of it or nothing: a worker without what it has started can not go on.
        try set("memory.oom.group", "1")
        // Not there if the kernel does not count swap.
        if access("\(path)/memory.swap.max", F_OK) == 0 { try set("memory.swap.max", "0") }
      }
      if controllers.contains(.pids), limits.processes > 0 { try set("pids.max", "\(limits.processes)") }
    } catch {
      remove()
      throw error
    }
  }

  deinit {
    for descriptor in [directory, members, events, memoryEvents] where descriptor >= 0 { close(descriptor) }
  }

  private func set(_ name: String, _ value: String) throws(NoGroups) {
    let error = GroupFile.write(value, to: "\(path)/\(name)")
    if error != 0 { throw Self.refused("\(path)/\(name)", "write of \(value)", error) }
  }

  private static func refused(_ path: String, _ call: String, _ error: Int32) -> NoGroups {
    NoGroups(
      path, found: "\(call): \(String(cString: strerror(error)))", expected: "a group for a worker",
      error: error)
  }

  // MARK: Its limit of memory

  /// To be done before a process is forked into it, and after one was executed in it.
  package func hold() throws(NoGroups) { try setMost("\(limits.memory)") }

  /// To be done before a process is executed in it by one that shares its memory until then: should the kernel have to end that one, it would
  /// end the other, too.
  package func lift() throws(NoGroups) { try setMost("max") }

  private func setMost(_ value: String) throws(NoGroups) {
    if countsMemory, limits.memory > 0 { try set("memory.max", value) }
  }

  /// What is left of earlier workers, in bytes: of their files, for nothing else outlives them.
  package var memoryInUse: UInt64 {
    guard countsMemory else { return 0 }
    return GroupFile.read("\(path)/memory.current").flatMap { UInt64($0.filter { $0 != "\n" }) } ?? 0
  }

  // MARK: Its processes

  package var isPopulated: Bool { GroupFile.number("populated", in: GroupFile.read(events)) != 0 }

  package var processes: [Int32] {
    (GroupFile.read("\(path)/cgroup.procs") ?? "").split(separator: "\n").compactMap { Int32($0) }
  }

  /// All that is in it, whatever it has done to get away.
  package func kill() { _ = GroupFile.write("1", to: "\(path)/cgroup.kill") }

  // MARK: What it has used

  /// Of all workers of the place; zeros if memory is not counted.
  package var memoryCounts: MemoryEvents { MemoryEvents(GroupFile.read(memoryEvents)) }

  /// The most memory that was ever in use here, in bytes: of all workers of the place.
  package var peak: UInt64? {
    GroupFile.read("\(path)/memory.peak").flatMap { UInt64($0.filter { $0 != "\n" }) }
  }

  /// Ends what is in it, waits for that for a moment, and removes the group. False: there are processes in it that do not end.
  @discardableResult
  package func end() -> Bool {
    for _ in 0..<Self.looks {
      if remove() { return true }
      kill()
      // Ready when the last process has gone.
      var poller = pollfd(fd: events, events: Int16(POLLPRI), revents: 0)
      _ = poll(&poller, 1, Self.millisecondsOfLook)
    }
    return remove()
  }

  private static let looks = 20
  private static let millisecondsOfLook: Int32 = 10

  /// False: it has processes.
  @discardableResult
  package func remove() -> Bool { rmdir(path) == 0 || errno == ENOENT }
}
