import Scheduling
import Testing

/// Demands: tasks that need a part of something, or to be alone.
@Suite struct DemandTests {
  private func script(_ resources: [Int], slots: Int = 4) -> Script {
    Script {
      $0.slots = slots
      $0.resources = resources
    }
  }

  private func declare(
    _ script: inout Script, _ demand: [(resource: Int, count: Int)], exclusive: Bool = false
  ) throws -> DemandID {
    let id = script.scheduler.declare(demand: demand, exclusive: exclusive)
    return try #require(id)
  }

  /// All workers ready, none busy.
  private func warm(_ script: inout Script, _ count: Int) {
    for _ in 0..<count { _ = script.add() }
    script.take()
    for slot in 0..<UInt32(count) { script.on(.ready(worker(slot))) }
    for slot in 0..<UInt32(count) { script.answered(worker(slot), 1) }
  }

  @Test func whatCanNeverFitIsRefused() {
    var script = script([2, 0])
    let impossible: [[(resource: Int, count: Int)]] = [
      [(0, 3)], [(0, 1), (0, 2)], [(1, 1)], [(2, 1)], [(0, -1)], [(0, .max), (0, .max)],
    ]
    for demand in impossible {
      let id = script.scheduler.declare(demand: demand)
      #expect(id == nil, "\(demand)")
    }
    let two = script.scheduler.declare(demand: [(0, 2)])
    let same = script.scheduler.declare(demand: [(0, 1), (0, 1), (1, 0)])
    let alone = script.scheduler.declare(demand: [(0, 2)], exclusive: true)
    #expect(two != nil && same == two && alone != two)
  }

  @Test func tasksThatDoNotFitArePassedOver() throws {
    var script = script([2])
    warm(&script, 4)
    let one = try declare(&script, [(0, 1)])
    let tasks = (0..<3).map { _ in script.add { $0.demand = one } }
    let free = script.add()
    let offers = script.take()
    #expect(offers.map(\.task) == [tasks[0], tasks[1], free])
    // What ends first makes room.
    let holder = try #require(offers[1].worker)
    #expect(script.answered(holder, 2).last?.task == tasks[2])
  }

  @Test func anExclusiveTaskIsAloneAndDoesNotStarve() throws {
    var script = script([], slots: 2)
    warm(&script, 2)
    let alone = try declare(&script, [], exclusive: true)
    let first = (0..<2).map { _ in script.add() }
    script.take()
    let exclusive = script.add { $0.demand = alone }
    let later = (0..<2).map { _ in script.add() }
    #expect(script.take() == [])
    #expect(script.answered(worker(0), 2) == [.finished(first[1], .passed)])
    let start = script.answered(worker(1), 2)
    #expect(start.compactMap(\.task) == [exclusive])
    let holder = try #require(start.last?.worker)
    #expect(script.take() == [])
    #expect(Set(script.answered(holder, 3).compactMap(\.task)) == Set(later))
    _ = first
  }

  @Test func higherPriorityGoesBeforeAnExclusiveTask() throws {
    var script = script([], slots: 2)
    warm(&script, 2)
    let alone = try declare(&script, [], exclusive: true)
    _ = script.add()
    script.take()
    let exclusive = script.add { $0.demand = alone }
    let urgent = script.add { $0.priority = 1 }
    #expect(script.take().compactMap(\.task) == [urgent])
    _ = exclusive
  }

  @Test func aDeathGivesBackWhatTheTaskHeld() throws {
    var script = script([1], slots: 2)
    warm(&script, 2)
    let one = try declare(&script, [(0, 1)])
    let tasks = (0..<2).map { _ in script.add { $0.demand = one } }
    let start = script.take()
    #expect(start.map(\.task) == [tasks[0]])
    let holder = try #require(start[0].worker)
    let end = script.on(.ended(holder, performing: 2))
    #expect(end.contains { $0.task == tasks[1] && $0.worker != nil })
  }

  @Test func aRequestThatWaitsBehindAnotherHoldsItsShare() throws {
    var script = Script {
      $0.window = 4
      $0.resources = [2]
    }
    _ = script.add()
    script.take()
    script.on(.ready(worker(0)))
    script.answered(worker(0), 1)
    let one = try declare(&script, [(0, 1)])
    let tasks = (0..<3).map { _ in script.add { $0.demand = one } }
    #expect(script.take().compactMap(\.task) == [tasks[0], tasks[1]])
    #expect(script.answered(worker(0), 2) == [.finished(tasks[0], .passed), .offer(tasks[2], worker(0))])
  }

