import Scheduling
import Testing

/// Edges that random runs seldom reach.
@Suite struct EdgeTests {
  @Test func manyActionsAtOnceKeepTheirOrder() {
    var script = Script { $0.slots = 0 }
    let first = (0..<40).map { _ in script.add() }
    #expect(script.on(.cancelAll) == first.map { .gone($0, .cancelled, tries: 0) })
    for task in first { script.on(.settled(task, .byCause)) }
    let tasks = (0..<500).map { _ in script.add() }
    let gone = script.on(.cancelAll)
    #expect(Set(gone) == Set(tasks.map { .gone($0, .cancelled, tries: 0) }))
    #expect(gone.count == 500)
  }

  @Test func rowsAreUsedAgain() {
    var script = Script()
    for request in 1...100 {
      let task = script.add()
      script.take()
      if request == 1 { script.on(.ready(worker(0))) }
      #expect(task.index == 0 && task.serial == UInt32(request - 1))
      script.answered(worker(0), RequestID(request))
    }
    #expect(!script.scheduler.isLive(TaskID(index: 1, serial: 0)))
  }

  @Test func reportsThatDoNotFitTheState() {
    var script = Script()
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    #expect(script.on(.spawnFailed(worker(0))) == [])
    #expect(script.on(.startFailed(worker(0), permanent: true)) == [])
    #expect(script.on(.ended(worker(1), performing: 0)) == [])
    #expect(script.scheduler.inFlight(on: worker(0)) == 1)
  }

  @Test(arguments: [UInt64(0), 1])
  func theWindowOfABudgetIncludesItsEnd(late: UInt64) {
    var script = Script { $0.restartBudgets = [RestartBudget(failures: 2, within: second)] }
    _ = script.add()
    script.take()
    script.on(.spawnFailed(worker(0)))
    script.wait(second + late)
    let actions = script.on(.spawnFailed(worker(0, 1)))
    #expect(actions.contains(.kindFailed(permanent: false)) == (late == 0))
  }

  @Test func delaysAreSpread() {
    var delays: Set<UInt64> = []
    var script = Script {
      $0.restartBudgets = []
      $0.backoffCap = 100 * millisecond
    }
    _ = script.add()
    script.take()
    for generation in 0..<20 {
      script.on(.spawnFailed(worker(0, UInt32(generation))))
      if generation > 0 {
        let delay = script.scheduler.nextDeadline.nanoseconds - script.now
        delays.insert(delay)
        script.wait(delay)
      }
    }
    #expect(delays.count > 10)
  }

  @Test func askingLaterIsEnoughToFireATimer() {
    var script = Script()
    _ = script.add()
    script.take()
    #expect(script.scheduler.next(at: Instant(nanoseconds: 30 * second)) == .kill(worker(0)))
  }

  @Test func stopKillsIdleWorkersToo() {
    var script = Script()
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.answered(worker(0), 1)
    #expect(script.on(.stop) == [.kill(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.drained])
  }

  @Test func aWorkerThatBreaksDuringAnOfferGetsNothing() {
    var scheduler = Scheduler(policy: Policy())
    let start = Instant(nanoseconds: 0)
    let task = scheduler.add(TaskSpec(), at: start)
    #expect(scheduler.next(at: start) == .spawn(worker(0)))
    scheduler.handle(.ready(worker(0)), at: start)
    #expect(scheduler.next(at: start) == .offer(task, worker(0)))
    scheduler.handle(.broke(worker(0), undecodable: false), at: start)
    scheduler.handle(.sent(task, worker(0), 1), at: start)
    #expect(scheduler.next(at: start) == .kill(worker(0)))
    #expect(scheduler.queuedCount == 1)
  }

  @Test func refusalsAndAWindowStillSpreadEvenly() {
    var script = Script {
      $0.slots = 2
      $0.window = 4
      $0.mayRefuse = true
    }
    let tasks = [script.add(), script.add()]
    script.answer = { _, _ in .stale }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    #expect(!script.scheduler.isLive(tasks[1]))
    script.answer = { _, _ in .send }
    for _ in 0..<4 { _ = script.add() }
    script.take()
    let counts = [script.scheduler.inFlight(on: worker(0)), script.scheduler.inFlight(on: worker(1))]
    #expect(counts == [2, 2])
  }

