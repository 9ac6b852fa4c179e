internal import CTaskHost

/// Hooks of the host, given what nobody has made: only crashes and unknown codes count.
extension Check {
  static let hostGarbageChecks: [Check] = [
    Check(
      "request-garbage", .host, "request_of_task and task_match survive tasks that nobody has made.",
      broken: "A task that was written by another version of the kind crashes the host.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      bench.subject.isStrict = true
      try context.throwing("the task", like: bench.tasks) { bytes throws(CheckEnd) in
        try bench.queue.request(of: bytes).requireStatus("request_of_task", [TH_OK, TH_NONE])
        _ = bench.queue.matches(bytes)
      }
      return .pass
    },
    Check(
      "competence-garbage", .host,
      "request_of_task and task_match survive competences that nobody has made.",
      broken: "A worker of another version of the kind crashes the host.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let competences = zip(bench.tasks, bench.responses()).map { bench.queue.use($1, of: $0).bytes }
      bench.subject.isStrict = true
      try context.throwing("the competence", like: competences) { bytes throws(CheckEnd) in
        let view = WorkerView(isOld: true, competence: bytes, jobsDone: 1)
        try bench.queue.request(of: bench.tasks[0], view).requireStatus("request_of_task", [TH_OK, TH_NONE])
        _ = bench.queue.matches(bench.tasks[0], view)
      }
      return .pass
    },
    Check(
      "response-garbage", .host, "use_response survives responses that nobody has made.",
      broken: "A worker that has gone wrong takes the host with it.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let responses = bench.responses()
      bench.subject.isStrict = true
      try context.throwing("the response", like: responses) { bytes throws(CheckEnd) in
        try bench.queue.use(bytes, of: bench.tasks[0]).requireStatus("use_response", [TH_STAY, TH_END])
      }
      return .pass
    },
    Check(
      "feedback-garbage", .host, "forward_feedback survives feedback that nobody has sent.",
      broken: "A worker that has gone wrong takes the host with it.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      guard bench.subject.hooks.forward_feedback != nil else { return .pass(figure: "no forward_feedback") }
      var feedback: [[UInt8]] = []
      for request in bench.requests { feedback += bench.worker.perform(request).call.feedback }
      bench.subject.isStrict = true
      try context.throwing("the feedback", like: feedback) { bytes throws(CheckEnd) in
        _ = bench.queue.feedback(bytes)
      }
      return .pass
    },
    Check(
      "call-garbage", .host,
      "on_call of a kind that offers host_service survives requests that nobody has sent.",
      broken: "A worker that has gone wrong takes the host with it.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      guard bench.subject.hasService else { return .pass(figure: "no host_service") }
      bench.subject.isStrict = true
      try context.throwing("the request of a call", like: bench.requests) { bytes throws(CheckEnd) in
        let answer = bench.queue.call(bytes)
        try answer.requireStatus("on_call", [TH_OK, TH_NONE])
        try answer.requireOrder("on_call")
      }
      return .pass
    },
  ]
}
