import Scheduling
import Testing

/// What is tried again, when, and where.
@Suite struct RetryTests {
  private func started(_ change: (inout Policy) -> Void) -> (Script, TaskID) {
    var script = Script(change)
    let task = script.add()
    script.take()
    script.on(.ready(worker(0)))
    return (script, task)
  }

  @Test func whatTheUserWantsIsTriedAgainWithoutAWordFromTheKind() {
    var (script, task) = started { $0.retry.causes = .failed }
    #expect(script.failed(worker(0), 1, .error) == [.offer(task, worker(0))])
    #expect(script.failed(worker(0), 2, .error) == [.offer(task, worker(0))])
    #expect(script.failed(worker(0), 3, .error) == [.gone(task, .failed, tries: 3)])
  }

  @Test func aDeathIsRetriedWhereTheUserSaysSo() {
    var (script, task) = started {
      $0.retry.causes = .workerDied
      $0.retry.crashes = 2
    }
    #expect(script.on(.ended(worker(0), performing: 1)) == [.spawn(worker(0, 1))])
    #expect(script.on(.ready(worker(0, 1))) == [.offer(task, worker(0, 1))])
    #expect(script.on(.ended(worker(0, 1), performing: 1)) == [.gone(task, .workerDied, tries: 2)])
  }

  @Test func otherwiseWhatHasStartedIsNotSentAgain() {
    for cause: RetryCauses in [[], .failed, .timeout, .limit] {
      var (script, task) = started { $0.retry.causes = cause }
      #expect(script.on(.ended(worker(0), performing: 1)) == [.gone(task, .workerDied, tries: 1)])
    }
  }

  @Test func aLimitIsRetriedOnlyWhenWanted() {
    var (script, task) = started { $0.retry.causes = .limit }
    script.on(.exceeded(worker(0)))
    #expect(script.on(.ended(worker(0), performing: 1)) == [.spawn(worker(0, 1))])
    #expect(script.on(.ready(worker(0, 1))) == [.offer(task, worker(0, 1))])
  }

  @Test func delaysDoubleUpToTheCap() {
    var (script, task) = started {
      $0.retry.tries = 6
      $0.retry.delayBase = second
      $0.retry.delayCap = 4 * second
    }
    for (request, middle): (RequestID, UInt64) in [
      (1, second), (2, 2 * second), (3, 4 * second), (4, 4 * second),
    ] {
      #expect(script.failed(worker(0), request, .retry) == [])
      #expect(script.scheduler.delayedTasks == 1)
      let due = script.scheduler.nextDeadline
      #expect(script.scheduler.retryTime(of: task) == due)
      let pause = due.nanoseconds - script.now
      #expect((middle / 5 * 4...middle / 5 * 6).contains(pause))
      #expect(script.wait(pause - 1) == [])
      #expect(script.wait(1) == [.offer(task, worker(0))])
    }
  }

  @Test func aDelayedTaskGoesBeforeUntriedOnes() {
    var (script, task) = started { $0.retry.delayBase = second }
    let late = (0..<2).map { _ in script.add() }
    #expect(script.failed(worker(0), 1, .retry) == [.offer(late[0], worker(0))])
    script.wait(2 * second)
    #expect(script.answered(worker(0), 2) == [.finished(late[0], .passed), .offer(task, worker(0))])
  }

  @Test func cancelExpiryAndDrainReachADelayedTask() {
    for event: @Sendable (TaskID) -> Event in [{ .cancel($0) }, { _ in .cancelAll }, { _ in .drain }] {
      var (script, task) = started { $0.retry.delayBase = 100 * second }
      script.failed(worker(0), 1, .retry)
      #expect(script.on(event(task)).contains(.gone(task, .cancelled, tries: 1)))
      #expect(script.scheduler.delayedTasks == 0)
    }
    var script = Script { $0.retry.delayBase = 100 * second }
    let task = script.add { $0.expiresAt = Instant(nanoseconds: 10 * second) }
    script.take()
    script.on(.ready(worker(0)))
    script.failed(worker(0), 1, .retry)
    #expect(script.wait(10 * second) == [.gone(task, .expired, tries: 1)])
  }

