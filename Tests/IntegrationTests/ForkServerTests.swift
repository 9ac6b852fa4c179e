import Foundation
import TestSupport
import Testing

private struct Told {
  var role: String
  var numbers: [String: Int]
  var words: [String: String]

  init(_ text: String) {
    words = [:]
    for part in text.split(separator: " ") {
      let pair = part.split(separator: "=", maxSplits: 1)
      if pair.count == 2 { words[String(pair[0])] = String(pair[1]) }
    }
    role = words["role"] ?? "?"
    numbers = words.compactMapValues { Int($0) }
  }

  subscript(name: String) -> Int { numbers[name] ?? -1 }
}

private func run(
  _ words: [String], workers: Int = 2, mode: String = "", options: [String] = [], _ defines: [String] = []
) throws -> (run: Taskhost.Finished, told: [Told]) {
  let run = try Taskhost.run(
    ["-j\(workers)", "--plugin", TestKind.path("forked.c", defines), "--set", "mode=\(mode)"] + options
      + words)
  return (run, run.events.named("feedback.received").compactMap { $0.text("data").map(Told.init) })
}

private func logged(_ run: Taskhost.Finished) -> String {
  run.events.named("log.written").compactMap { $0.text("message") }.joined(separator: "\n")
}

@Suite struct ForkServerTests {
  @Test func freshWorkersInheritTheState() throws {
    let (run, told) = try run([String](repeating: "tell", count: 12))
    #expect(run.end == .exited(0) && told.count == 12)
    #expect(Set(told.map { $0["maker"] }).count == 1, "the state was made once")
    #expect(Set(told.map { $0["pid"] }).count == 12, "each task had a worker of its own")
    for one in told {
      #expect(one.role == "fork-server" && one["forked"] == one["pid"] && one["maker"] != one["pid"])
      #expect(one["group"] == one["pid"], "a group of its own")
      #expect(one["shared"] == 1)
      #expect(one.words["bound"] == "no", "the environment is that of the host")
    }
    let parents = Set(told.map { $0["parent"] })
    #expect(parents.count == 1 && parents != Set(told.map { $0["maker"] }), "the host itself is the parent")
    #expect(run.errors == "")
  }

  /// The state is made in each worker then; what is saved is the load of the plugin.
  @Test func aStateThatIsNotSafeIsMadeInEachFork() throws {
    let (run, told) = try run([String](repeating: "tell", count: 60), workers: 1, ["FLAGS=0"])
    #expect(run.end == .exited(0) && told.count == 60)
    #expect(told.allSatisfy { $0["maker"] == $0["pid"] && $0["shared"] == 1 && $0["forked"] == 0 })
    #expect(told.first?.role == "worker", "the first one does not wait for a server")
    #expect(told.last?.role == "fork-server")
  }

  @Test func oneTaskDoesNotWaitForIt() throws {
    let (run, told) = try run(["tell"])
    #expect(run.end == .exited(0) && told.map(\.role) == ["worker"])
  }

  @Test func itCanBeSwitchedOff() throws {
    let (run, told) = try run(["tell", "tell", "tell"], options: ["--no-fork-server"])
    #expect(run.end == .exited(0))
    #expect(told.map(\.role) == ["worker", "worker", "worker"])
    #expect(told.allSatisfy { $0["maker"] == $0["pid"] })
  }

  struct Refusal: CustomTestStringConvertible, Sendable {
    var mode: String
    var reason: String
    var testDescription: String { mode }
  }

  @Test(arguments: [
    Refusal(mode: "thread", reason: "the plugin has started threads (2 in all)"),
    Refusal(mode: "server-fails", reason: "no state for a server"),
    Refusal(mode: "server-crashes", reason: "it was ended by SIGSEGV before it was ready"),
  ])
  func workersAreExecutedWhereItCanNotServe(refusal: Refusal) throws {
    let (run, told) = try run(["tell", "tell", "tell", "tell"], mode: refusal.mode)
    #expect(run.end == .exited(0))
    #expect(told.map(\.role) == ["worker", "worker", "worker", "worker"])
    #expect(logged(run).contains("executed one by one, without a fork server: \(refusal.reason)"))
  }

  /// One death costs nothing but a warning, and the third one in a minute ends the use of it.
  @Test func itsDeathIsOneMoreFault() throws {
    let (run, told) = try run(
      ["tell", "kill-server", "tell", "kill-server", "tell", "kill-server", "tell", "tell"], workers: 1)
    #expect(run.end == .exited(0) && told.count == 8)
    #expect(Set(told.filter { $0.role == "fork-server" }.map { $0["maker"] }).count == 3)
    #expect(told.last?.role == "worker")
    let warnings = run.events.filter {
      $0.text("message")?.contains("has ended: it was ended by SIGKILL") == true
    }
    #expect(warnings.count == 3)
    #expect(logged(run).contains("it has ended 3 times within a minute"))
  }

  @Test func aFailingWorkerForkedIsAFailureToStart() throws {
    let (run, _) = try run(["tell", "tell"], mode: "fork-fails")
    #expect(run.end == .exited(101))
    #expect(run.summary?.text("failure")?.contains("(init): not in this copy") == true)
  }
}
