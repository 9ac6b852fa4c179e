import Scheduling
import Testing

@Suite struct DeathTests {
  /// It had been performed, or was being, beside the one that the death is laid to.
  @Test func whatIsTriedOnceAndHadStartedIsNotSentAgain() {
    var script = Script {
      $0.window = 4
      $0.isIdempotent = true
    }
    let first = script.add { $0.isOnce = true }
    let second = script.add()
    let third = script.add { $0.isOnce = true }
    script.take()
    script.on(.ready(worker(0)))
    let actions = script.on(.ended(worker(0), performing: 2))
    #expect(actions.contains(.gone(first, .workerDied, tries: 1)))
    #expect(
      !actions.contains {
        if case .gone(let task, _, _) = $0 { task == second || task == third } else { false }
      })
  }

  /// One worker with `count` tasks in flight.
  private func running(_ count: Int = 1, _ policy: (inout Policy) -> Void = { _ in }) -> (Script, [TaskID]) {
    var script = Script {
      $0.window = 4
      policy(&$0)
    }
    let tasks = (0..<count).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    return (script, tasks)
  }

  @Test func notIdempotentIsGoneAtTheFirstDeath() {
    var (script, tasks) = running()
    #expect(script.on(.ended(worker(0), performing: 1)) == [.gone(tasks[0], .workerDied, tries: 1)])
    #expect(script.on(.settled(tasks[0], .retry)) == [.finished(tasks[0], .crashed)])
  }

  @Test func idempotentIsTriedAgainUpToTheLimit() {
    var (script, tasks) = running(1) { $0.isIdempotent = true }
    for generation in 0..<2 {
      #expect(
        script.on(.ended(worker(0, UInt32(generation)), performing: 1))
          == [.spawn(worker(0, UInt32(generation) + 1))])
      script.on(.ready(worker(0, UInt32(generation) + 1)))
    }
    #expect(script.on(.ended(worker(0, 2), performing: 1)) == [.gone(tasks[0], .workerDied, tries: 3)])
    #expect(script.on(.settled(tasks[0], .retry)) == [.finished(tasks[0], .crashed)])
    #expect(!script.scheduler.isLive(tasks[0]))
  }

  @Test func aKindThatSplitsIsAskedAtTheFirstDeath() {
    var (script, tasks) = running(1) {
      $0.isIdempotent = true
      $0.splitsDeadTasks = true
    }
    #expect(script.on(.ended(worker(0), performing: 1)) == [.gone(tasks[0], .workerDied, tries: 1)])
    let part = script.add { $0.parent = tasks[0] }
    #expect(
      script.on(.settled(tasks[0], .replaced)) == [.finished(tasks[0], .replaced), .spawn(worker(0, 1))])
    #expect(script.on(.ready(worker(0, 1))) == [.offer(part, worker(0, 1))])
  }

  @Test func onlyTheOneAtWorkIsBlamed() {
    var (script, tasks) = running(3) { $0.isIdempotent = true }
    script.answered(worker(0), 1)
    script.on(.ended(worker(0), performing: 2))
    let order = script.on(.ready(worker(0, 1)))
    #expect(order == [.offer(tasks[1], worker(0, 1)), .offer(tasks[2], worker(0, 1))])
    #expect(script.failed(worker(0, 1), 1, .error) == [.gone(tasks[1], .failed, tries: 2)])
    #expect(script.failed(worker(0, 1), 2, .error) == [.gone(tasks[2], .failed, tries: 1)])
  }

  @Test func performedButUnanswered() {
    var (script, tasks) = running(3)
    #expect(
      script.on(.ended(worker(0), performing: 2)) == [
        .gone(tasks[0], .workerDied, tries: 1), .gone(tasks[1], .workerDied, tries: 1), .spawn(worker(0, 1)),
      ])
    var (other, same) = running(3) { $0.isIdempotent = true }
    other.on(.ended(worker(0), performing: 2))
    #expect(
      other.on(.ready(worker(0, 1))) == same.map { .offer($0, worker(0, 1)) })
    #expect(
      other.failed(worker(0, 1), 1, .error) == [.gone(same[0], .failed, tries: 1)], "that was not counted")
  }

  @Test(arguments: [RequestID(1), 9, .max])
  func aLieIsBlamedOnTheOldest(claim: RequestID) {
    var (script, tasks) = running(3)
    script.answered(worker(0), 1)
    let actions = script.on(.ended(worker(0), performing: claim))
    #expect(actions == [.gone(tasks[1], .workerDied, tries: 1), .spawn(worker(0, 1))])
  }

  @Test func garbageIsBlamedOnTheOldest() {
    var (script, tasks) = running(2)
    #expect(script.on(.broke(worker(0), undecodable: true)) == [.kill(worker(0))])
    let afterGarbage = script.accept(worker(0), 1)
    #expect(afterGarbage == nil, "nothing after garbage can be believed")
    #expect(
      script.on(.ended(worker(0), performing: 2)).first
        == .gone(tasks[0], .undecodable(.fromWorker), tries: 1))
  }

  @Test func nothingStartedIsAFailureOfTheWorker() {
    var (script, tasks) = running(2)
    #expect(script.on(.broke(worker(0), undecodable: false)) == [.kill(worker(0))])
    #expect(
      script.on(.ended(worker(0), performing: 0)) == [.workerGone(worker(0)), .spawn(worker(0, 1))])
    #expect(script.on(.ready(worker(0, 1))) == tasks.map { .offer($0, worker(0, 1)) })
    #expect(script.failed(worker(0, 1), 1, .error) == [.gone(tasks[0], .failed, tries: 1)])
  }

  @Test func deadWorkersAreNotHeard() {
    var (script, _) = running()
    script.on(.ended(worker(0), performing: 1))
    let late = script.accept(worker(0), 1)
    #expect(late == nil)
    #expect(script.on(.ready(worker(0))) == [])
    #expect(script.on(.ended(worker(0), performing: 1)) == [])
    #expect(script.on(.broke(worker(0), undecodable: true)) == [])
    #expect(script.on(.startFailed(worker(0), permanent: true)) == [])
    #expect(script.on(.spawnFailed(worker(7))) == [])
  }

  @Test func answersOutOfOrderAreNotAccepted() {
    var (script, _) = running(3)
    let zero = script.accept(worker(0), 0)
    #expect(zero == nil)
    let second = script.accept(worker(0), 2)
    #expect(second == nil)
    let unsent = script.accept(worker(0), 4)
    #expect(unsent == nil)
    let first = script.accept(worker(0), 1)
    #expect(first != nil)
    let again = script.accept(worker(0), 1)
    #expect(again == nil)
  }

  @Test func aDeathBetweenResponseAndUse() {
    var (script, tasks) = running()
    let accepted = script.accept(worker(0), 1)
    #expect(accepted != nil)
    #expect(script.on(.ended(worker(0), performing: 0)) == [.workerGone(worker(0)), .spawn(worker(0, 1))])
    #expect(
      script.on(.used(tasks[0], worker(0), outcome: .passed, stays: true)) == [.finished(tasks[0], .passed)])
  }

  @Test func ourKillDoesNotBlameBystanders() {
    var (script, tasks) = running(3) { $0.isIdempotent = true }
    script.on(.cancel(tasks[0]))
    script.wait(4 * second)
    let actions = script.on(.ended(worker(0), performing: 1))
    #expect(actions == [.gone(tasks[0], .cancelled, tries: 1), .spawn(worker(0, 1))])
    script.on(.ready(worker(0, 1)))
    #expect(script.failed(worker(0, 1), 1, .error) == [.gone(tasks[1], .failed, tries: 1)])
  }

  @Test func endGivesAFreshWorkerAtOnce() {
    var (script, tasks) = running(3) { $0.isIdempotent = true }
    #expect(
      script.answered(worker(0), 1, stays: false) == [.finished(tasks[0], .passed), .retire(worker(0))])
    let resent = script.accept(worker(0), 2)
    #expect(resent == nil, "it is sent again")
    #expect(script.on(.broke(worker(0), undecodable: false)) == [], "it ends in order")
    #expect(script.on(.ended(worker(0), performing: 2)) == [.spawn(worker(0, 1))])
    let offers = script.on(.ready(worker(0, 1)))
    #expect(offers == [.offer(tasks[1], worker(0, 1)), .offer(tasks[2], worker(0, 1))])
    #expect(script.scheduler.status(of: worker(0, 1)) == (false, 0))
  }

  @Test func endLeavesTheRestToTheWorkerIfItMustNotBePerformedTwice() {
    var (script, tasks) = running(2)
    #expect(script.answered(worker(0), 1, stays: false) == [.finished(tasks[0], .passed)])
    _ = script.add()
    #expect(script.take() == [], "it gets nothing new")
    #expect(
      script.answered(worker(0), 2) == [.finished(tasks[1], .passed), .retire(worker(0))])
  }

  @Test func theRetiredAreKilledAfterTheirGrace() {
    var (script, _) = running()
    script.answered(worker(0), 1, stays: false)
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 5 * second))
    #expect(script.wait(5 * second) == [.kill(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [])
  }

  @Test func failuresOfPerform() {
    var (script, tasks) = running(4)
    #expect(script.failed(worker(0), 1, .error) == [.gone(tasks[0], .failed, tries: 1)])
    #expect(script.failed(worker(0), 2, .limit) == [.gone(tasks[1], .limit, tries: 1)])
    #expect(
      script.failed(worker(0), 3, .undecodable) == [.gone(tasks[2], .undecodable(.fromWorker), tries: 1)])
    #expect(
      script.failed(worker(0), 4, .poisoned) == [.retire(worker(0)), .gone(tasks[3], .failed, tries: 1)])
    #expect(script.scheduler.status(of: worker(0)) == (false, 0))
  }

  @Test func retryUpToMaxTries() {
    var (script, tasks) = running()
    #expect(script.failed(worker(0), 1, .retry) == [.offer(tasks[0], worker(0))])
    #expect(script.failed(worker(0), 2, .retry) == [.offer(tasks[0], worker(0))])
    #expect(script.failed(worker(0), 3, .retry) == [.gone(tasks[0], .failed, tries: 3)])
    #expect(script.on(.settled(tasks[0], .retry)) == [.finished(tasks[0], .error)])
  }

  @Test func aRetryGoesBeforeUntriedTasks() {
    var script = Script()
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    #expect(script.failed(worker(0), 1, .retry) == [.offer(tasks[0], worker(0))])
    #expect(script.failed(worker(0), 2, .error).last == .offer(tasks[1], worker(0)))
    #expect(script.on(.settled(tasks[0], .retry)) == [])
    #expect(script.answered(worker(0), 3).last == .offer(tasks[0], worker(0)))
  }
}
