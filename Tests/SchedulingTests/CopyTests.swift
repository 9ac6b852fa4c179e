import Scheduling
import Testing

/// The tail of a run: a task that takes much longer than others gets a second trial on a worker with nothing to do.
@Suite struct CopyTests {
  /// Two workers: one has answered ten tasks in 10 ms each, the other one has been at its first for 100 ms.
  private func tail(
    _ change: (inout Policy) -> Void = { _ in }, spec: (inout TaskSpec) -> Void = { _ in }
  ) -> (Script, TaskID) {
    var script = Script {
      $0.slots = 2
      $0.isIdempotent = true
      $0.isStateless = true
      $0.copies.factor = 3
      $0.copies.leastTime = 50 * millisecond
      change(&$0)
    }
    let slow = script.add {
      $0.priority = 1
      spec(&$0)
    }
    for _ in 0..<10 { _ = script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    for request in 1...10 {
      script.now += 10 * millisecond
      script.answered(worker(1), RequestID(request))
    }
    return (script, slow)
  }

  /// The copy is made, and named.
  private func copied(
    _ change: (inout Policy) -> Void = { _ in }, spec: (inout TaskSpec) -> Void = { _ in }
  ) throws -> (Script, TaskID, TaskID) {
    var (script, slow) = tail(
      {
        $0.copies.leastTime = 200 * millisecond
        change(&$0)
      }, spec: spec)
    let actions = script.wait(100 * millisecond)
    guard case .offerCopy(let copy, of: slow, worker(1)) = actions.first else {
      throw NoCopy(actions: actions)
    }
    return (script, slow, copy)
  }

  private struct NoCopy: Error { var actions: [Action] }

  private func race(_ script: Script, _ worker: WorkerID, _ request: RequestID) throws -> Race {
    try #require(script.scheduler.race(answering: request, on: worker))
  }

  @Test func itComesWhenTheTimeIsOverAndNotBefore() throws {
    var (script, slow) = tail { $0.copies.leastTime = 200 * millisecond }
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 200 * millisecond))
    #expect(script.wait(100 * millisecond - 1) == [])
    let actions = script.wait(1)
    guard case .offerCopy(let copy, of: slow, worker(1)) = actions.first else {
      Issue.record("\(actions)")
      return
    }
    #expect(actions.count == 1 && copy != slow)
    #expect(script.scheduler.unfinishedCount == 1 && script.scheduler.runningCount == 1)
    // One at most.
    #expect(script.wait(3600 * second) == [] && script.scheduler.nextDeadline == .never)
  }

  /// Three times the length of 95 of 100, which is known to an eighth.
  @Test func whatIsUsualDecides() throws {
    var (script, _) = tail { $0.copies.factor = 100 }
    let due = script.scheduler.nextDeadline.nanoseconds
    #expect((1000 * millisecond...1125 * millisecond).contains(due))
    #expect(script.wait(due - script.now - 1) == [])
    #expect(script.wait(1).count == 1)
  }

  @Test func whatWasExpectedToTakeLongIsGivenMoreTime() {
    let (script, _) = tail(spec: { $0.estimate = 2 * second })
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 6 * second))
    let (other, _) = tail(spec: { $0.estimate = 3600 * second })
    #expect(other.scheduler.nextDeadline == .never, "longer than an estimate is kept")
  }

  @Test func neverWhereItMustNotBe() {
    for change: (inout Policy) -> Void in [
      { $0.isIdempotent = false }, { $0.copies.factor = 0 }, { $0.copies.leastResponses = 11 },
    ] {
      var (script, _) = tail(change)
      #expect(script.wait(3600 * second) == [])
    }
  }

  @Test func aPinnedTaskStaysWhereItIs() throws {
    var script = Script {
      ($0.slots, $0.isIdempotent, $0.copies.factor, $0.copies.leastResponses) = (2, true, 1, 1)
    }
    let first = script.add()
    let second = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    let pinned = script.add { $0.pin = worker(0) }
    script.answered(worker(0), 1)
    #expect(script.answered(worker(1), 1).contains(.finished(second, .passed)))
    #expect(!script.scheduler.isLive(first) && script.scheduler.inFlight(on: worker(0)) == 1)
    #expect(script.wait(3600 * millisecond) == [] && script.scheduler.isLive(pinned))
  }

  @Test func notWhileSomethingIsQueued() {
    var (script, slow) = tail {
      ($0.slots, $0.resources) = (3, [1])
      $0.copies.leastTime = 200 * millisecond
    }
    script.on(.ready(worker(2)))
    let demand = script.scheduler.declare(demand: [(resource: 0, count: 1)])
    let holder = script.add { $0.demand = demand }
    let waiting = script.add { $0.demand = demand }
    #expect(script.take() == [.offer(holder, worker(2))])
    #expect(script.wait(second) == [] && script.scheduler.isLive(slow))
    // The first that is queued is worth more than a copy.
    #expect(script.answered(worker(2), 1).contains(.offer(waiting, worker(2))))
  }

  @Test func theResponseOfTheCopyCountsAndTheOriginalIsCancelled() throws {
    var (script, slow, copy) = try copied()
    let race = try race(script, worker(1), 11)
    #expect(race.task == slow && race.copy == copy && race.isCopy && !race.hasLost)
    script.scheduler.win(race, at: script.time)
    #expect(script.accept(worker(1), 11) == slow)
    let end = script.on(.used(slow, worker(1), outcome: .passed, stays: true))
    #expect(end == [.cancelRequest(worker(0), 1), .finished(slow, .passed)])
    // It does not listen: the usual ladder, and no word to the kind about a dead worker.
    #expect(script.wait(2 * second) == [.terminate(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 1)) == [.superseded(copy)])
    #expect(script.scheduler.outcomeCount(.passed) == 11 && script.scheduler.unfinishedCount == 0)
  }

  @Test func theResponseOfTheOriginalCountsAndTheCopyIsCancelled() throws {
    var (script, slow, copy) = try copied()
    script.scheduler.win(try race(script, worker(0), 1), at: script.time)
    let end = script.answered(worker(0), 1)
    #expect(end == [.cancelRequest(worker(1), 11), .finished(slow, .passed)])
    let late = try race(script, worker(1), 11)
    #expect(late.hasLost && late.row == copy)
    script.scheduler.dismiss(worker(1), .cancelled, at: script.time)
    #expect(script.take() == [.superseded(copy)])
    #expect(script.scheduler.nextDeadline == .never)
  }

  /// Both answers are there at the same time.
  @Test func theSecondAnswerIsDropped() throws {
    var (script, slow, copy) = try copied { $0.isStateless = false }
    script.scheduler.win(try race(script, worker(0), 1), at: script.time)
    let accepted = script.accept(worker(0), 1)
    #expect(accepted == slow)
    script.scheduler.handle(.used(slow, worker(0), outcome: .failed, stays: true), at: script.time)
    #expect(try race(script, worker(1), 11).hasLost)
    script.scheduler.dismiss(worker(1), nil, at: script.time)
    // Its kind does not know what this worker has done.
    #expect(script.take() == [.finished(slow, .failed), .superseded(copy), .retire(worker(1))])
  }

  @Test func aDeathIsNotCountedWhileTheOtherOneGoesOn() throws {
    var (script, slow, copy) = try copied { $0.retry.crashes = 1 }
    #expect(script.on(.ended(worker(0), performing: 1)) == [.superseded(copy)])
    #expect(script.scheduler.race(answering: 11, on: worker(1)) == nil, "it is alone again")
    #expect(script.answered(worker(1), 11) == [.finished(slow, .passed)])
    var (other, task, second) = try copied { $0.retry.crashes = 1 }
    #expect(other.on(.ended(worker(1), performing: 11)).contains(.superseded(second)))
    #expect(other.on(.ended(worker(0), performing: 1)).contains(.gone(task, .workerDied, tries: 1)))
  }

  @Test func aFailureIsNotCountedWhileTheOtherOneGoesOn() throws {
    var (script, slow, copy) = try copied()
    _ = try race(script, worker(0), 1)
    script.scheduler.dismiss(worker(0), .error, at: script.time)
    #expect(script.take() == [.superseded(copy)])
    #expect(script.failed(worker(1), 11, .error) == [.gone(slow, .failed, tries: 1)])
  }

  @Test func aCancelReachesBoth() throws {
    var (script, slow, copy) = try copied()
    let actions = script.on(.cancel(slow))
    #expect(Set(actions) == [.cancelRequest(worker(0), 1), .cancelRequest(worker(1), 11)])
    #expect(try race(script, worker(1), 11).hasLost)
    script.scheduler.dismiss(worker(1), .cancelled, at: script.time)
    #expect(script.take() == [.superseded(copy)])
    #expect(script.failed(worker(0), 1, .cancelled) == [.gone(slow, .cancelled, tries: 1)])
  }

  @Test func aStopReachesBoth() throws {
    var (script, slow, copy) = try copied()
    let actions = script.on(.stop)
    #expect(actions.contains(.kill(worker(0))) && actions.contains(.kill(worker(1))))
    #expect(script.on(.ended(worker(1), performing: 11)).contains(.superseded(copy)))
    #expect(script.on(.ended(worker(0), performing: 1)).contains(.gone(slow, .cancelled, tries: 1)))
    #expect(script.on(.settled(slow, .byCause)) == [.finished(slow, .cancelled), .drained])
  }

  @Test func aCopyNeedsItsOwnDemand() throws {
    for count in [1, 2] {
      var script = Script {
        ($0.slots, $0.isIdempotent, $0.copies.factor, $0.copies.leastResponses) = (2, true, 1, 1)
        $0.resources = [count]
      }
      let demand = script.scheduler.declare(demand: [(resource: 0, count: 1)])
      let slow = script.add { $0.demand = demand }
      _ = script.add()
      script.take()
      script.on(.ready(worker(0)))
      script.on(.ready(worker(1)))
      script.answered(worker(1), 1)
      let actions = script.wait(second)
      #expect(actions.count == (count == 1 ? 0 : 1))
      if count == 1 { continue }
      // Both hold one; what the loser holds is free again when it has ended.
      script.scheduler.win(try race(script, worker(0), 1), at: script.time)
      #expect(script.answered(worker(0), 1).contains(.finished(slow, .passed)))
    }
  }

  /// Its row is free at once, and the task is not copied any more.
  @Test func aDeclinedCopyIsNone() {
    var (script, slow) = tail { $0.copies.leastTime = 200 * millisecond }
    script.answer = { _, _ in .stale }
    guard case .offerCopy = script.wait(100 * millisecond).first else {
      Issue.record("no copy")
      return
    }
    #expect(script.wait(3600 * second) == [] && script.scheduler.copyCount == 0)
    #expect(script.answered(worker(0), 1) == [.finished(slow, .passed)])
  }

  /// At the end of a run no worker is started in place of one that is ended for a copy.
  @Test func nothingIsStartedForALoser() throws {
    var (script, slow, copy) = try copied()
    script.on(.close)
    script.scheduler.win(try race(script, worker(1), 11), at: script.time)
    script.answered(worker(1), 11)
    #expect(script.scheduler.isLive(slow) == false)
    #expect(script.wait(2 * second) == [.terminate(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 1)) == [.superseded(copy), .retire(worker(1))])
    #expect(script.on(.ended(worker(1), performing: 0)) == [.drained])
  }
}
