import Foundation
import TaskHost
import TestSupport
import Testing

@Suite struct PoolTests {
  @Test func tasksEndOnceWithTheirOutcome() async throws {
    let pool = try Lab.pool(2)
    let good = try pool.enqueue(bytes("echo:x"))
    let bad = try pool.enqueue(bytes("fail:-1000"))
    let dead = try pool.enqueue(bytes("exit:9"))
    #expect(await good.result.outcome == .passed)
    #expect(await bad.result.outcome == .error)
    let result = await dead.result
    #expect(result.outcome == .crashed && result.exit?.reason == .exited(code: 9) && result.tries == 1)
    #expect(await bad.result.code == -1000 && good.resultIfEnded?.outcome == .passed)
    try await pool.close()
    #expect(await bad.result.message == "as asked for", "the handle keeps it")
  }

  @Test func withoutWorkersTasksAccumulate() async throws {
    let pool = try Lab.pool(0)
    let handles = try (0..<10).map { try pool.enqueue(bytes("echo:\($0)")) }
    let view = try await pool.snapshot()
    #expect(view.queued == 10 && view.workers.isEmpty && view.workersAllowed == 0)
    #expect(view.tasks.map(\.name) == (0..<10).map { "echo:\($0)" })
    await #expect(throws: PoolError.noWorkers(queued: 10)) { try await pool.join() }
    await #expect(throws: PoolError.noWorkers(queued: 10)) { try await pool.close() }
    try pool.resize(to: 2)
    try await pool.join()
    for handle in handles { #expect(handle.resultIfEnded?.outcome == .passed) }
    try await pool.close()
  }

  @Test func theNumberOfWorkersChangesWhileItRuns() async throws {
    let pool = try Lab.pool(4) { $0.startsAtOnce = true }
    var ready = 0
    for await event in pool.events {
      if case .ready = event { ready += 1 }
      if ready == 4 { break }
    }
    try pool.resize(to: 1)
    var ended = 0
    for await event in pool.events {
      if case .ended(let report) = event {
        #expect(report.reason == .retired)
        ended += 1
      }
      if ended == 3 { break }
    }
    #expect(try await pool.snapshot().workers.count == 1)
    #expect(await pool.call(bytes("echo:still")).text == "still")
    #expect(throws: PoolError.badOption("65 workers, expected 0 to 64")) { try pool.resize(to: 65) }
    try await pool.close()
  }

  /// What each of them does last is what the worker has seen first.
  private func order(
    _ pool: WorkerPool, _ change: ([TaskHandle]) throws -> Void
  ) async throws -> [String] {
    let handles = try (0..<6).map { try pool.enqueue(bytes("feedback:\($0)")) }
    try change(handles)
    try pool.resize(to: 1)
    try await pool.join()
    try await pool.close()
    var seen: [String] = []
    for await event in pool.events {
      if case .feedback(_, let text) = event { seen.append(String(decoding: text, as: UTF8.self)) }
    }
    return seen
  }

  @Test func tasksGoInTheOrderOfTheirArrival() async throws {
    #expect(try await order(Lab.pool(0)) { _ in } == ["0", "1", "2", "3", "4", "5"])
  }

  @Test func theOrderCanBeChanged() async throws {
    let pool = try Lab.pool(0)
    let seen = try await order(pool) { try pool.setOrder([$0[4], $0[2], $0[5]]) }
    #expect(seen == ["4", "2", "5", "0", "1", "3"])
  }

  @Test func prioritiesCanBeChanged() async throws {
    let pool = try Lab.pool(0)
    let seen = try await order(pool) { try pool.setPriorities([($0[0], -1), ($0[3], 7), ($0[1], 5)]) }
    #expect(seen == ["3", "1", "2", "4", "5", "0"])
  }

  @Test func oneTaskIsCancelled() async throws {
    let pool = try Lab.pool(0)
    let handles = try (0..<3).map { try pool.enqueue(bytes("echo:\($0)")) }
    handles[1].cancel()
    #expect(await handles[1].result.outcome == .cancelled)
    try pool.resize(to: 1)
    try await pool.join()
    #expect(handles.map { $0.resultIfEnded?.outcome } == [.passed, .cancelled, .passed])
    try await pool.close()
  }

  @Test func whatIsAtWorkIsCancelled() async throws {
    let pool = try Lab.pool(1)
    let first = try pool.enqueue(bytes("wait:"))
    let second = try pool.enqueue(bytes("echo:x"))
    try await pool.events.performing()
    let worker = try #require(try await pool.snapshot().workers.first)
    #expect(worker.inFlight == 1 && worker.state == .ready && worker.pid > 0)
    try await pool.cancel(worker: worker.number)
    #expect(await first.result.outcome == .cancelled)
    #expect(await second.result.outcome == .passed)
    await #expect(throws: PoolError.noSuchWorker(99)) { try await pool.cancel(worker: 99) }
    try await pool.close()
  }

  @Test func clearingLeavesWhatIsAtWork() async throws {
    let pool = try Lab.pool(1)
    let first = try pool.enqueue(bytes("wait:"))
    let others = try (0..<5).map { _ in try pool.enqueue(bytes("echo:x")) }
    try await pool.events.performing()
    try pool.clear()
    for other in others { #expect(await other.result.outcome == .cancelled) }
    #expect(first.resultIfEnded == nil)
    try pool.cancelAll()
    #expect(await first.result.outcome == .cancelled)
    #expect(await pool.call(bytes("echo:on")).text == "on")
    try await pool.close()
  }

  @Test func aSwiftTaskThatIsCancelledCancelsItsTask() async throws {
    let pool = try Lab.pool(1)
    let handle = try pool.enqueue(bytes("wait:"))
    let waiting = Task { await handle.result }
    try await pool.events.performing()
    waiting.cancel()
    #expect(await waiting.value.outcome == .cancelled)
    try await pool.close()
  }

  /// A task that every worker has refused is not offered again until somebody says that things have changed.
  @Test func refusalsAreForgottenOnDemand() async throws {
    let workshop = try Workshop()
    let gate = workshop.path("gate")
    let pool = try Lab.pool(1, [("gate", gate)])
    let long = try pool.enqueue(bytes("wait:"))
    try await pool.events.performing()
    let refused = try pool.enqueue(bytes("?echo:x"))
    try pool.resize(to: 2)
    let other = try pool.enqueue(bytes("echo:y"))
    // The second worker has taken this one, and before it was offered the other.
    #expect(await other.result.outcome == .passed)
    try workshop.write("", as: "gate")
    try pool.broadcast()
    #expect(await refused.result.outcome == .passed)
    long.cancel()
    try await pool.close()
  }

  @Test func manyTasksWithOneHandle() async throws {
    let pool = try Lab.pool(2, [], ["PIPELINED"])
    var list = TaskList()
    for number in 0..<20_000 { list.append(bytes(number % 1000 == 7 ? "fail:-1000" : "echo:\(number)")) }
    let set = try pool.enqueue(list)
    let after = try pool.enqueue(bytes("echo:last"))
    let result = await set.result
    #expect(result[.passed] == 19_980 && result[.error] == 20 && result.tasks == 20_000)
    #expect(result.cases.passed == 19_980 && result.cases.failed == 20)
    #expect(await after.result.outcome == .passed)
    #expect(await (try pool.enqueue(contentsOf: [])).result.tasks == 0)
    try await pool.close()
  }

  /// Also the part that was not queued yet.
  @Test func manyTasksAreCancelledTogether() async throws {
    let pool = try Lab.pool(0)
    let set = try pool.enqueue(contentsOf: (0..<10_000).map { bytes("echo:\($0)") })
    let other = try pool.enqueue(contentsOf: (0..<100).map { bytes("echo:\($0)") })
    set.cancel()
    #expect(await set.result[.cancelled] == 10_000)
    try pool.resize(to: 1)
    #expect(await other.result[.passed] == 100)
    try await pool.close()
  }

  @Test func whatComesOfTasksBelongsToTheirSet() async throws {
    let pool = try Lab.pool(2)
    let set = try pool.enqueue(contentsOf: [bytes("split:5"), bytes("split:7")])
    #expect(await set.result[.passed] == 14)
    #expect(await (try await pool.submit(words: ["split:3", "echo:x"])).result[.passed] == 5)
    try await pool.close()
  }

  @Test func expiryAndLimits() async throws {
    let pool = try Lab.pool(1) { $0.worker.limits.grace = .milliseconds(50) }
    var options = TaskOptions()
    options.expiresIn = .milliseconds(1)
    let first = try pool.enqueue(bytes("wait:"))
    let late = try pool.enqueue(bytes("echo:x"), options)
    #expect(await late.result.outcome == .expired)
    first.cancel()
    options.expiresIn = nil
    options.hardLimit = .milliseconds(50)
    #expect(await (try pool.enqueue(bytes("deaf:"), options)).result.outcome == .timeout)
    try await pool.close()
  }

  @Test func callsOfAPool() async throws {
    let pool = try Lab.pool(2) { $0.startsAtOnce = true }
    var numbers: [UInt64] = []
    for await event in pool.events {
      if case .ready(let worker, _) = event { numbers.append(worker) }
      if numbers.count == 2 { break }
    }
    let view = try await pool.snapshot()
    for worker in view.workers {
      #expect(await pool.call(bytes("pid"), on: worker.number).text == "\(worker.pid)")
    }
    #expect(await pool.call(bytes("exit:2"), on: numbers[0]).failure?.exit?.exitCode == 2)
    #expect(await pool.call(bytes("echo:x"), on: numbers[0]).failure?.cause == .workerGone)
    #expect(await pool.call(bytes("echo:x")).text == "x")
    try await pool.retire(worker: numbers[1])
    #expect(await pool.call(bytes("echo:x")).text == "x", "another one has taken its place")
    try await pool.feedback(bytes("news"))
    try await pool.close()
  }

  /// A call that was for a worker fails with it, and does not go to another one.
  @Test func aCallForAWorkerThatDiesMeanwhile() async throws {
    let pool = try Lab.pool(1)
    #expect(await pool.call(bytes("echo:x")).text == "x")
    async let death = pool.call(bytes("sleep:100"), on: 1)
    async let dying = pool.call(bytes("die"), on: 1)
    async let behind = pool.call(bytes("echo:x"), on: 1)
    let causes = await [death, dying, behind].compactMap { $0.failure?.cause }
    #expect(causes.contains(.workerDied))
    #expect(causes.allSatisfy { $0 == .workerDied || $0 == .workerGone || $0 == .failed })
    try await pool.close()
  }

  @Test func aKindThatCanNotStartLosesItsTasks() async throws {
    let pool = try Lab.pool(2, [("start", "fails")])
    let handle = try pool.enqueue(bytes("echo:x"))
    let result = await handle.result
    #expect(result.outcome == .lost && result.message.contains("the worker has no licence"))
    let failure = try #require(await pool.call(bytes("echo:x")).failure)
    #expect(failure.cause == .unstarted && failure.message.contains("the worker has no licence"))
    let event = await pool.events.first { if case .noMoreWorkers = $0 { true } else { false } }
    #expect(event != nil)
    try await pool.close()
  }

  @Test(arguments: [ClosingMode.cancel, .kill])
  func closingGivesEveryTaskItsEnd(mode: ClosingMode) async throws {
    let pool = try Lab.pool(2) { $0.worker.closeGrace = .milliseconds(100) }
    var handles = try (0..<2).map { _ in try pool.enqueue(bytes("deaf:")) }
    try await pool.events.performing()
    handles += try (0..<100).map { try pool.enqueue(bytes("echo:\($0)")) }
    let set = try pool.enqueue(contentsOf: (0..<5000).map { bytes("echo:\($0)") })
    let call = Task { await pool.call(bytes("echo:x")) }
    let joining = Task { try await pool.join() }
    try await pool.close(mode)
    for handle in handles { #expect(handle.resultIfEnded?.outcome == .cancelled) }
    #expect(await set.result[.cancelled] == 5000)
    #expect(await call.value.failure != nil)
    _ = await joining.result
    #expect(throws: PoolError.closed) { _ = try pool.enqueue(bytes("echo:x")) }
    await #expect(throws: PoolError.closed) { try await pool.snapshot() }
    try await pool.close()
  }

  /// Whoever hands in tasks while the pool closes gets an end or an error, for each.
  @Test func closingWhileOthersHandIn() async throws {
    for round in 0..<20 {
      let pool = try Lab.pool(2, [], ["PIPELINED"])
      let ended = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask {
            var handles: [TaskHandle] = []
            for number in 0..<2000 {
              do throws(PoolError) {
                handles.append(try pool.enqueue(bytes("echo:\(number)")))
              } catch {
                #expect(error == .closed)
                break
              }
            }
            var ended = 0
            for handle in handles {
              let outcome = await handle.result.outcome
              #expect(outcome == .passed || outcome == .cancelled)
              ended += 1
            }
            return ended
          }
        }
        group.addTask {
          try await pool.close(round % 3 == 0 ? .kill : round % 3 == 1 ? .cancel : .finish)
          return 0
        }
        return try await group.reduce(0, +)
      }
      #expect(ended <= 8000)
    }
  }

  @Test func scopedWorkers() async throws {
    let kind = try Lab.kind()
    let text = try await withWorkers(2, of: kind) { await $0.call(bytes("echo:scoped")).text }
    #expect(text == "scoped")
    struct Wrong: Error {}
    await #expect(throws: Wrong.self) {
      try await withWorkers(1, of: kind) { pool in
        _ = try pool.enqueue(bytes("wait:"))
        throw Wrong()
      }
    }
  }

