import Scheduling
import Testing

/// Slowest first, where it is known how long tasks take.
@Suite struct EstimateTests {
  private func order(_ specs: [TaskSpec]) -> [Int] {
    var script = Script { $0.slots = 1 }
    let tasks = specs.map { spec in script.add { $0 = spec } }
    script.take()
    script.on(.ready(worker(0)))
    var order: [Int] = []
    for request in 1...RequestID(tasks.count) {
      guard let task = script.accept(worker(0), request) else { break }
      order.append(tasks.firstIndex(of: task) ?? -1)
      script.on(.used(task, worker(0), outcome: .passed, stays: true))
    }
    return order
  }

  private func spec(_ estimate: UInt64, _ priority: Int32 = 0) -> TaskSpec {
    var spec = TaskSpec()
    spec.estimate = estimate
    spec.priority = priority
    return spec
  }

  @Test func unknownThenLongest() {
    let order = order([spec(second), spec(0), spec(3 * second), spec(millisecond), spec(0), spec(2 * second)])
    #expect(order == [1, 4, 2, 5, 0, 3])
  }

  @Test func priorityCountsMore() {
    #expect(order([spec(second, -1), spec(millisecond), spec(second), spec(1, 1)]) == [3, 2, 1, 0])
  }

  @Test func equalOnesInTheOrderOfArrival() {
    // Beyond the greatest number that is told apart, and within one microsecond.
    #expect(order([spec(.max), spec(.max - 1), spec(10 * 3600 * second)]) == [0, 1, 2])
    #expect(order([spec(1500), spec(1999), spec(1000)]) == [0, 1, 2])
  }

  @Test func aRetryGoesFirst() {
    var script = Script()
    let short = script.add { $0.estimate = millisecond }
    script.take()
    script.on(.ready(worker(0)))
    _ = script.add { $0.estimate = second }
    _ = script.add()
    #expect(script.failed(worker(0), 1, .retry) == [.offer(short, worker(0))])
  }

  @Test func aHundredThousandLengths() {
    var script = Script { $0.slots = 0 }
    for number in 0..<100_000 {
      _ = script.add { $0.estimate = UInt64(1 + number * 7919 % 100_000) * 1000 }
    }
    #expect(script.scheduler.audit() == nil)
    #expect(script.scheduler.queuedCount == 100_000)
  }
}
