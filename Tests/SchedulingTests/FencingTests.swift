import Scheduling
import Testing

/// Workers that SIGKILL does not end.
@Suite struct FencingTests {
  /// One worker with one task in flight.
  private func running(_ policy: (inout Policy) -> Void = { _ in }) -> (Script, TaskID) {
    var script = Script(policy)
    let task = script.add()
    script.take()
    script.on(.ready(worker(0)))
    return (script, task)
  }

  @Test func aWorkerThatCanNotBeKilledCostsItsSlot() {
    var (script, task) = running { $0.slots = 2 }
    let next = script.add()
    #expect(script.take() == [.spawn(worker(1))])
    script.on(.ready(worker(1)))
    script.on(.exceeded(worker(0)))
    #expect(script.on(.unkillable(worker(0), performing: 1)) == [.gone(task, .limit, tries: 1)])
    #expect(script.scheduler.audit() == nil)
    script.on(.settled(task, .byCause))
    let third = script.add()
    #expect(script.take() == [], "its slot is not filled")
    #expect(script.answered(worker(1), 1) == [.finished(next, .passed), .offer(third, worker(1))])
    script.answered(worker(1), 2)
    #expect(script.on(.close) == [.retire(worker(1))])
    #expect(script.on(.ended(worker(1), performing: 0)) == [.drained], "it is not waited for")
  }

  @Test func itsSlotIsFreeAgainWhenItHasEndedAfterAll() {
    var (script, task) = running()
    script.on(.exceeded(worker(0)))
    script.on(.unkillable(worker(0), performing: 1))
    script.on(.settled(task, .byCause))
    #expect(script.on(.ended(worker(0), performing: 1)) == [])
    #expect(script.scheduler.audit() == nil)
    _ = script.add()
    #expect(script.take() == [.spawn(worker(0, 1))])
  }

  /// Nothing could ever be started.
  @Test func withoutAnySlotTheQueueIsLost() {
    var (script, task) = running()
    let next = script.add()
    script.on(.exceeded(worker(0)))
    #expect(
      script.on(.unkillable(worker(0), performing: 1)) == [
        .gone(task, .limit, tries: 1), .gone(next, .unstarted, tries: 0),
      ])
  }

  /// A fresh worker might take what the last idle one refuses, and there is no other place for it.
  @Test func theLastPlaceIsFreedForAFreshWorker() {
    var (script, task) = running {
      $0.slots = 2
      $0.mayRefuse = true
    }
    let next = script.add()
    script.take()
    script.on(.ready(worker(1)))
    script.on(.exceeded(worker(0)))
    script.on(.unkillable(worker(0), performing: 1))
    script.on(.settled(task, .byCause))
    script.answered(worker(1), 1)
    script.answer = { _, worker in worker.generation == 0 ? .refuse : .send }
    let third = script.add()
    #expect(script.take() == [.offer(third, worker(1)), .retire(worker(1))])
    #expect(script.on(.ended(worker(1), performing: 0)) == [.spawn(worker(1, 1))])
    #expect(script.on(.ready(worker(1, 1))) == [.offer(third, worker(1, 1))])
    #expect(!script.scheduler.isLive(next))
  }

  @Test func onlyAWorkerThatWasKilledIsUnkillable() {
    var (script, _) = running()
    #expect(script.on(.unkillable(worker(0), performing: 1)) == [])
    #expect(script.scheduler.inFlight(on: worker(0)) == 1)
  }
}
