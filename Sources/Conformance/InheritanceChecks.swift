internal import CPosix
internal import CTaskHost

/// Kinds that say FORK_SAFE: the state that worker_new makes is inherited by fork.
extension Check {
  static let inheritanceChecks: [Check] = [
    Check(
      "fork-safe-no-threads", .isolation, "worker_new of a kind that says FORK_SAFE starts no threads.",
      broken: "Threads are not inherited: the host executes workers instead, at ten times the cost."
    ) { context throws(CheckEnd) in
      let plan = try forkSafePlan(&context)
      let before = cpx_thread_count()
      let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
      let started = cpx_thread_count() - before
      worker.free()
      guard started > 0 else { return .pass }
      return .fail(
        Finding(
          "\(started) threads after worker_new", expected: "none",
          cure: "Start them in worker_forked and in the first perform, or do not say FORK_SAFE."))
    },
    Check(
      "fork-safe-state-works", .isolation,
      "State that worker_new made before a fork works in each copy, one after the other.",
      broken: "Every worker but the first answers something else, or crashes."
    ) { context throws(CheckEnd) in
      let plan = try forkSafePlan(&context)
      // Neither has seen a request before; the one that is asked here comes last, since it is what the copies are made of.
      let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
      var copies: [[PerformAnswer]] = []
      for number in 1...2 {
        context.step("copy \(number) of a process with a worker in it")
        copies.append(
          try answers("copy \(number) of the worker's process") { () -> [UInt8] in
            guard resume(worker) else { return [] }
            let answers = worker.answers(plan.requests)
            worker.free()
            return answers.told
          })
      }
      context.step("the worker that was copied")
      let usual = worker.answers(plan.requests)
      let isDeterministic = worker.answersAlike(plan.requests)
      for (number, copy) in copies.enumerated() {
        guard copy.count == usual.count else {
          return .fail(
            Finding(
              "worker_forked failed in copy \(number + 1)", expected: "TH_OK",
              cure: "Open anew in worker_forked what can not be inherited."))
        }
        for (index, pair) in zip(copy, usual).enumerated() {
          let isSame = isDeterministic ? pair.0 == pair.1 : (pair.0.status < 0) == (pair.1.status < 0)
          guard !isSame else { continue }
          return .fail(
            Finding(
              "\(pair.0.difference(from: pair.1)) for request \(index + 1), in copy \(number + 1)",
              expected: "the same as in a worker that was not forked",
              cure: "Read files at positions (pread), and open connections in worker_forked."))
        }
      }
      return .pass
    },
    Check(
      "fork-safe-copies-apart", .isolation,
      "What one copy of a forked worker does is not seen by another one.",
      broken: "Two workers answer for each other: they share a file position, a map of a file, or a socket."
    ) { context throws(CheckEnd) in
      let plan = try forkSafePlan(&context)
      let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
      func copy(_ requests: [[UInt8]]) throws(CheckEnd) -> [PerformAnswer] {
        try answers("a copy of the worker's process") { () -> [UInt8] in
          resume(worker) ? worker.answers(requests).told : []
        }
      }
      let last = [plan.requests[plan.requests.count - 1]]
      context.step("a copy that performs one request")
      let alone = try copy(last)
      guard !alone.isEmpty else { throw .skipped("worker_forked refuses") }
      let isRepeatable = try copy(last) == alone
      context.step("a copy that performs all requests")
      _ = try copy(plan.requests + plan.requests)
      context.step("a copy that performs one request, after another copy has performed all")
      let after = try copy(last)
      guard let found = after.first, let usual = alone.first else { return .pass }
      // Some give another response each time.
      let isSame = isRepeatable ? found == usual : (found.status < 0) == (usual.status < 0)
      if isSame { return .pass }
      return .fail(
        Finding(
          "\(found.difference(from: usual)) in a copy, after another one had performed requests",
          expected: "the same as before", cure: "Map files privately (MAP_PRIVATE), and read them with pread."
        ))
    },
  ]

  private static func forkSafePlan(_ context: inout CheckContext) throws(CheckEnd) -> CheckPlan {
    guard try context.subject().hooks.flags & TH_KIND_FORK_SAFE != 0 else {
      throw .needless("it does not say FORK_SAFE")
    }
    return try CheckPlan(&context)
  }

  /// In a copy, as the first thing.
  private static func resume(_ worker: CheckWorker) -> Bool {
    let hook = worker.subject.hooks.worker_forked
    let answer = worker.subject.ask("worker_forked", []) { call, _, _ in hook?(worker.state, call) ?? TH_OK }
    return answer.status >= 0
  }

  private static func answers(
    _ what: String, _ body: () -> [UInt8]
  ) throws(CheckEnd) -> [PerformAnswer] {
    let end = try CopiedProcess.run(body)
    guard case .told(let bytes) = end, let answers = [PerformAnswer](told: bytes) else {
      throw .broken(
        "\(what) \(end.failure ?? "told nothing")", expected: "responses",
        cure: "Make nothing in worker_new that a copy can not use; put it right in worker_forked.")
    }
    return answers
  }
}
