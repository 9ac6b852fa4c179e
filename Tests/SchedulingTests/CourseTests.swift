import Scheduling
import Testing

@Suite struct CourseTests {
  @Test func aTaskFromAddToDrained() {
    var script = Script()
    let task = script.add()
    #expect(script.take() == [.spawn(worker(0))])
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 30 * second))
    #expect(script.on(.ready(worker(0))) == [.offer(task, worker(0))])
    #expect(script.scheduler.nextDeadline == .never)
    #expect(script.answered(worker(0), 1) == [.finished(task, .passed)])
    #expect(script.scheduler.status(of: worker(0)) == (true, 1))
    #expect(!script.scheduler.isLive(task))
    #expect(script.scheduler.outcomeCount(.passed) == 1)
    #expect(script.on(.close) == [.retire(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.drained])
    #expect(script.on(.tick) == [])
  }

  @Test func closedWithoutTasksIsDrainedAtOnce() {
    var script = Script()
    #expect(script.on(.close) == [.drained])
  }

  @Test func withoutSlotsTasksAccumulate() {
    var script = Script { $0.slots = 0 }
    let task = script.add()
    #expect(script.take() == [])
    #expect(script.on(.close) == [])
    #expect(script.scheduler.queuedCount == 1)
    #expect(script.on(.cancel(task)) == [.gone(task, .cancelled, tries: 0)])
    #expect(script.on(.settled(task, .byCause)) == [.finished(task, .cancelled), .drained])
  }

  @Test func noMoreWorkersThanTasks() {
    var script = Script { $0.slots = 4 }
    let first = script.add()
    let second = script.add()
    #expect(script.take() == [.spawn(worker(0)), .spawn(worker(1))])
    #expect(script.on(.ready(worker(1))) == [.offer(first, worker(1))])
    #expect(script.on(.ready(worker(0))) == [.offer(second, worker(0))])
  }

  @Test func higherPriorityFirstThenOrderOfArrival() {
    var script = Script()
    let low = script.add { $0.priority = -1 }
    let early = script.add()
    let late = script.add()
    let high = script.add { $0.priority = 5 }
    script.take()
    #expect(script.on(.ready(worker(0))) == [.offer(high, worker(0))])
    #expect(script.answered(worker(0), 1).last == .offer(early, worker(0)))
    #expect(script.answered(worker(0), 2).last == .offer(late, worker(0)))
    #expect(script.answered(worker(0), 3).last == .offer(low, worker(0)))
  }

  @Test func theWorkerThatBecameIdleLastIsFirst() {
    var script = Script { $0.slots = 2 }
    _ = script.add()
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.answered(worker(1), 1)
    script.answered(worker(0), 1)
    let next = script.add()
    #expect(script.take() == [.offer(next, worker(0))])
  }

  @Test func fewTasksAreSpreadEvenly() {
    var even = Script {
      $0.slots = 3
      $0.window = 8
    }
    for _ in 0..<3 { _ = even.add() }
    even.take()
    even.on(.ready(worker(0)))
    #expect(even.scheduler.inFlight(on: worker(0)) == 3, "there is no other ready worker")
    even.on(.ready(worker(1)))
    even.on(.ready(worker(2)))
    for request in 1...3 { even.answered(worker(0), RequestID(request)) }
    for _ in 0..<7 { _ = even.add() }
    even.take()
    #expect((0..<3).map { even.scheduler.inFlight(on: worker(UInt32($0))) }.sorted() == [2, 2, 3])
  }

  @Test func aWindowIsFilledInRuns() {
    var script = Script {
      $0.slots = 2
      $0.window = 4
    }
    _ = script.add()
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    script.answered(worker(0), 1)
    script.answered(worker(0), 2)
    for _ in 0..<20 { _ = script.add() }
    let workers = script.take().compactMap { action -> UInt32? in
      if case .offer(_, let worker) = action { worker.slot } else { nil }
    }
    #expect(workers.count == 8)
    #expect(zip(workers, workers.dropFirst()).filter { $0 != $1 }.count == 1)
  }

  @Test func staleHookFailedUnsendable() {
    var script = Script()
    var answers: [Answer] = [.stale, .hookFailed, .unsendable, .send]
    let tasks = (0..<4).map { _ in script.add() }
    script.take()
    script.answer = { _, _ in answers.removeFirst() }
    let mine = script.on(.ready(worker(0)))
    #expect(
      mine == [
        .offer(tasks[0], worker(0)), .finished(tasks[0], .stale),
        .offer(tasks[1], worker(0)), .finished(tasks[1], .error),
        .offer(tasks[2], worker(0)), .gone(tasks[2], .undecodable(.toWorker), tries: 0),
        .offer(tasks[3], worker(0)),
      ])
    #expect(script.on(.settled(tasks[2], .retry)) == [.finished(tasks[2], .error)])
  }

  @Test func aQueuedTaskExpires() {
    var script = Script()
    let running = script.add { $0.expiresAt = Instant(nanoseconds: 5) }
    script.take()
    script.on(.ready(worker(0)))
    let queued = script.add { $0.expiresAt = Instant(nanoseconds: 10) }
    script.take()
    let child = script.add { $0.parent = queued }
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 5))
    #expect(script.wait(9) == [])
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 10))
    let both = script.wait(1)
    #expect(both.count == 2)
    #expect(Set(both) == [.gone(queued, .expired, tries: 0), .gone(child, .expired, tries: 0)])
    #expect(script.scheduler.inFlight(on: worker(0)) == 1, "a task in flight does not expire")
    #expect(script.failed(worker(0), 1, .retry) == [.gone(running, .expired, tries: 1)])
    #expect(script.on(.settled(running, .retry)) == [.finished(running, .expired)])
    #expect(script.on(.settled(queued, .outcome(.passed))) == [.finished(queued, .passed)])
  }

  @Test func timeNeverRunsBackwards() {
    var script = Script()
    script.now = 100
    _ = script.add()
    script.take()
    script.now = 10
    script.on(.tick)
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 100 + 30 * second))
    #expect(script.on(.ready(worker(0))).count == 1)
  }
}
