internal import ControlGroups
internal import Wire

/// Whether workers are put into control groups of the kernel.
package enum GroupUse: Sendable {
  case off
  /// Where a limit would use them, they can be had, and the process is there for the pool.
  case automatic
  /// The pool does not run without them, nor without what its limits need of them.
  case required
}

/// Groups were asked for, and can not be had.
package struct ControlGroupsRefused: Error, CustomStringConvertible {
  package var description: String
}

/// The control groups of a pool: one for each place of a worker, and one for its fork server.
final class WorkerGroups {
  /// One that is handed out, with what its counts were then.
  struct Place {
    var group: WorkerGroup
    var before: WorkerGroup.MemoryEvents
  }

  let host: HostGroup
  let hasMemory: Bool
  private let limits: GroupLimits
  /// By slot; the last one is that of the fork server.
  private var places: [WorkerGroup?]
  /// With processes that had not ended when the place was wanted again.
  private var left: [WorkerGroup] = []

  init(_ host: HostGroup, _ limits: GroupLimits, slots: Int) {
    self.host = host
    hasMemory = host.controllers.contains(.memory)
    self.limits = limits
    places = Array(repeating: nil, count: slots + 1)
  }

  func take(_ slot: Int) throws(SystemError) -> Place { try take(slot, limits) }

  func takeForServer() throws(SystemError) -> Place {
    // Where a new worker can not be forked into its own group, it is in this one for a moment.
    let processes = limits.processes == 0 ? 0 : limits.processes + 1
    return try take(places.count - 1, GroupLimits(memory: limits.memory, processes: processes))
  }

  private func take(_ index: Int, _ limits: GroupLimits) throws(SystemError) -> Place {
    left.removeAll { $0.remove() }
    if let known = places[index] {
      if !known.isPopulated, limits.memory == 0 || known.memoryInUse <= limits.memory / 4 {
        return Place(group: known, before: known.memoryCounts)
      }
      // What ends there, and files in memory that were left, would use up what the next one may use.
      places[index] = nil
      if !known.remove() { left.append(known) }
    }
    let made = try Self.checked { () throws(NoGroups) in try host.makeWorkerGroup(limits) }
    places[index] = made
    return Place(group: made, before: WorkerGroup.MemoryEvents())
  }

  /// A refusal as that of a system call.
  static func checked<Result>(_ body: () throws(NoGroups) -> Result) throws(SystemError) -> Result {
    do throws(NoGroups) { return try body() } catch { throw SystemError(error.error, error.path) }
  }

  /// Ends all that is in them, and removes them.
  func end() {
    for group in places + left { group?.end() }
    places = []
    left = []
  }
}
