import Foundation
import TaskHost
import TestSupport
import Testing

/// A pool whose kind fails to start, with real workers.
@Suite struct StartBreakerTests {
  private enum State: Equatable { case open, probing, closed }

  private func state(_ event: WorkerEvent) -> State? {
    guard case .breaker(let state) = event else { return nil }
    return switch state {
    case .open: .open
    case .probing: .probing
    case .closed: .closed
    }
  }

  /// What its workers need comes later: tasks wait for it, and are done then.
  @Test func itRecovers() async throws {
    let workshop = try Workshop()
    let pool = try Lab.pool(2, [("start", "needs-file"), ("file", workshop.path("file"))]) {
      var breaker = StartBreaker()
      breaker.coolDown = .milliseconds(20)
      breaker.longestCoolDown = .milliseconds(200)
      $0.breaker = breaker
    }
    let tasks = try pool.enqueue(contentsOf: ["echo:one", "echo:two"].map { bytes($0) })
    var states: [State] = []
    var reasons: Set<String> = []
    for await event in pool.events {
      if case .noMoreWorkers(let why) = event { Issue.record("\(why)") }
      if case .breaker(.open(_, let why)) = event { reasons.insert(why) }
      guard let state = state(event) else { continue }
      states.append(state)
      if states == [.open, .probing, .open] { try workshop.write("", as: "file") }
      if state == .closed { break }
    }
    #expect(
      states.starts(with: [.open, .probing, .open, .probing]) && states.suffix(2) == [.probing, .closed])
    #expect(
      reasons == ["workers of kind calls fail to start: init: the file is not there"], "\(reasons)")
    #expect(await tasks.result[.passed] == 2)
    try await pool.close()
  }

  /// A pool that is closed waits for no recovery.
  @Test func aPoolThatIsClosedGivesUp() async throws {
    let pool = try Lab.pool(2, [("start", "needs-file"), ("file", "/nowhere/at all")]) {
      $0.breaker = StartBreaker()
    }
    let task = try pool.enqueue(bytes("echo:one"))
    _ = try #require(await pool.events.first { state($0) == .open })
    try await pool.close()
    let result = await task.result
    #expect(result.outcome == .lost)
    #expect(result.message.contains("fail to start: init: the file is not there"), "\(result)")
  }

  /// Nor do more tasks than are queued ahead, whether they came one by one or as one batch.
  @Test(arguments: [true, false]) func manyTasksDoNotKeepItOpen(asOne: Bool) async throws {
    let pool = try Lab.pool(2, [("start", "needs-file"), ("file", "/nowhere/at all")]) {
      $0.breaker = StartBreaker()
    }
    let payloads = (0..<6000).map { bytes("echo:\($0)") }
    let batches = try asOne ? [pool.enqueue(contentsOf: payloads)] : []
    let singles = try asOne ? [] : payloads.map { try pool.enqueue($0) }
    _ = try #require(await pool.events.first { state($0) == .open })
    try await pool.close()
    for batch in batches { #expect(await batch.result[.lost] == 6000) }
    for single in singles { #expect(await single.result.outcome == .lost) }
  }

  /// Without one it is as in a run of the command.
  @Test func withoutABreakerItIsOver() async throws {
    let pool = try Lab.pool(2, [("start", "needs-file"), ("file", "/nowhere/at all")])
    let task = try pool.enqueue(bytes("echo:one"))
    let event = await pool.events.first { event in
      if case .noMoreWorkers = event { true } else { state(event) != nil }
    }
    guard case .noMoreWorkers = event else {
      Issue.record("\(String(describing: event))")
      return
    }
    #expect(await task.result.outcome == .lost)
    try await pool.close()
  }
}
