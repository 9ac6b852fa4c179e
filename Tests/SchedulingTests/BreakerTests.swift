import Scheduling
import Testing

/// A kind whose workers fail to start, and whose owner lives on.
@Suite struct BreakerTests {
  private func script(
    coolDown: UInt64 = 10 * second, cap: UInt64 = 40 * second, slots: Int = 1, seed: UInt64 = 0
  ) -> Script {
    Script {
      $0.slots = slots
      $0.seed = seed
      $0.restartBudgets = [RestartBudget(failures: 2, within: 10 * second)]
      $0.breaker.coolDown = coolDown
      $0.breaker.cap = cap
    }
  }

  /// How long it is open, if that is all that has happened.
  private func pause(_ actions: [Action], _ script: Script) -> UInt64? {
    guard actions.count == 1, case .breaker(.opened(let until)) = actions[0] else { return nil }
    return until.nanoseconds - script.now
  }

  /// Up to the opening, with the first worker of the first place.
  private func open(_ script: inout Script) throws -> UInt64 {
    script.take()
    #expect(script.on(.spawnFailed(worker(0))) == [.spawn(worker(0, 1))])
    let opened = script.on(.spawnFailed(worker(0, 1)))
    return try #require(pause(opened, script), "\(opened)")
  }

  @Test func itOpensAndTriesOneAndCloses() throws {
    var script = script()
    let task = script.add()
    let pause = try open(&script)
    #expect((8 * second...12 * second).contains(pause))
    #expect(script.scheduler.nextDeadline.nanoseconds == script.now + pause)
    #expect(script.wait(pause - 1) == [])
    #expect(script.wait(1) == [.spawn(worker(0, 2)), .breaker(.probing(worker(0, 2)))])
    #expect(script.on(.ready(worker(0, 2))) == [.breaker(.closed), .offer(task, worker(0, 2))])
    #expect(script.answered(worker(0, 2), 1) == [.finished(task, .passed)])
  }

  @Test func eachFailureOpensItForLonger() throws {
    var script = script()
    _ = script.add()
    var pause = try open(&script)
    for (number, seconds) in [20, 40, 40, 40].enumerated() {
      let probe = worker(0, 2 + UInt32(number))
      #expect(script.wait(pause) == [.spawn(probe), .breaker(.probing(probe))])
      let opened = script.on(.spawnFailed(probe))
      pause = try #require(self.pause(opened, script), "\(opened)")
      let middle = UInt64(seconds) * second
      #expect((middle / 5 * 4...middle / 5 * 6).contains(pause))
    }
  }

  /// What fails again soon after it was closed has not recovered; after a long time it is as new.
  @Test func itForgetsOnlyAfterAWhile() throws {
    for (rest, seconds) in [(UInt64(0), 20), (41 * second, 10)] {
      var script = script()
      _ = script.add()
      script.wait(try open(&script))
      script.on(.ready(worker(0, 2)))
      script.answered(worker(0, 2), 1)
      script.now += rest
      script.on(.ended(worker(0, 2), performing: 0))
      _ = script.add()
      script.take()
      script.on(.spawnFailed(worker(0, 3)))
      script.wait(4 * second)
      let opened = script.on(.spawnFailed(worker(0, 4)))
      let pause = try #require(self.pause(opened, script), "\(opened)")
      let middle = UInt64(seconds) * second
      #expect((middle / 5 * 4...middle / 5 * 6).contains(pause), "\(rest): \(pause)")
    }
  }

  @Test func onlyOneIsTried() {
    var script = script(slots: 3)
    for _ in 0..<3 { _ = script.add() }
    #expect(script.take().count == 3)
    script.on(.ended(worker(1), performing: 0))
    let opened = script.on(.ended(worker(2), performing: 0))
    #expect(opened.contains { if case .breaker(.opened) = $0 { true } else { false } })
    script.on(.ended(worker(0), performing: 0))
    script.on(.ended(worker(1, 1), performing: 0))
    let tried = script.wait(100 * second)
    #expect(tried.count == 2, "\(tried)")
    guard case .spawn(let probe) = tried[0] else {
      Issue.record("\(tried)")
      return
    }
    #expect(script.wait(20 * second) == [], "it is waited for")
    let after = script.on(.ready(probe))
    #expect(after.first == .breaker(.closed))
    #expect(after.count { if case .spawn = $0 { true } else { false } } == 2, "as ever: \(after)")
  }

