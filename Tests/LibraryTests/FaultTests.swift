import Foundation
import TaskHost
import TestSupport
import Testing

/// Workers that break what holds them, seen by a program that embeds the host: each is reported once, with its cause.
@Suite struct FaultTests {
  struct Fault: CustomTestStringConvertible, Sendable {
    var deed: String
    var reason: ExitReport.Reason

    var testDescription: String { deed }
  }

  private static let frames = [
    Fault(deed: "garbage", reason: .protocolFault("bad_frame")),
    Fault(deed: "huge-length", reason: .protocolFault("too_large")),
    Fault(deed: "half-exit", reason: .protocolFault("truncated")),
    Fault(deed: "half-hang", reason: .protocolFault("truncated")),
    Fault(deed: "body-exit", reason: .protocolFault("truncated")),
    Fault(deed: "close", reason: .protocolFault("eof")),
    Fault(deed: "close-all", reason: .protocolFault("eof")),
    Fault(deed: "close-all-return", reason: .exited(code: 107)),
  ]

  @Test(arguments: frames)
  func whatIsNoFrameIsReportedOnce(fault: Fault) async throws {
    try await withExchange(source: "forger.c") { pool in
      let failure = await pool.call(bytes(fault.deed)).failure
      #expect(failure?.exit?.reason == fault.reason, "\(String(describing: failure))")
      #expect(await pool.call(bytes("ok")).text == "done", "another worker takes its place")
      try await pool.close()
      let reports = await pool.events.reports().filter(\.isAbnormal)
      #expect(reports.map(\.reason) == [fault.reason])
      for report in reports { #expect(!ProcessTable.isAlive(Int(report.pid))) }
    }
  }

  private static let starts = [
    Fault(deed: "fails", reason: .startFailed(phase: "init", message: "the worker has no licence")),
    Fault(deed: "aborts", reason: .startFailed(phase: "init", message: "signal 6")),
    Fault(deed: "crashes", reason: .startFailed(phase: "init", message: "signal 11")),
    Fault(deed: "is-killed", reason: .startFailed(phase: "init", message: "signal 9")),
    Fault(deed: "exits", reason: .startFailed(phase: "init", message: "exit code 7")),
  ]

  /// However often a pool tries it again.
  @Test(arguments: starts)
  func eachStartThatFailsIsReportedOnce(fault: Fault) async throws {
    let pool = try Lab.pool(2, [("start", fault.deed)]) { $0.startsAtOnce = true }
    var spawned: [Int32] = []
    var ended: [ExitReport] = []
    var givenUp = 0
    for await event in pool.events {
      switch event {
      case .spawned(_, let pid): spawned.append(pid)
      case .ended(let report): ended.append(report)
      case .noMoreWorkers:
        givenUp += 1
        // Those that were started already end, too.
        try await pool.close(.kill)
      default: break
      }
    }
    #expect(givenUp == 1)
    #expect(ended.map(\.pid).sorted() == spawned.sorted() && Set(spawned).count == spawned.count)
    let reasons = ended.map(\.reason).filter { $0 != .shutdown && $0 != .retired }
    #expect(!reasons.isEmpty)
    guard case .startFailed(let phase, let message) = fault.reason else { return }
    for reason in reasons {
      guard case .startFailed(phase, let found) = reason else {
        Issue.record("\(reason)")
        continue
      }
      #expect(found.contains(message))
    }
  }

  // MARK: Plugins that do not fit

  @Test(arguments: [("MANIFEST_ABI", "L08"), ("TABLE_ABI", "L08"), ("NO_ENTRY", "L09"), ("OTHER_ID", "")])
  func whatDoesNotFitIsNamed(define: String, rule: String) throws {
    let path = try TestKind.path("misfit.c", [define])
    let error = try #require(throws: KindError.self) { _ = try Lab.host().kind(at: path) }
    guard case .refused(let refusal) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(rule.isEmpty || refusal.rule == rule, "\(refusal)")
    #expect(refusal.file == path && !refusal.found.isEmpty && !refusal.cure.isEmpty)
  }

  @Test func whatFitsIsNotRefused() async throws {
    let worker = try await Worker.spawn(Lab.host().kind(at: TestKind.path("misfit.c")))
    #expect(await worker.run(bytes("x")).text == "x")
    try await worker.shutdown()
  }

  /// The file is that of another kind now.
  @Test func anotherKindInItsPlaceIsRefused() async throws {
    let workshop = try Workshop()
    let path = try workshop.copy(TestKind.path("calls.c"), as: "plugin.so")
    let kind = try Lab.host().kind(at: path)
    try FileManager.default.removeItem(atPath: path)
    try workshop.copy(TestKind.path("exchange.c"), as: "plugin.so")
    let failure = try await #require(throws: SpawnFailure.self) { _ = try await Worker.spawn(kind) }
    guard case .startFailed("load", _) = failure.exit?.reason else {
      Issue.record("\(failure)")
      return
    }
  }

  @Test func aPluginThatIsRenamedWhileItRuns() async throws {
    let workshop = try Workshop()
    let path = try workshop.copy(TestKind.path("calls.c"), as: "plugin.so")
    let kind = try Lab.host().kind(at: path)
    let worker = try await Worker.spawn(kind)
    try FileManager.default.moveItem(atPath: path, toPath: workshop.path("elsewhere.so"))
    #expect(await worker.run(bytes("echo:on")).text == "on")
    try await worker.shutdown()
    let failure = try await #require(throws: SpawnFailure.self) { _ = try await Worker.spawn(kind) }
    #expect("\(failure)".contains("plugin.so") && "\(failure)".contains("No such file"), "\(failure)")
  }
}