  @Test func theEndWaitsForDelayedTasks() {
    var (script, task) = started { $0.retry.delayBase = second }
    script.on(.close)
    #expect(script.failed(worker(0), 1, .retry) == [])
    script.wait(2 * second)
    #expect(script.answered(worker(0), 2) == [.finished(task, .passed), .retire(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.drained])
  }

  @Test func aKindThatCanNotStartAnyMoreEndsDelayedTasks() {
    var (script, task) = started {
      $0.retry.delayBase = 100 * second
      $0.restartBudgets = [RestartBudget(failures: 1, within: second)]
    }
    script.failed(worker(0), 1, .retry)
    #expect(
      script.on(.ended(worker(0), performing: 0)) == [
        .workerGone(worker(0)), .kindFailed(permanent: false), .gone(task, .unstarted, tries: 1),
      ])
  }

  @Test func anotherWorkerIsPreferredIfOneIsFree() {
    var script = Script {
      $0.slots = 2
      $0.retry.prefersOtherWorker = true
    }
    let first = script.add()
    let second = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.answered(worker(1), 1)
    #expect(script.failed(worker(0), 1, .retry) == [.offer(first, worker(1))])
    // Nobody else is free: better there than not at all.
    _ = second
    let third = script.add()
    #expect(script.take() == [.offer(third, worker(0))])
    #expect(script.failed(worker(1), 2, .retry) == [.offer(first, worker(1))])
  }

  @Test func deathsThatTasksAreBlamedForSpendNoRestartBudget() {
    var script = Script { $0.restartBudgets = [RestartBudget(failures: 1, within: second)] }
    let tasks = (0..<50).map { _ in script.add() }
    script.take()
    for (generation, task) in tasks.enumerated() {
      script.on(.ready(worker(0, UInt32(generation))))
      let end = script.on(.ended(worker(0, UInt32(generation)), performing: 1))
      #expect(end.first == .gone(task, .workerDied, tries: 1))
      if generation < 49 { #expect(end.contains(.spawn(worker(0, UInt32(generation) + 1)))) }
      script.on(.settled(task, .byCause))
    }
  }
}

/// After too many bad ends nothing more is started.
@Suite struct FailFastTests {
  @Test func whatIsQueuedIsCancelledAndTheRestFinishes() {
    var script = Script {
      $0.slots = 2
      $0.maxFailures = 2
    }
    let tasks = (0..<5).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    #expect(script.answered(worker(0), 1, .failed).last == .offer(tasks[2], worker(0)))
    #expect(
      script.answered(worker(0), 2, .error) == [
        .finished(tasks[2], .error), .failedFast(failures: 2), .gone(tasks[3], .cancelled, tries: 0),
        .gone(tasks[4], .cancelled, tries: 0),
      ])
    #expect(script.on(.settled(tasks[3], .retry)) == [.finished(tasks[3], .cancelled)])
    let late = script.add()
    #expect(script.take() == [.gone(late, .cancelled, tries: 0)])
    #expect(script.answered(worker(1), 1) == [.finished(tasks[1], .passed)])
  }

  @Test func noRetryAfterIt() {
    var script = Script {
      $0.slots = 2
      $0.maxFailures = 1
      $0.retry.delayBase = second
    }
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.failed(worker(0), 1, .retry)
    #expect(
      script.answered(worker(0), 2, .failed) == [
        .finished(tasks[2], .failed), .failedFast(failures: 1), .gone(tasks[0], .cancelled, tries: 1),
      ])
    #expect(script.failed(worker(1), 1, .retry) == [.gone(tasks[1], .failed, tries: 1)])
  }

  @Test func itCanCancelWhatIsInFlight() {
    var script = Script {
      $0.slots = 2
      $0.maxFailures = 1
      $0.failFastKills = true
    }
    let tasks = (0..<2).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    #expect(
      script.answered(worker(0), 1, .failed) == [
        .finished(tasks[0], .failed), .failedFast(failures: 1), .cancelRequest(worker(1), 1),
      ])
    #expect(script.wait(4 * second).contains(.kill(worker(1))))
    #expect(script.on(.ended(worker(1), performing: 1)) == [.gone(tasks[1], .cancelled, tries: 1)])
  }

  @Test func goodEndsDoNotCount() {
    var script = Script { $0.maxFailures = 1 }
    script.answer = { _, _ in .stale }
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    #expect(script.on(.ready(worker(0))).last == .finished(tasks[2], .stale))
  }
}