  @Test func aHundredThousandThatDoNotFitCostNothing() throws {
    var script = script([1], slots: 2)
    warm(&script, 2)
    let one = try declare(&script, [(0, 1)])
    for _ in 0..<100_000 { _ = script.add { $0.demand = one } }
    for _ in 0..<100_000 { _ = script.add() }
    script.take()
    let clock = ContinuousClock()
    let holder: WorkerID = script.scheduler.inFlight(on: worker(0)) > 0 ? worker(0) : worker(1)
    let other = holder == worker(0) ? worker(1) : worker(0)
    let time = clock.measure {
      for request in RequestID(2)..<20_002 { script.answered(other, request) }
    }
    #expect(time < .seconds(5))
  }
}

/// Groups: tasks that stay together.
@Suite struct GroupTests {
  private func ready(_ change: (inout Policy) -> Void = { _ in }) -> Script {
    var script = Script {
      $0.slots = 2
      change(&$0)
    }
    for _ in 0..<2 { _ = script.add() }
    script.take()
    for slot: UInt32 in [0, 1] { script.on(.ready(worker(slot))) }
    for slot: UInt32 in [0, 1] { script.answered(worker(slot), 1) }
    return script
  }

  @Test func aGroupStaysWithItsWorker() {
    var script = ready()
    var tasks: [UInt64: [TaskID]] = [1: [], 2: []]
    for group: UInt64 in [1, 2, 2, 1, 1, 2] {
      tasks[group, default: []].append(script.add { $0.group = group })
    }
    var homes: [TaskID: WorkerID] = [:]
    for action in script.take() {
      if let task = action.task, let worker = action.worker { homes[task] = worker }
    }
    for request: RequestID in 2...3 {
      for slot: UInt32 in [0, 1] {
        for action in script.answered(worker(slot), request) {
          if let task = action.task, let worker = action.worker { homes[task] = worker }
        }
      }
    }
    for group: UInt64 in [1, 2] {
      #expect(Set((tasks[group] ?? []).compactMap { homes[$0] }).count == 1)
    }
  }

  @Test func aWorkerWithNothingElseToDoTakesOne() {
    var script = ready()
    let tasks = (0..<3).map { _ in script.add { $0.group = 7 } }
    #expect(script.take().compactMap(\.task) == [tasks[0], tasks[1]])
  }

  @Test func aWorkerWithSomethingElseToDoDoesNot() throws {
    var script = ready()
    let first = script.add { $0.group = 7 }
    let home = try #require(script.take().first?.worker)
    let away = home == worker(0) ? worker(1) : worker(0)
    let second = script.add { $0.group = 7 }
    let other = script.add()
    _ = first
    #expect(script.take() == [.offer(other, away)])
    #expect(script.answered(away, 2) == [.finished(other, .passed), .offer(second, away)])
    let third = script.add { $0.group = 7 }
    let plain = script.add()
    // Now the home of the group is the other one, which is busy; this one has a choice.
    #expect(script.answered(home, 2).compactMap(\.task) == [plain])
    #expect(script.answered(away, 3).last == .offer(third, away))
  }

  @Test func aRetryThatAvoidsItsWorkerDoesNotGetAhead() {
    var script = ready { $0.retry.prefersOtherWorker = true }
    let low = script.add {
      $0.priority = -1
      $0.group = 1
    }
    let first = script.take()
    guard let bad = first.first?.worker else { return #expect(Bool(false), "nothing was offered") }
    let other = bad == worker(0) ? worker(1) : worker(0)
    let urgent = script.add { $0.group = 2 }
    #expect(script.take() == [.offer(urgent, other)])
    _ = script.answered(other, 2)
    #expect(script.failed(bad, 2, .retry) == [.offer(low, other)])
  }

  @Test func oneRefusalHoldsForAllOfAGroup() {
    var script = Script { $0.mayRefuse = true }
    let refused = (0..<3).map { _ in script.add { $0.group = 7 } }
    let other = script.add()
    script.answer = { task, _ in refused.contains(task) ? .refuse : .send }
    script.take()
    #expect(script.on(.ready(worker(0))) == [.offer(refused[0], worker(0)), .offer(other, worker(0))])
    // Asked once more as an Old one, then once more as a fresh one: then all of them are settled.
    let end = script.answered(worker(0), 1, competenceChanged: false)
    #expect(
      end == [
        .finished(other, .passed), .offer(refused[0], worker(0)), .gone(refused[0], .unmatched, tries: 0),
      ])
    #expect(script.on(.settled(refused[0], .byCause)).last == .gone(refused[1], .unmatched, tries: 0))
  }
}

extension Action {
  /// Of an offer.
  fileprivate var task: TaskID? {
    if case .offer(let task, _) = self { task } else { nil }
  }
  fileprivate var worker: WorkerID? {
    if case .offer(_, let worker) = self { worker } else { nil }
  }
}
