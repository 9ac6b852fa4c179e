internal import CTaskHost

/// Equal requests have equal responses: of kinds that say DETERMINISTIC.
extension Check {
  static let determinismChecks: [Check] = [
    Check(
      "same-again", .determinism, "A worker gives the same response each time it is asked the same.",
      broken: "What is kept from run to run, or asked a second time after a death, is not what it was."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(deterministic: &context)
      let usual = bench.worker.answers(bench.requests)
      var times = 1
      try context.rounds(100) { _ throws(CheckEnd) in
        times += 1
        try compare(bench.worker.answers(bench.requests), usual, "the \(times). time")
      }
      return .pass(figure: "\(times) times")
    },
    Check(
      "same-after-others", .determinism,
      "A response does not depend on what the worker has done before.",
      broken: "Which worker a task comes to decides about its result.", isRandom: true
    ) { context throws(CheckEnd) in
      let plan = try CheckBench(deterministic: &context).plan
      var usual: [PerformAnswer] = []
      for request in plan.requests {
        context.step("a request as the first of its worker")
        let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
        usual.append(PerformAnswer(worker.perform(request)))
        worker.free()
      }
      let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
      var dice = context.dice
      for _ in 0..<3 {
        for index in plan.requests.indices.shuffled(using: &dice) {
          context.step("request \(index + 1) after others")
          try compare([PerformAnswer(worker.perform(plan.requests[index]))], [usual[index]], "after others")
        }
      }
      return .pass
    },
    Check(
      "same-after-failures", .determinism,
      "A response does not depend on requests before it that have failed.",
      broken: "One bad task changes the results of those that follow on its worker.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(deterministic: &context)
      let usual = bench.worker.answers(bench.requests)
      var (dice, failures) = (context.dice, 0)
      for round in 0..<24 {
        let index = round % bench.requests.count
        let bad = round % 3 == 0 ? dice.bytes(1 + dice.pick(40)) : dice.changed(bench.requests[index])
        context.step("a request of which some bytes are others")
        if bench.worker.perform(bad).status < 0 { failures += 1 }
        context.step("request \(index + 1) after one that has failed")
        try compare(
          [PerformAnswer(bench.worker.perform(bench.requests[index]))], [usual[index]],
          "after requests that have failed")
      }
      return .pass(figure: "\(failures) failures")
    },
    Check(
      "same-elsewhere", .determinism, "Workers in different processes give the same responses.",
      broken: "Addresses, times, process numbers or seeds are in the response.", seconds: 20
    ) { context throws(CheckEnd) in
      let plan = try CheckBench(deterministic: &context).plan
      let real = try RealKind(context)
      var usual: [PerformAnswer] = []
      for number in 1...2 {
        context.step("worker process \(number)")
        let answers = try real.answers(of: plan.requests, shared: plan.shared)
        if number > 1 { try compare(answers, usual, "of another process") }
        usual = answers
      }
      return .pass
    },
  ]

  private static func compare(
    _ found: [PerformAnswer], _ usual: [PerformAnswer], _ when: String
  ) throws(CheckEnd) {
    for (index, pair) in zip(found, usual).enumerated() where pair.0 != pair.1 {
      throw .broken(
        "\(pair.0.difference(from: pair.1)) \(when) (request \(index + 1))",
        expected: "the same response",
        cure: "Make it of the request and of what is shared alone, or do not say DETERMINISTIC.")
    }
  }
}

extension CheckBench {
  /// Skips a kind that does not say DETERMINISTIC.
  fileprivate init(deterministic context: inout CheckContext) throws(CheckEnd) {
    guard try context.subject().hooks.flags & TH_KIND_DETERMINISTIC != 0 else {
      throw .needless("it does not say DETERMINISTIC")
    }
    try self.init(&context)
  }
}
