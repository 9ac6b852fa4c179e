internal import Glibc

/// What is there in the directory of a group.
package struct GroupFacts: Equatable {
  package var directory: String
  package var isReadOnly = false
  /// A directory or file that this process may not write, and why.
  package var refusal: (path: String, error: Int32)?
  /// Nil: it is the root of the hierarchy, which may have both processes and children.
  package var type: String?
  /// What children may have.
  package var controllers: [String] = []
  /// What children have.
  package var enabled: [String] = []
  package var processes: [Int32] = []

  package init(directory: String) { self.directory = directory }

  package static func == (a: GroupFacts, b: GroupFacts) -> Bool {
    a.directory == b.directory && a.isReadOnly == b.isReadOnly && a.type == b.type
      && a.refusal?.path == b.refusal?.path && a.refusal?.error == b.refusal?.error
      && a.controllers == b.controllers && a.enabled == b.enabled && a.processes == b.processes
  }

  package static func read(_ directory: String, isReadOnly: Bool) -> GroupFacts {
    var facts = GroupFacts(directory: directory)
    facts.isReadOnly = isReadOnly
    for path in [directory] + ["cgroup.procs", "cgroup.subtree_control"].map({ "\(directory)/\($0)" })
    where facts.refusal == nil && access(path, W_OK) != 0 {
      facts.refusal = (path, errno)
    }
    func words(_ name: String) -> [String] {
      (GroupFile.read("\(directory)/\(name)") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    }
    facts.type = GroupFile.read("\(directory)/cgroup.type").map { $0.filter { $0 != "\n" } }
    facts.controllers = words("cgroup.controllers")
    facts.enabled = words("cgroup.subtree_control")
    facts.processes = words("cgroup.procs").compactMap { Int32($0) }
    return facts
  }

  /// What can be done here, for a process of which this is the group.
  package struct Plan: Equatable {
    package var directory: String
    package var controllers: [Controller]
    /// Those of them that children of the group do not have yet.
    package var toEnable: [Controller]
    package var missing: [Controller]
  }

  /// Throws if the group is not this process's to divide.
  package func plan(for process: Int32) throws(NoGroups) -> Plan {
    if isReadOnly {
      throw NoGroups(directory, found: "a mount that is read-only", expected: Self.delegated)
    }
    if let refusal {
      throw NoGroups(
        refusal.path, found: "no right to write (\(String(cString: strerror(refusal.error))))",
        expected: Self.delegated)
    }
    if let type, type != "domain" {
      throw NoGroups("\(directory)/cgroup.type", found: type, expected: "domain")
    }
    // To divide it, its processes would have to leave it, and they are not this one's to move.
    if type != nil, let other = processes.first(where: { $0 != process }) {
      throw NoGroups(
        "\(directory)/cgroup.procs",
        found: processes.count == 2
          ? "process \(other) beside this one" : "\(processes.count - 1) processes beside this one",
        expected: "a group that this process has for itself")
    }
    let present = Controller.allCases.filter { controllers.contains($0.rawValue) }
    return Plan(
      directory: directory, controllers: present,
      toEnable: present.filter { !enabled.contains($0.rawValue) },
      missing: Controller.allCases.filter { !present.contains($0) })
  }

  private static let delegated = "a group that this user may divide (systemd: Delegate=yes)"
}