  /// One that was starting when the others failed shows as well that it can be done.
  @Test func aWorkerThatWasStartingClosesIt() {
    var script = script(slots: 3)
    for _ in 0..<3 { _ = script.add() }
    script.take()
    script.on(.spawnFailed(worker(1)))
    script.on(.spawnFailed(worker(2)))
    #expect(script.on(.ready(worker(0))).first == .breaker(.closed))
  }

  @Test func workersThatLiveGoOn() throws {
    var script = script(slots: 2)
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.spawnFailed(worker(1)))
    #expect(pause(script.on(.spawnFailed(worker(1, 1))), script) != nil)
    #expect(script.answered(worker(0), 1) == [.finished(tasks[0], .passed), .offer(tasks[1], worker(0))])
    #expect(script.answered(worker(0), 2) == [.finished(tasks[1], .passed), .offer(tasks[2], worker(0))])
  }

  /// Nobody is tried for nothing.
  @Test func withoutTasksNothingIsDue() throws {
    var script = script()
    let task = script.add()
    _ = try open(&script)
    #expect(script.on(.cancel(task)) == [.gone(task, .cancelled, tries: 0)])
    script.on(.settled(task, .byCause))
    #expect(script.scheduler.nextDeadline == .never)
    #expect(script.wait(3600 * second) == [])
    _ = script.add()
    #expect(script.take() == [.spawn(worker(0, 2)), .breaker(.probing(worker(0, 2)))])
  }

  @Test func aTaskThatWaitsCanExpire() throws {
    var script = script()
    let task = script.add { $0.expiresAt = Instant(nanoseconds: 5 * second) }
    _ = try open(&script)
    #expect(script.wait(5 * second) == [.gone(task, .expired, tries: 0)])
  }

  /// A queue that is closed waits for no recovery.
  @Test func aClosedQueueEndsAsLost() throws {
    var script = script()
    let task = script.add()
    _ = try open(&script)
    #expect(script.on(.close) == [.gone(task, .unstarted, tries: 0)])
    #expect(script.on(.settled(task, .byCause)) == [.finished(task, .lost), .drained])
  }

  @Test func whatCanNeverStartIsGivenUp() throws {
    var script = script()
    let task = script.add()
    script.wait(try open(&script))
    #expect(
      script.on(.startFailed(worker(0, 2), permanent: true)) == [
        .kill(worker(0, 2)), .kindFailed(permanent: true), .gone(task, .unstarted, tries: 0),
      ])
    script.on(.settled(task, .byCause))
    _ = script.on(.ended(worker(0, 2), performing: 0))
    #expect(script.scheduler.nextDeadline == .never)
  }

  /// The one that is tried is told to end before it is ready: nothing is known by that.
  @Test func anEndThatIsOursIsNoFailure() throws {
    var script = script()
    let task = script.add()
    script.wait(try open(&script))
    script.scheduler.letGo(of: worker(0, 2))
    #expect(script.take() == [.retire(worker(0, 2))])
    let after = script.on(.ended(worker(0, 2), performing: 0))
    #expect(
      after == [
        .breaker(.opened(until: script.time)), .spawn(worker(0, 3)), .breaker(.probing(worker(0, 3))),
      ])
    #expect(script.on(.ready(worker(0, 3))) == [.breaker(.closed), .offer(task, worker(0, 3))])
  }

  @Test func theSeedDecidesHowLong() throws {
    var pauses: [UInt64] = []
    for seed in [UInt64(1), 1, 2, 3] {
      var script = script(seed: seed)
      _ = script.add()
      pauses.append(try open(&script))
    }
    #expect(pauses[0] == pauses[1] && Set(pauses).count == 3, "\(pauses)")
  }
}
