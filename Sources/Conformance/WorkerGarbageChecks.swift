internal import CTaskHost

/// Hooks of a worker and those that run anywhere, given what nobody has made: only crashes and unknown codes count.
extension Check {
  static let workerGarbageChecks: [Check] = [
    Check(
      "perform-garbage", .worker, "perform survives requests that nobody has made.",
      broken: "A request of another version of the kind costs a worker, and is tried again.", seconds: 20,
      isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      bench.subject.isStrict = true
      try context.throwing("the request", like: bench.requests) { bytes throws(CheckEnd) in
        try bench.worker.perform(bytes).requireStatus("perform")
      }
      return .pass
    },
    Check(
      "shared-garbage", .worker, "worker_new survives shared bytes that nobody has made.",
      broken: "Workers crash one after the other where host and kind have different versions.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      bench.subject.isStrict = true
      try context.throwing("what is shared", like: [bench.shared]) { bytes throws(CheckEnd) in
        let worker = CheckWorker(trying: bench.subject, shared: bytes, queue: bench.queue)
        try worker.start.requireStatus("worker_new")
        if worker.start.status >= 0 { worker.free() }
      }
      return .pass
    },
    Check(
      "host-feedback-garbage", .worker, "on_feedback survives feedback that nobody has sent.",
      broken: "One broadcast ends all workers.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      guard bench.subject.hooks.on_feedback != nil else { return .pass(figure: "no on_feedback") }
      bench.subject.isStrict = true
      try context.throwing("the feedback", like: bench.requests) { bytes throws(CheckEnd) in
        _ = bench.worker.feedback(bytes)
      }
      bench.subject.isStrict = false
      context.step("a request after the feedback")
      _ = bench.worker.perform(bench.requests[0])
      return .pass
    },
  ]
}
