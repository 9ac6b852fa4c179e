import Scheduling
import Testing

/// What the owner of a scheduler may ask and set between two events.
@Suite struct ViewTests {
  private func offers(_ actions: [Action]) -> [WorkerID] {
    actions.compactMap { if case .offer(_, let worker) = $0 { worker } else { nil } }
  }

  @Test func aRequestIsFoundAsLongAsItIsInFlight() {
    var script = Script { $0.window = 4 }
    let tasks = [script.add(), script.add(), script.add()]
    script.take()
    script.on(.ready(worker(0)))
    #expect(script.scheduler.task(inFlight: 0, on: worker(0)) == nil)
    for (index, task) in tasks.enumerated() {
      #expect(script.scheduler.task(inFlight: RequestID(index + 1), on: worker(0)) == task)
    }
    #expect(script.scheduler.task(inFlight: 4, on: worker(0)) == nil)
    #expect(script.scheduler.runningCount == 3)
    script.answered(worker(0), 1)
    #expect(script.scheduler.task(inFlight: 1, on: worker(0)) == nil)
    #expect(script.scheduler.task(inFlight: 2, on: worker(0)) == tasks[1])
    #expect(script.scheduler.task(inFlight: 2, on: worker(0, 1)) == nil)
  }

  @Test func aWorkerIsListenedToFromReadyToItsEnd() {
    var script = Script()
    _ = script.add()
    script.take()
    #expect(!script.scheduler.isListening(to: worker(0)))
    script.on(.ready(worker(0)))
    #expect(script.scheduler.isListening(to: worker(0)))
    script.answered(worker(0), 1, stays: false)
    #expect(!script.scheduler.isListening(to: worker(0)))
  }

  @Test func onlyATrialThatTookTooLongEndsItsWorkerForTime() {
    var script = Script()
    let slow = script.add {
      $0.softLimit = 10 * millisecond
      $0.hardLimit = 20 * millisecond
    }
    script.take()
    script.on(.ready(worker(0)))
    #expect(!script.scheduler.isOutOfTime(worker(0)))
    #expect(script.wait(21 * millisecond).contains(.kill(worker(0))))
    #expect(script.scheduler.isOutOfTime(worker(0)))
    #expect(script.scheduler.culprit(of: worker(0), performing: 1) == slow)

    var other = Script()
    let cancelled = other.add()
    other.take()
    other.on(.ready(worker(0)))
    other.on(.cancel(cancelled))
    #expect(other.wait(5 * second).contains(.kill(worker(0))))
    #expect(!other.scheduler.isOutOfTime(worker(0)))
  }

  @Test func theBlameIsKnownBeforeTheDeathIsTold() {
    var script = Script { $0.window = 3 }
    let tasks = [script.add(), script.add(), script.add()]
    script.take()
    script.on(.ready(worker(0)))
    #expect(script.scheduler.culprit(of: worker(0), performing: 2) == tasks[1])
    #expect(script.scheduler.culprit(of: worker(0), performing: 0) == nil)
    // A claim that can not be true.
    #expect(script.scheduler.culprit(of: worker(0), performing: 9) == tasks[0])
    #expect(script.scheduler.culprit(of: worker(0, 1), performing: 2) == nil)
  }

  @Test func theWindowCanChange() {
    var script = Script { $0.window = 4 }
    for _ in 0..<8 { _ = script.add() }
    script.scheduler.setWindow(2)
    script.take()
    #expect(offers(script.on(.ready(worker(0)))).count == 2)
    script.scheduler.setWindow(3)
    #expect(offers(script.take()).count == 1)
    // Not above that of the policy, and not below one.
    script.scheduler.setWindow(99)
    #expect(offers(script.take()).count == 1)
    script.scheduler.setWindow(0)
    #expect(offers(script.answered(worker(0), 1)).isEmpty)
    script.answered(worker(0), 2)
    script.answered(worker(0), 3)
    #expect(offers(script.answered(worker(0), 4)).count == 1)
    #expect(script.scheduler.audit() == nil)
  }

  @Test func aWorkerWhosePipeIsBehindIsOfferedNothing() {
    var script = Script {
      $0.slots = 2
      $0.window = 2
    }
    for _ in 0..<6 { _ = script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.choked(worker(0), true))
    script.answered(worker(0), 1)
    #expect(script.scheduler.inFlight(on: worker(0)) == 1)
    #expect(offers(script.on(.ready(worker(1)))) == [worker(1), worker(1)])
    #expect(offers(script.on(.choked(worker(0), false))) == [worker(0)])
    #expect(script.scheduler.audit() == nil)
    // One that is not there any more can not be behind.
    script.on(.choked(worker(0, 7), true))
    #expect(script.scheduler.audit() == nil)
  }
}
