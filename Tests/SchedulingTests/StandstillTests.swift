import Scheduling
import Testing

@Suite struct StandstillTests {
  private func picky(_ slots: Int = 1) -> Script {
    var script = Script {
      $0.mayRefuse = true
      $0.slots = slots
    }
    script.answer = { _, _ in .refuse }
    return script
  }

  @Test func whatAFreshWorkerRefusesIsUnmatched() {
    var script = picky()
    let tasks = [script.add(), script.add()]
    script.take()
    #expect(
      script.on(.ready(worker(0))) == [
        .offer(tasks[0], worker(0)), .offer(tasks[1], worker(0)), .gone(tasks[0], .unmatched, tries: 0),
      ])
    #expect(
      script.on(.settled(tasks[0], .retry)) == [
        .finished(tasks[0], .unmatched), .gone(tasks[1], .unmatched, tries: 0),
      ])
    #expect(script.on(.settled(tasks[1], .byCause)) == [.finished(tasks[1], .unmatched)])
  }

  @Test func anOldWorkerIsReplacedByAFreshOne() {
    var script = picky()
    script.answer = { _, worker in worker.generation == 0 ? .refuse : .send }
    let first = script.add()
    script.answer = { _, _ in .send }
    script.take()
    script.on(.ready(worker(0)))
    script.answer = { _, worker in worker.generation == 0 ? .refuse : .send }
    let second = script.add()
    #expect(script.take() == [])
    #expect(
      script.answered(worker(0), 1) == [
        .finished(first, .passed), .offer(second, worker(0)), .retire(worker(0)),
      ])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.spawn(worker(0, 1))])
    #expect(script.on(.ready(worker(0, 1))) == [.offer(second, worker(0, 1))])
    #expect(script.answered(worker(0, 1), 1) == [.finished(second, .passed)])
  }

  @Test func whatItHasRefusedIsOfferedAgainOnlyWhenItHasLearnt() {
    var script = picky()
    let picky = script.add()
    let easy = (0..<3).map { _ in script.add() }
    script.answer = { task, _ in task == picky ? .refuse : .send }
    script.take()
    #expect(script.on(.ready(worker(0))) == [.offer(picky, worker(0)), .offer(easy[0], worker(0))])
    // It becomes Old, which may change what it takes.
    #expect(
      script.answered(worker(0), 1, competenceChanged: false) == [
        .finished(easy[0], .passed), .offer(picky, worker(0)), .offer(easy[1], worker(0)),
      ])
    #expect(
      script.answered(worker(0), 2, competenceChanged: false) == [
        .finished(easy[1], .passed), .offer(easy[2], worker(0)),
      ])
    script.answer = { _, _ in .send }
    #expect(script.answered(worker(0), 3) == [.finished(easy[2], .passed), .offer(picky, worker(0))])
  }

  @Test func anEmptySlotIsFilledBeforeAnOldWorkerIsGivenUp() {
    var script = picky(2)
    script.answer = { _, _ in .send }
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.answered(worker(0), 1)
    script.answer = { _, worker in worker.slot == 0 ? .refuse : .send }
    let task = script.add()
    #expect(script.take() == [.offer(task, worker(0)), .spawn(worker(1))])
    #expect(script.on(.ready(worker(1))) == [.offer(task, worker(1))])
  }

  @Test func notAskedAgainInTheSameStatus() {
    var script = picky(2)
    let other = script.add()
    script.answer = { _, worker in worker.slot == 0 ? .refuse : .send }
    let wanted = script.add()
    script.take()
    #expect(script.on(.ready(worker(0))) == [.offer(other, worker(0)), .offer(wanted, worker(0))])
    let high = script.add { $0.priority = 3 }
    #expect(script.take() == [.offer(high, worker(0))], "only the new one")
    #expect(script.on(.tick) == [])
    #expect(script.on(.ready(worker(1))) == [.offer(high, worker(1))])
    #expect(script.answered(worker(1), 1).last == .offer(other, worker(1)))
    #expect(script.answered(worker(1), 2).last == .offer(wanted, worker(1)))
  }

  @Test func aNewStatusIsAskedAgain() {
    var script = picky()
    let first = script.add()
    script.answer = { _, _ in .send }
    script.take()
    script.on(.ready(worker(0)))
    script.answer = { _, _ in .refuse }
    let second = script.add()
    script.take()
    #expect(script.answered(worker(0), 1).contains(.offer(second, worker(0))))
    #expect(!script.scheduler.isLive(first))
  }

  @Test func aPinBindsAsLongAsTheWorkerLives() {
    var script = Script { $0.slots = 2 }
    let parents = [script.add(), script.add()]
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    let accepted = script.accept(worker(0), 1)
    #expect(accepted != nil)
    let pinned = script.add {
      $0.pin = worker(1)
      $0.parent = parents[0]
    }
    let common = script.add { $0.priority = 0 }
    #expect(
      script.on(.used(parents[0], worker(0), outcome: .passed, stays: true)).last == .offer(common, worker(0))
    )
    #expect(script.answered(worker(0), 2).count == 1, "the pinned one waits for its worker")
    let rival = script.add()
    script.take()
    #expect(script.answered(worker(0), 3) == [.finished(rival, .passed)])
    #expect(script.answered(worker(1), 1).last == .offer(pinned, worker(1)))
  }

  @Test func pinnedBeforeOthersOfTheSamePriority() {
    var script = Script()
    let parent = script.add()
    script.take()
    script.on(.ready(worker(0)))
    let common = script.add()
    let urgent = script.add { $0.priority = 1 }
    let pinned = script.add { $0.pin = worker(0) }
    #expect(script.answered(worker(0), 1) == [.finished(parent, .passed), .offer(urgent, worker(0))])
    #expect(script.answered(worker(0), 2).last == .offer(pinned, worker(0)))
    #expect(script.answered(worker(0), 3).last == .offer(common, worker(0)))
  }

  @Test func aPinIsReleasedWhenItsWorkerIsGone() {
    var script = Script()
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    let common = script.add()
    let pinned = script.add { $0.pin = worker(0) }
    let late = script.add { $0.pin = worker(9) }
    #expect(script.answered(worker(0), 1, stays: false).last == .retire(worker(0)))
    script.on(.ended(worker(0), performing: 0))
    #expect(script.on(.ready(worker(0, 1))) == [.offer(late, worker(0, 1))])
    #expect(script.answered(worker(0, 1), 1).last == .offer(pinned, worker(0, 1)))
    #expect(script.answered(worker(0, 1), 2).last == .offer(common, worker(0, 1)))
  }

  @Test func aRefusedPinIsReleasedAtAStandstill() {
    var script = picky(2)
    script.answer = { _, _ in .send }
    _ = script.add()
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.answered(worker(0), 1)
    script.answered(worker(1), 1)
    script.answer = { _, worker in worker.slot == 0 ? .refuse : .send }
    let pinned = script.add { $0.pin = worker(0) }
    #expect(script.take() == [.offer(pinned, worker(0)), .offer(pinned, worker(1))])
  }
}
