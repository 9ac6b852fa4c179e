import Scheduling
import Testing

/// What an owner changes while tasks wait and workers live.
@Suite struct WishTests {
  private func offers(_ actions: [Action]) -> [TaskID] {
    actions.compactMap { if case .offer(let task, _) = $0 { task } else { nil } }
  }

  @Test func aQueuedTaskGetsAnotherPriority() {
    var script = Script { $0.window = 8 }
    let tasks = (0..<5).map { _ in script.add() }
    script.take()
    script.scheduler.setPriority(tasks[3], 2)
    script.scheduler.setPriority(tasks[1], 2)
    script.scheduler.setPriority(tasks[0], -1)
    #expect(offers(script.on(.ready(worker(0)))) == [tasks[3], tasks[1], tasks[2], tasks[4], tasks[0]])
  }

  @Test func whatWasRefusedIsOfferedAgain() {
    var script = Script {
      $0.workers = 2
      $0.slots = 2
      $0.mayRefuse = true
    }
    script.answer = { task, _ in task.index == 1 ? .refuse : .send }
    let tasks = (0..<2).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    #expect(offers(script.on(.ready(worker(1)))) == [tasks[1]])
    #expect(script.on(.tick) == [])
    script.answer = { _, _ in .send }
    script.scheduler.reconsider()
    #expect(offers(script.take()) == [tasks[1]])
  }

  @Test func clearingCancelsWhatWaits() {
    var script = Script()
    let tasks = (0..<3).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.scheduler.cancelQueued()
    #expect(script.take() == [.gone(tasks[1], .cancelled, tries: 0), .gone(tasks[2], .cancelled, tries: 0)])
    #expect(!script.scheduler.isCancelled(tasks[0]))
  }

  @Test func workersAreKeptWithoutTasksUntilTheEnd() {
    var script = Script {
      $0.workers = 4
      $0.slots = 4
    }
    script.scheduler.setLimit(2)
    script.scheduler.keep(3)
    #expect(script.take() == [.spawn(worker(0)), .spawn(worker(1))])
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    // One that is retired leaves a place, and is not followed by another one when all is over.
    #expect(script.on(.close) == [.retire(worker(0)), .retire(worker(1))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [])
    #expect(script.on(.ended(worker(1), performing: 0)) == [.drained])
  }

  @Test func thoseThatAreTooManyEndWhenTheyAreDone() {
    var script = Script {
      $0.workers = 2
      $0.slots = 2
    }
    let tasks = (0..<2).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.scheduler.setLimit(1)
    let isDone = script.scheduler.retireResting()
    #expect(!isDone && script.take() == [])
    let first = script.answered(worker(0), 1)
    let second = script.answered(worker(1), 1)
    #expect(first == [.finished(tasks[0], .passed)] && second == [.finished(tasks[1], .passed)])
    let isDoneNow = script.scheduler.retireResting()
    #expect(isDoneNow && script.take().count == 1)
  }

  /// Fresh workers for what the others have refused are no way around the size of the pool.
  @Test func aStandstillStartsNoWorkerTooMany() {
    var script = Script {
      $0.workers = 4
      $0.slots = 4
      $0.mayRefuse = true
    }
    script.scheduler.resize(1)
    let first = script.add()
    #expect(script.take() == [.spawn(worker(0))])
    script.on(.ready(worker(0)))
    script.answered(worker(0), 1)
    #expect(!script.scheduler.isLive(first))
    // An old worker refuses it, a fresh one might not: it takes the place of the old one.
    script.answer = { _, _ in .refuse }
    let second = script.add()
    #expect(script.take() == [.offer(second, worker(0)), .retire(worker(0)), .spawn(worker(1))])
  }

  @Test func whatIsTriedOnceIsNotSentAgain() {
    var script = Script {
      $0.isIdempotent = true
      $0.retry.causes = [.workerDied, .failed]
    }
    let task = script.add { $0.isOnce = true }
    script.take()
    script.on(.ready(worker(0)))
    #expect(script.on(.ended(worker(0), performing: 1)).first == .gone(task, .workerDied, tries: 1))
    #expect(script.on(.settled(task, .retry)).first == .finished(task, .crashed))
  }
}
