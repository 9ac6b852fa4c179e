import Scheduling
import Testing

@Suite struct SupervisionTests {
  @Test func theFirstRestartIsAtOnceThenLaterAndLater() {
    var script = Script { $0.restartBudgets = [RestartBudget(failures: 100, within: second)] }
    _ = script.add()
    script.take()
    #expect(script.on(.spawnFailed(worker(0))) == [.spawn(worker(0, 1))])
    #expect(
      script.on(.ended(worker(0, 1), performing: 0)) == [.workerGone(worker(0, 1))])
    for exponent in 0..<6 {
      let delay = script.scheduler.nextDeadline.nanoseconds - script.now
      let middle = min(100 * millisecond << UInt64(exponent), 30 * second)
      #expect((middle / 5 * 4...middle / 5 * 6).contains(delay))
      #expect(script.wait(delay - 1) == [])
      #expect(script.wait(1) == [.spawn(worker(0, 2 + UInt32(exponent)))])
      script.on(.spawnFailed(worker(0, 2 + UInt32(exponent))))
    }
  }

  @Test func aGoodJobResetsTheDelay() {
    var script = Script()
    _ = script.add()
    script.take()
    script.on(.spawnFailed(worker(0)))
    script.on(.ready(worker(0, 1)))
    script.answered(worker(0, 1), 1)
    _ = script.add()
    script.take()
    #expect(
      script.on(.ended(worker(0, 1), performing: 0)) == [.workerGone(worker(0, 1)), .spawn(worker(0, 2))])
  }

  @Test func aWorkerThatIsNeverReadyIsKilled() {
    var script = Script()
    _ = script.add()
    script.take()
    #expect(script.wait(30 * second) == [.kill(worker(0))])
    #expect(script.on(.ready(worker(0))) == [])
    #expect(
      script.on(.ended(worker(0), performing: 0)) == [.workerGone(worker(0)), .spawn(worker(0, 1))])
  }

  @Test func aStartInAnotherWayHasAllTheTimeAgain() {
    var script = Script()
    _ = script.add()
    script.take()
    #expect(script.wait(29 * second) == [])
    #expect(script.on(.startsAnew(worker(0))) == [])
    #expect(script.wait(30 * second - 1) == [])
    #expect(script.wait(1) == [.kill(worker(0))])
    #expect(script.on(.startsAnew(worker(0))) == [], "too late")
    #expect(script.scheduler.nextDeadline == .never)
  }

  @Test func theBudgetIsSpent() {
    var script = Script { $0.restartBudgets = [RestartBudget(failures: 3, within: second)] }
    let task = script.add()
    script.take()
    script.on(.spawnFailed(worker(0)))
    script.on(.spawnFailed(worker(0, 1)))
    script.wait(200 * millisecond)
    #expect(
      script.on(.spawnFailed(worker(0, 2))) == [
        .kindFailed(permanent: false), .gone(task, .unstarted, tries: 0),
      ])
    #expect(script.on(.settled(task, .retry)) == [.finished(task, .lost)])
    let late = script.add()
    #expect(script.take() == [.gone(late, .unstarted, tries: 0)])
  }

  /// Somebody kills all that are idle, a moment after each other: another one may well live.
  @Test func workersThatDieTogetherAreOneFailure() {
    var script = Script {
      $0.workers = 4
      $0.slots = 4
      $0.window = 1
      $0.restartBudgets = [RestartBudget(failures: 3, within: 100 * second)]
    }
    for _ in 0..<9 { _ = script.add() }
    var failures = 0
    for generation in UInt32(0)..<5 {
      script.now += 10 * second
      script.take()
      for slot in UInt32(0)..<4 { script.on(.ready(worker(slot, generation))) }
      for slot in UInt32(0)..<4 {
        script.now += millisecond
        let actions = script.on(.ended(worker(slot, generation), performing: 0))
        if actions.contains(.kindFailed(permanent: false)) { failures += 1 }
      }
      #expect(failures == (generation < 2 ? 0 : 1), "\(generation)")
      if failures > 0 { break }
    }
    #expect(failures == 1)
  }

  /// Whoever kills idle workers does not end the run: each had done something.
  @Test func deathsAfterWorkSpendNoBudget() {
    var script = Script { $0.restartBudgets = [RestartBudget(failures: 3, within: second)] }
    for generation in 0..<20 {
      _ = script.add()
      _ = script.add()
      script.take()
      script.on(.ready(worker(0, UInt32(generation))))
      script.answered(worker(0, UInt32(generation)), 1)
      // Its second task has not been started.
      let actions = script.on(.ended(worker(0, UInt32(generation)), performing: 0))
      #expect(actions.contains(.spawn(worker(0, UInt32(generation) + 1))), "at once")
      #expect(!actions.contains(.kindFailed(permanent: false)))
    }
  }

  @Test func failuresFarApartSpendNoBudget() {
    var script = Script { $0.restartBudgets = [RestartBudget(failures: 3, within: second)] }
    _ = script.add()
    script.take()
    for generation in 0..<20 {
      script.now += 40 * second
      script.take()
      #expect(!script.on(.spawnFailed(worker(0, UInt32(generation)))).contains(.kindFailed(permanent: false)))
    }
  }

  @Test func withASpentBudgetLiveWorkersGoOn() {
    var script = Script {
      $0.slots = 2
      $0.isIdempotent = true
      $0.restartBudgets = [RestartBudget(failures: 1, within: second)]
    }
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    #expect(script.on(.spawnFailed(worker(1))) == [.kindFailed(permanent: false)])
    #expect(script.answered(worker(0), 1) == [.finished(tasks[0], .passed), .offer(tasks[1], worker(0))])
    let end = script.on(.ended(worker(0), performing: 2))
    #expect(Set(end) == [.gone(tasks[1], .unstarted, tries: 1), .gone(tasks[2], .unstarted, tries: 0)])
  }

  @Test func aPermanentFailureEndsTheQueue() {
    var script = Script { $0.slots = 2 }
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    #expect(
      script.on(.startFailed(worker(1), permanent: true)) == [
        .kill(worker(1)), .kindFailed(permanent: true), .gone(tasks[1], .unstarted, tries: 0),
        .gone(tasks[2], .unstarted, tries: 0),
      ])
    #expect(script.on(.ended(worker(1), performing: 0)) == [.workerGone(worker(1))])
    #expect(script.answered(worker(0), 1) == [.finished(tasks[0], .passed)])
  }

  @Test func drainAsksAndThenKills() {
    var script = Script()
    let running = script.add()
    script.take()
    script.on(.ready(worker(0)))
    let queued = script.add()
    #expect(script.on(.drain) == [.cancelRequest(worker(0), 1), .gone(queued, .cancelled, tries: 0)])
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 10 * second))
    #expect(script.on(.settled(queued, .retry)) == [.finished(queued, .cancelled)])
    #expect(script.wait(10 * second) == [.kill(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 1)) == [.gone(running, .cancelled, tries: 1)])
    #expect(script.on(.settled(running, .byCause)) == [.finished(running, .cancelled), .drained])
  }

  @Test func afterADrainIdleWorkersAreRetired() {
    var script = Script()
    let running = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.on(.drain)
    #expect(script.failed(worker(0), 1, .retry) == [.gone(running, .cancelled, tries: 1)])
    #expect(
      script.on(.settled(running, .byCause)) == [.finished(running, .cancelled), .retire(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.drained])
  }

  @Test func stopKillsAtOnce() {
    var script = Script { $0.slots = 2 }
    let tasks = [script.add(), script.add()]
    script.take()
    script.on(.ready(worker(0)))
    #expect(
      script.on(.stop) == [
        .cancelRequest(worker(0), 1), .kill(worker(0)), .kill(worker(1)),
        .gone(tasks[1], .cancelled, tries: 0),
      ])
    script.on(.settled(tasks[1], .byCause))
    #expect(script.on(.ended(worker(0), performing: 0)) == [.gone(tasks[0], .cancelled, tries: 0)])
    script.on(.settled(tasks[0], .byCause))
    #expect(script.on(.ended(worker(1), performing: 0)) == [.drained])
  }

  @Test func aStartingWorkerIsRetiredWhenNothingIsLeft() {
    var script = Script()
    let task = script.add()
    script.take()
    script.on(.close)
    script.on(.cancel(task))
    #expect(script.on(.settled(task, .byCause)) == [.finished(task, .cancelled), .retire(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.drained])
  }
}
