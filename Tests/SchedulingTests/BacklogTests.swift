import Scheduling
import Testing

/// Long queues: the order must hold and the time per task must not grow.
@Suite struct BacklogTests {
  private func drainOrder(_ priorities: [Int32]) -> [Int] {
    var script = Script { $0.window = 1 }
    var names: [TaskID: Int] = [:]
    for (name, priority) in priorities.enumerated() { names[script.add { $0.priority = priority }] = name }
    script.take()
    var order: [Int] = []
    var actions = script.on(.ready(worker(0)))
    while case .offer(let task, _)? = actions.last {
      order.append(names[task] ?? -1)
      actions = script.answered(worker(0), RequestID(order.count))
    }
    return order
  }

  private func shuffled(_ count: Int, below bound: UInt64) -> [Int32] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int32(truncatingIfNeeded: (state >> 33) % bound) - Int32(bound / 2)
    }
  }

  @Test(arguments: [UInt64(1), 3, 300, 1 << 31])
  func likeASortThatIsStable(bound: UInt64) {
    let priorities = shuffled(20_000, below: bound)
    let expected = priorities.indices.sorted {
      priorities[$0] != priorities[$1] ? priorities[$0] > priorities[$1] : $0 < $1
    }
    #expect(drainOrder(priorities) == expected)
  }

  @Test func theExtremePriorities() {
    #expect(drainOrder([.min, 0, .max, .min, .max]) == [2, 4, 1, 0, 3])
  }

  @Test func aMillionDistinctPriorities() {
    var script = Script()
    let clock = ContinuousClock()
    let count = 1_000_000
    let time = clock.measure {
      for name in 0..<count {
        _ = script.add { $0.priority = Int32(truncatingIfNeeded: name &* 0x9e37_79b1) }
      }
      script.take()
      script.on(.ready(worker(0)))
      for request in 1...count { script.answered(worker(0), RequestID(request)) }
    }
    #expect(script.scheduler.outcomeCount(.passed) == count)
    #expect(time < .seconds(20), "\(time) for a million tasks")
  }

  @Test func refusalsInALongQueueAreRemembered() {
    var script = Script {
      $0.mayRefuse = true
      $0.slots = 2
    }
    var offers = 0
    let wanted = 5_000
    script.answer = { task, worker in
      offers += 1
      return worker.slot == 0 && task.index < wanted ? .refuse : .send
    }
    for _ in 0..<wanted { _ = script.add() }
    script.take()
    script.on(.ready(worker(0)))
    #expect(offers == wanted)
    for _ in 0..<100 { _ = script.add { $0.priority = -1 } }
    script.take()
    #expect(offers == wanted + 1)
    for request in 1...100 { script.answered(worker(0), RequestID(request)) }
    #expect(offers > wanted + 100)
    script.on(.ready(worker(1)))
    let before = offers
    for request in 1...1_000 { script.answered(worker(1), RequestID(request)) }
    #expect(offers - before == 1_000, "the other worker's refusals are not repeated")
  }
}
