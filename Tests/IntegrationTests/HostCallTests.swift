import Foundation
import Glibc
import TestSupport
import Testing

/// How the worker is there that makes the calls.
enum Place: String, CaseIterable, CustomTestStringConvertible {
  case executed, forked, relayed, inProcess

  var testDescription: String { rawValue }

  func options() throws -> [String] {
    let plugin = try ["--plugin", TestKind.path("exchange.c", self == .forked ? ["FORKED"] : [])]
    return switch self {
    case .executed: plugin + ["--no-fork-server"]
    case .forked: plugin
    case .relayed: plugin + (try Way.remote.options())
    case .inProcess: plugin + ["--in-process"]
    }
  }
}

/// What the responses of a run say, by the names of their tasks.
func answers(_ run: Taskhost.Finished) -> [String: [String]] {
  var names: [Int: String] = [:]
  for event in run.events.named("task.queued") { names[event.number("task") ?? 0] = event.text("name") }
  var answers: [String: [String]] = [:]
  for event in run.events.named("diagnostic.reported") {
    answers[names[event.number("task") ?? 0] ?? "?", default: []].append(event.text("message") ?? "")
  }
  return answers
}

@Suite struct HostCallTests {
  private func run(
    _ words: [String], workers: Int = 1, _ place: Place = .executed, _ options: [String] = []
  ) throws -> Taskhost.Finished {
    try Taskhost.run(["-j\(workers)"] + place.options() + options + words)
  }

  @Test(arguments: Place.allCases)
  func aWorkerCallsItsHost(place: Place) throws {
    let run = try run(
      ["host say hello", "host words", "host refuse", "host nobody", "host big 3000000", "sum", "emit 1 8"],
      place)
    #expect(run.end == .exited(0))
    let said = answers(run)
    #expect(said["host say hello"] == ["0 hello"])
    #expect(said["host words"] == ["0 "])
    #expect(said["host refuse"] == ["-1500 refused by the host"])
    #expect(
      said["host nobody"] == [
        "-2 nobody in the host answers this call: kind exchange has no taskhost.host_service/1 for it"
      ])
    // Texts of diagnostics keep 64 KiB.
    #expect(said["host big 3000000"]?.first?.utf8.count == 65536)
    #expect(said["sum"] == ["0 0"], "a task has no input")
    #expect(said["emit 1 8"] == ["-2 emit"], "nobody takes items of a task")
  }

  @Test func aReplyThatNoFrameHoldsIsAnError() throws {
    let run = try run(["host big 3000000"], .executed, ["--max-frame", "2M"])
    #expect(
      answers(run)["host big 3000000"]
        == ["-5 a reply of 3000000 bytes, a frame holds 2097152"])
  }

  /// Each of two calls the other: one of them would wait for ever, and is told.
  @Test(arguments: [Place.executed, .forked, .relayed])
  func twoThatCallEachOtherDoNotHang(place: Place) throws {
    let run = try run(["meet quick", "meet quick"], workers: 2, place)
    #expect(run.end == .exited(0))
    let said = try #require(answers(run)["meet quick"]).sorted()
    #expect(said.count == 2)
    #expect(said.last == "0 quick")
    #expect(said.first?.hasPrefix("-10 worker") == true, "\(said)")
    #expect(run.outcomes() == ["passed": 2], "calls between workers count for nothing")
  }

  /// A calls B, which calls A.
  @Test func aLoopEndsWithAnError() throws {
    let run = try run(["loop", "here"], workers: 2)
    #expect(answers(run)["loop"]?.first?.hasPrefix("0 -10 worker") == true, "\(answers(run))")
  }

  @Test func aWorkerCallsAnother() throws {
    let run = try run(["meet host say through two", "here"], workers: 2)
    #expect(answers(run)["meet host say through two"] == ["0 0 through two"])
  }

  @Test func aHandleOfNobodyIsStale() throws {
    let run = try run(["peer 7 1 quick", "peer 1 1 quick"])
    #expect(answers(run)["peer 7 1 quick"] == ["-9 worker 7 is not there any more"])
    #expect(answers(run)["peer 1 1 quick"] == ["-9 worker 1 is not there any more"], "of another pool")
  }

  @Test(arguments: ["segv", "exit", "abort", "kill"])
  func aPeerThatDiesIsAnErrorOfTheCaller(deed: String) throws {
    let run = try run(["meet \(deed)", "here"], workers: 2)
    #expect(run.outcomes() == ["passed": 2])
    let said = answers(run)["meet \(deed)"]?.first ?? ""
    #expect(said.hasPrefix("-11 worker "), "\(said)")
    #expect(run.events.named("worker.ended").filter { $0.text("reason") != "retired" }.count == 1)
  }

  @Test func anErrorOfAPeerKeepsItsCodeAndText() throws {
    let run = try run(["meet error", "here"], workers: 2)
    #expect(answers(run)["meet error"] == ["-1234 as it was told"])
  }

  /// The limit of the caller strikes while it waits; the other one is given up with it, and both go on.
  @Test func timeLimitsHoldWhileAWorkerWaits() throws {
    let run = try run(["meet hold", "here"], workers: 2, .executed, ["--soft-timeout", "300ms"])
    #expect(run.outcomes() == ["timeout": 1, "passed": 1])
    #expect(run.events.named("worker.ended").map { $0.text("reason") } == ["retired", "retired"])
  }

  @Test func aHardLimitKillsAWorkerThatWaits() throws {
    let run = try run(["meet deaf", "here"], workers: 2, .executed, ["--timeout", "500ms"])
    #expect(run.outcomes() == ["timeout": 1, "passed": 1])
  }

  /// The first signal reaches a worker that waits for another one, and that one.
  @Test func theFirstSignalReachesBoth() throws {
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j2"] + Place.executed.options() + ["meet hold", "here"])
    try child.wait(for: "a peer that holds") {
      try !Taskhost.events($0).named("feedback.received").isEmpty
    }
    child.send(SIGINT)
    try child.finish()
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["cancelled": 1, "passed": 1])
    #expect(run.events.named("worker.ended").allSatisfy { $0.text("reason") == "retired" })
  }

  /// A worker that waits inside a call dies with its host.
  @Test func aWorkerThatWaitsDiesWithItsHost() throws {
    let scene = try Aftermath.Scene()
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "-j2"] + Place.executed.options() + ["meet hold", "here"],
      environment: scene.environment)
    try child.wait(for: "a peer that holds") {
      try !Taskhost.events($0).named("feedback.received").isEmpty
    }
    child.send(SIGKILL)
    try child.finish()
    #expect(try scene.aftermath(of: child).isClean)
  }

  /// Nothing else may start beside it, so what it waits for would not either.
  @Test func aTaskThatMustBeAloneCanNotWaitForAnother() throws {
    let run = try run(["meet quick", "meet quick", "alone partner quick"], workers: 2)
    #expect(
      answers(run)["partner quick"] == ["-10 a task that must be alone can not wait for another worker"])
  }

  @Test func aMissingExtensionIsNamed() throws {
    let run = try Taskhost.run(
      ["--plugin", TestKind.path("exchange.c", ["NEEDS=\"org.example.more/7\""]), "-j1", "quick"])
    #expect(run.end == .exited(101))
    #expect(
      run.errors.contains("this host has no extension org.example.more/7")
        || run.output.contains("this host has no extension org.example.more/7"))
  }
}