  @Test func poolsOfSeveralKindsSideBySide() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<6 {
        group.addTask {
          let pool = try Lab.pool(2, [], number % 2 == 0 ? [] : ["PIPELINED"])
          let set = try pool.enqueue(contentsOf: (0..<500).map { bytes("echo:\($0)") })
          #expect(await set.result[.passed] == 500)
          try await pool.close()
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func workersThatAreForked() async throws {
    let pool = try Lab.pool(2, [], ["FORKED"])
    var pids: Set<String> = []
    for _ in 0..<5 {
      pids.insert(try #require(await pool.call(bytes("pid")).text))
      _ = await pool.call(bytes("exit:1"))
    }
    #expect(pids.count == 5)
    try await pool.close()
  }

  @Test func aPoolInThisProcess() async throws {
    let pool = try Lab.pool(2) { $0.inThisProcess = true }
    let set = try pool.enqueue(contentsOf: [bytes("echo:a"), bytes("fail:-1000"), bytes("split:3")])
    let result = await set.result
    #expect(result[.passed] == 5 && result[.error] == 1)
    #expect(await pool.call(bytes("pid")).text == "\(getpid())")
    try await pool.close()
  }

  /// Nobody closes it: it ends by itself when its tasks are done.
  @Test func aPoolThatIsForgottenEnds() async throws {
    var pool: WorkerPool? = try Lab.pool(1)
    let events = try #require(pool?.events)
    let handle = try #require(try pool?.enqueue(bytes("echo:x")))
    pool = nil
    #expect(await handle.result.outcome == .passed)
    #expect(await events.reports().map(\.reason) == [.retired])
  }
}
