import Scheduling
import Testing

/// More places than workers: successors, standbys, and a number of workers that changes.
@Suite struct PlacesTests {
  @Test func theSuccessorOfAWorkerStartsWhileThatOneEnds() {
    var script = Script {
      $0.workers = 1
      $0.slots = 3
    }
    let tasks = (0..<2).map { _ in script.add() }
    #expect(script.take() == [.spawn(worker(0))])
    script.on(.ready(worker(0)))
    #expect(
      script.answered(worker(0), 1, stays: false) == [
        .finished(tasks[0], .passed), .retire(worker(0)), .spawn(worker(1)),
      ])
    #expect(script.on(.ready(worker(1))) == [.offer(tasks[1], worker(1))])
    // The place is free only now, and there is nothing to fill it for.
    #expect(script.on(.ended(worker(0), performing: 0)) == [])
  }

  @Test func aStandbyTakesOverAtOnce() {
    var script = Script {
      $0.workers = 1
      $0.slots = 3
      $0.standby = 1
    }
    let tasks = (0..<5).map { _ in script.add() }
    #expect(script.take() == [.spawn(worker(0))])
    script.on(.ready(worker(0)))
    // The first end of a worker shows that the kind wants fresh ones.
    #expect(
      script.answered(worker(0), 1, stays: false) == [
        .finished(tasks[0], .passed), .retire(worker(0)), .spawn(worker(1)), .spawn(worker(2)),
      ])
    #expect(script.on(.ready(worker(2))) == [.offer(tasks[1], worker(2))])
    #expect(script.on(.ready(worker(1))) == [])
    #expect(
      script.answered(worker(2), 1, stays: false) == [
        .finished(tasks[1], .passed), .retire(worker(2)), .offer(tasks[2], worker(1)),
      ])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.spawn(worker(0, 1))])
    #expect(script.scheduler.activeWorkers == 1)
  }

  @Test func theOneThatStoodByForLongestIsFirst() {
    var script = Script {
      $0.workers = 1
      $0.slots = 4
      $0.standby = 2
    }
    let tasks = (0..<8).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.answered(worker(0), 1, stays: false)
    for slot: UInt32 in [2, 3, 1] { script.on(.ready(worker(slot))) }
    #expect(script.answered(worker(2), 1, stays: false).last == .offer(tasks[2], worker(3)))
    #expect(script.on(.ended(worker(3), performing: 1)).contains(.offer(tasks[3], worker(1))))
  }

  @Test func noMoreWorkersThanTasks() {
    var script = Script {
      $0.workers = 2
      $0.slots = 6
      $0.standby = 2
    }
    for _ in 0..<3 { _ = script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    // Two tasks are left: one in flight, one queued.
    #expect(script.answered(worker(0), 1, stays: false).filter(\.isSpawn) == [.spawn(worker(2))])
  }

  @Test func theDeathOfAStandbyIsAFailureOfTheWorker() {
    var script = Script {
      $0.workers = 1
      $0.slots = 3
      $0.standby = 1
      $0.restartBudgets = [RestartBudget(failures: 1, within: second)]
    }
    for _ in 0..<4 { _ = script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.answered(worker(0), 1, stays: false)
    script.on(.ready(worker(1)))
    script.on(.ready(worker(2)))
    #expect(
      script.on(.ended(worker(2), performing: 0)) == [.workerGone(worker(2)), .kindFailed(permanent: false)])
  }

  @Test func sparePlacesAreNoWayAroundTheBackOff() {
    var script = Script {
      $0.workers = 1
      $0.slots = 3
    }
    _ = script.add()
    script.take()
    #expect(script.on(.spawnFailed(worker(0))) == [.spawn(worker(0, 1))])
    #expect(script.on(.spawnFailed(worker(0, 1))) == [])
    let delay = script.scheduler.nextDeadline.nanoseconds
    #expect((80 * millisecond...120 * millisecond).contains(delay))
    #expect(script.wait(delay) == [.spawn(worker(0, 2))])
  }

  @Test func fewerWorkersFinishWhatTheyHoldAndRest() {
    var script = Script { $0.slots = 2 }
    let tasks = (0..<5).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.scheduler.setLimit(1)
    #expect(script.take() == [])
    #expect(script.scheduler.activeWorkers == 2)
    #expect(script.answered(worker(0), 1) == [.finished(tasks[0], .passed)])
    #expect(script.scheduler.activeWorkers == 1)
    #expect(script.answered(worker(1), 1) == [.finished(tasks[1], .passed), .offer(tasks[2], worker(1))])
    script.scheduler.setLimit(2)
    #expect(script.take() == [.offer(tasks[3], worker(0))])
    script.scheduler.setLimit(0)
    #expect(script.answered(worker(0), 2) == [.finished(tasks[3], .passed)])
    #expect(script.answered(worker(1), 2) == [.finished(tasks[2], .passed)])
    #expect(script.scheduler.activeWorkers == 0)
    script.scheduler.setLimit(1)
    #expect(script.take() == [.offer(tasks[4], worker(0))])
  }

  @Test func theLimitHoldsForStarts() {
    var script = Script { $0.slots = 4 }
    for _ in 0..<4 { _ = script.add() }
    script.scheduler.setLimit(0)
    #expect(script.take() == [])
    #expect(script.scheduler.wantedWorkers == 4)
    script.scheduler.setLimit(2)
    #expect(script.take() == [.spawn(worker(0)), .spawn(worker(1))])
    script.scheduler.setLimit(99)
    #expect(script.take() == [.spawn(worker(2)), .spawn(worker(3))])
  }

  @Test func aTaskThatIsPinnedToAWorkerThatRestsBringsItBack() {
    var script = Script { $0.slots = 2 }
    for _ in 0..<2 { _ = script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.answered(worker(0), 1)
    script.answered(worker(1), 1)
    script.scheduler.setLimit(1)
    let resting = script.scheduler.isActive(worker(0)) ? worker(1) : worker(0)
    let task = script.add { $0.pin = resting }
    #expect(script.take() == [.offer(task, resting)])
    #expect(script.scheduler.activeWorkers == 1)
  }

  @Test func aWorkerThatRestsIsAskedBeforeATaskIsUnmatched() {
    var script = Script {
      $0.slots = 2
      $0.mayRefuse = true
    }
    for _ in 0..<2 { _ = script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.answered(worker(0), 1)
    script.answered(worker(1), 1)
    script.scheduler.setLimit(1)
    let resting = script.scheduler.isActive(worker(0)) ? worker(1) : worker(0)
    script.answer = { $1 == resting ? .send : .refuse }
    let task = script.add()
    #expect(script.take().last == .offer(task, resting))
  }
}

extension Action {
  fileprivate var isSpawn: Bool {
    if case .spawn = self { true } else { false }
  }
}
