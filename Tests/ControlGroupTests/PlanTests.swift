import ControlGroups
import Glibc
import Testing

/// What may be done with a group, by what is found there.
@Suite struct PlanTests {
  private static let me: Int32 = 100

  /// One that systemd has delegated, as it is found.
  private static var delegated: GroupFacts {
    var facts = GroupFacts(directory: "/g")
    facts.type = "domain"
    facts.controllers = ["cpu", "memory", "pids"]
    facts.processes = [me]
    return facts
  }

  private func plan(_ change: (inout GroupFacts) -> Void) throws -> GroupFacts.Plan {
    var facts = Self.delegated
    change(&facts)
    return try facts.plan(for: Self.me)
  }

  @Test func allThatIsThereIsEnabled() throws {
    let plan = try plan { _ in }
    #expect(plan.controllers == [.memory, .pids] && plan.toEnable == [.memory, .pids])
    #expect(plan.missing.isEmpty && plan.directory == "/g")
  }

  @Test func whatIsEnabledIsLeftAsItIs() throws {
    let plan = try plan { $0.enabled = ["cpu", "memory"] }
    #expect(plan.controllers == [.memory, .pids] && plan.toEnable == [.pids])
  }

  @Test func whatIsNotThereIsNamed() throws {
    let plan = try plan { $0.controllers = ["hugetlb", "pids"] }
    #expect(plan.controllers == [.pids] && plan.missing == [.memory])
  }

  /// The root of the hierarchy may have both, and there nobody is moved but this process.
  @Test func theRootMayHaveProcesses() throws {
    let plan = try plan {
      $0.type = nil
      $0.processes = [1, 7, Self.me]
    }
    #expect(plan.toEnable == [.memory, .pids])
  }

  struct Refusal: CustomTestStringConvertible, Sendable {
    var text: String
    var change: @Sendable (inout GroupFacts) -> Void

    var testDescription: String { text }
  }

  @Test(arguments: [
    Refusal(text: "/g: found a mount that is read-only, expected a group that this user may divide") {
      $0.isReadOnly = true
    },
    Refusal(text: "/g/cgroup.procs: found no right to write (Permission denied)") {
      $0.refusal = ("/g/cgroup.procs", EACCES)
    },
    Refusal(text: "/g/cgroup.type: found threaded, expected domain") { $0.type = "threaded" },
    Refusal(text: "/g/cgroup.procs: found process 7 beside this one") { $0.processes = [7, me] },
    Refusal(text: "/g/cgroup.procs: found 2 processes beside this one") { $0.processes = [7, me, 8] },
  ])
  func whatIsNotItsOwnIsLeftAlone(refusal: Refusal) {
    let error = #expect(throws: NoGroups.self) { try plan(refusal.change) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(refusal.text), "\(String(describing: error))")
  }
}
