import Scheduling
import Testing

/// Workers that are told to give way between tasks, and such that went over a limit.
@Suite struct GiveWayTests {
  @Test func anIdleWorkerIsReplacedAtOnce() {
    var script = Script {
      $0.workers = 1
      $0.slots = 2
    }
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.answered(worker(0), 1)
    #expect(script.on(.recycle(worker(0))) == [.retire(worker(0))])
    #expect(script.on(.recycle(worker(0))) == [])
    _ = script.add()
    #expect(script.take() == [.spawn(worker(1))])
  }

  @Test func aBusyWorkerAnswersFirst() {
    var script = Script { $0.window = 2 }
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    #expect(script.on(.recycle(worker(0))) == [])
    #expect(script.answered(worker(0), 1) == [.finished(tasks[0], .passed)])
    #expect(script.answered(worker(0), 2) == [.finished(tasks[1], .passed), .retire(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.spawn(worker(0, 1))])
  }

  @Test func whatExceedsALimitEndsWithItsWorker() {
    var script = Script {
      $0.window = 3
      $0.restartBudgets = [RestartBudget(failures: 1, within: second)]
    }
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    #expect(script.on(.exceeded(worker(0))) == [.kill(worker(0))])
    #expect(script.accept(worker(0), 1) == nil)
    // Which one was at work is known from the claim; the one before it may have had an effect.
    #expect(
      script.on(.ended(worker(0), performing: 2)) == [
        .gone(tasks[0], .workerDied, tries: 1), .gone(tasks[1], .limit, tries: 1), .spawn(worker(0, 1)),
      ])
    #expect(script.on(.settled(tasks[1], .byCause)) == [.finished(tasks[1], .limit)])
    #expect(script.on(.ready(worker(0, 1))) == [.offer(tasks[2], worker(0, 1))])
  }

  @Test func withoutAClaimTheOldestExceededIt() {
    var script = Script {
      $0.window = 2
      $0.isIdempotent = true
    }
    let tasks = (0..<2).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.exceeded(worker(0)))
    #expect(
      script.on(.ended(worker(0), performing: 0)) == [
        .gone(tasks[0], .limit, tries: 1), .spawn(worker(0, 1)),
      ])
    #expect(script.on(.settled(tasks[0], .byCause)) == [.finished(tasks[0], .limit)])
  }
}