  @Test func aPinnedTaskIsAskedAgainAtTheNextStatus() {
    var script = Script { $0.mayRefuse = true }
    script.answer = { _, _ in .send }
    let first = script.add()
    script.take()
    script.on(.ready(worker(0)))
    let pinned = script.add { $0.pin = worker(0) }
    let common = script.add()
    script.answer = { task, _ in task == pinned ? .refuse : .send }
    #expect(
      script.answered(worker(0), 1) == [
        .finished(first, .passed), .offer(pinned, worker(0)), .offer(common, worker(0)),
      ])
    let rival = script.add()
    #expect(
      script.answered(worker(0), 2) == [
        .finished(common, .passed), .offer(pinned, worker(0)), .offer(rival, worker(0)),
      ])
  }

  @Test func aStandstillWaitsForTheBackOff() {
    var script = Script {
      $0.slots = 2
      $0.mayRefuse = true
    }
    let tasks = [script.add(), script.add()]
    script.take()
    script.on(.spawnFailed(worker(1)))
    script.on(.spawnFailed(worker(1, 1)))
    script.answer = { _, _ in .refuse }
    #expect(script.on(.ready(worker(0))) == tasks.map { .offer($0, worker(0)) })
    #expect(script.wait(second) == [.spawn(worker(1, 2))])
  }

  @Test func newcomersAreNotForgotten() {
    var script = Script {
      $0.slots = 2
      $0.mayRefuse = true
    }
    let base = script.add()
    let long = script.add { $0.priority = -1 }
    script.take()
    script.answer = { task, _ in task == base ? .refuse : .send }
    #expect(script.on(.ready(worker(0))) == [.offer(base, worker(0)), .offer(long, worker(0))])
    script.answer = { _, _ in .send }
    script.on(.ready(worker(1)))
    let kept = script.add { $0.priority = 1 }
    for request in 1...60 {
      let urgent = script.add { $0.priority = 2 }
      #expect(script.answered(worker(1), RequestID(request)).last == .offer(urgent, worker(1)))
    }
    #expect(script.failed(worker(0), 1, .error).last == .offer(kept, worker(0)))
  }

  @Test func manyPrioritiesComeAndGo() {
    var script = Script { $0.slots = 0 }
    var model: [(priority: Int32, task: TaskID)] = []
    var state: UInt64 = 7
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      if state >> 60 < 9 || model.isEmpty {
        let priority = Int32(truncatingIfNeeded: (state >> 30) % 2_000)
        model.append((priority, script.add { $0.priority = priority }))
      } else {
        let one = model.remove(at: Int((state >> 30) % UInt64(model.count)))
        script.on(.cancel(one.task))
        script.on(.settled(one.task, .byCause))
      }
    }
    #expect(script.scheduler.audit() == nil)
    #expect(script.scheduler.queuedCount == model.count)
    for one in model {
      script.on(.cancel(one.task))
      script.on(.settled(one.task, .byCause))
    }
    for priority in 0..<2_000 { _ = script.add { $0.priority = Int32(priority &* 7919 % 2_000) } }
    #expect(script.scheduler.audit() == nil)
    #expect(script.scheduler.queuedCount == 2_000)
  }
}

/// What the owner must not do stops the process: going on would answer for the wrong task.
@Suite struct MisuseTests {
  @Test func anAnswerToAnotherOffer() async {
    await #expect(processExitsWith: .failure) {
      var scheduler = Scheduler(policy: Policy())
      let start = Instant(nanoseconds: 0)
      _ = scheduler.add(TaskSpec(), at: start)
      let other = scheduler.add(TaskSpec(), at: start)
      _ = scheduler.next(at: start)
      scheduler.handle(.ready(worker(0)), at: start)
      _ = scheduler.next(at: start)
      scheduler.handle(.stale(other), at: start)
    }
  }

  @Test func aUseWithoutAResponse() async {
    await #expect(processExitsWith: .failure) {
      var script = Script()
      let task = script.add()
      script.take()
      script.on(.ready(worker(0)))
      script.on(.used(task, worker(0), outcome: .passed, stays: true))
    }
  }

  @Test func aUseOnAnotherWorker() async {
    await #expect(processExitsWith: .failure) {
      var script = Script { $0.slots = 2 }
      let tasks = [script.add(), script.add()]
      script.take()
      script.on(.ready(worker(0)))
      script.on(.ready(worker(1)))
      _ = script.accept(worker(0), 1)
      _ = script.accept(worker(1), 1)
      script.on(.used(tasks[0], worker(1), outcome: .passed, stays: true))
    }
  }

  @Test func aSettlementOfNothing() async {
    await #expect(processExitsWith: .failure) {
      var script = Script { $0.slots = 0 }
      let task = script.add()
      script.on(.settled(task, .byCause))
    }
  }

  @Test func aTaskAfterClose() async {
    await #expect(processExitsWith: .failure) {
      var script = Script()
      script.on(.close)
      _ = script.add()
    }
  }
}
