internal import CPosix
internal import CTaskHost

/// What the host's side makes of tasks, responses and deaths.
extension Check {
  static let taskChecks: [Check] = [
    Check(
      "request-statuses", .host,
      "request_of_task says TH_OK, TH_NONE or a failure, for Fresh workers and for Old ones.",
      broken: "The task ends as error, with a code that nobody knows."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      var views = [WorkerView()]
      for (task, response) in zip(bench.tasks, bench.responses()) {
        let used = bench.queue.use(response, of: task)
        if used.status == TH_STAY {
          views.append(WorkerView(isOld: true, competence: used.bytes, jobsDone: 1))
        }
      }
      for view in views {
        for task in bench.tasks {
          context.step(view.isOld ? "a task for an Old worker" : "a task for a Fresh worker")
          try bench.queue.request(of: task, view).requireStatus("request_of_task", [TH_OK, TH_NONE])
        }
      }
      return .pass
    },
    Check(
      "match-steady", .host, "task_match answers alike when nothing has changed.",
      broken:
        "It is not asked again until the worker has changed: a task that it refused by chance waits or is lost."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      guard bench.subject.hooks.task_match != nil else { return .pass(figure: "no task_match") }
      for view in [WorkerView(), WorkerView(isOld: true, competence: Array("?".utf8), jobsDone: 3)] {
        for task in bench.tasks {
          let first = bench.queue.matches(task, view)
          for _ in 0..<8 where bench.queue.matches(task, view) != first {
            return .fail(
              Finding(
                "both yes and no for one task and one worker", expected: "one answer",
                cure: "Answer from the task, the competence and the queue's state; count nothing in it."))
          }
        }
      }
      return .pass
    },
    Check(
      "match-quick", .host, "task_match takes less than a millisecond of processor time.",
      broken: "It is asked for each pair of task and worker, on the thread that feeds all workers."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      guard let hook = bench.subject.hooks.task_match else { return .pass(figure: "no task_match") }
      let input = GuardedInput(bench.tasks[0], "the task", isStrict: false, bench.subject.notebook)
      var status = WorkerView().raw(th_bytes(ptr: nil, len: 0))
      let times = 50
      let start = processorTime()
      for _ in 0..<times {
        _ = bench.subject.notebook.during("task_match") { hook(bench.queue.state, &status, th_bytes(input)) }
      }
      let each = (processorTime() - start) / UInt64(times)
      guard each >= 1_000_000 else { return .pass(figure: "\(each) ns") }
      return .fail(
        Finding(
          "\(each / 1000) microseconds", expected: "less than 1000",
          cure: "Decide in plan or use_response, and only compare here."))
    },
    Check(
      "response-statuses", .host, "use_response says TH_STAY, TH_END or a failure.",
      broken: "The task ends as error although it was performed."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for (task, response) in zip(bench.tasks, bench.responses()) {
        let used = bench.queue.use(response, of: task)
        try used.requireStatus("use_response", [TH_STAY, TH_END])
      }
      return .pass
    },
    Check(
      "competence-small", .host, "A competence has at most 64 KiB.",
      broken: "The task ends as error; each hook that is asked about the worker gets all of it."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for (task, response) in zip(bench.tasks, bench.responses()) {
        let used = bench.queue.use(response, of: task)
        guard used.status == TH_STAY, used.bytes.count > 64 << 10 else { continue }
        return .fail(
          Finding(
            "a competence of \(used.bytes.count) bytes", expected: "at most 65536",
            cure: "Write a name or number, and keep the rest in the queue or in the worker."))
      }
      return .pass
    },
    Check(
      "new-tasks-usable", .host, "Tasks that use_response adds become requests like those of plan.",
      broken: "They end as error, one after the other."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for (task, response) in zip(bench.tasks, bench.responses()) {
        let used = bench.queue.use(response, of: task)
        guard used.status >= 0 else { continue }
        try used.requireOrder("use_response")
        for item in used.items.prefix(16) {
          let asked = bench.queue.request(
            of: item.bytes, WorkerView(isOld: used.status == TH_STAY, competence: used.bytes, jobsDone: 1))
          if asked.status < 0 {
            return .fail(
              Finding(
                "request_of_task returned \(asked.told) for a task of use_response",
                expected: "TH_OK or TH_NONE",
                cure: "Write tasks in the form that plan writes."))
          }
        }
      }
      return .pass
    },
  ]

  static let endingChecks: [Check] = [
    Check(
      "gone-any-cause", .host,
      "on_task_gone takes each cause, with and without a task, and the queue works on.",
      broken: "A worker that dies takes the host with it."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      return try gone(
        bench, &context, "on_task_gone",
        (TH_GONE_CANCELLED...TH_GONE_UNSTARTED).filter { $0 != TH_GONE_UNDECODABLE })
    },
    Check(
      "marshal-error-any", .host,
      "on_marshal_error takes both directions and any sizes, and the queue works on.",
      broken: "A response that is too large takes the host with it."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      return try gone(bench, &context, "on_marshal_error", [TH_GONE_UNDECODABLE])
    },
    Check(
      "splits-has-hook", .host, "A kind that says SPLITS has on_task_gone.",
      broken: "The host asks at the first death, nobody answers, and the task is lost without a second trial."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      guard subject.hooks.flags & TH_KIND_SPLITS != 0 else { return .pass }
      guard subject.hooks.on_task_gone == nil else { return .pass }
      return .fail(
        Finding(
          "TH_KIND_SPLITS and no on_task_gone", expected: "both or none",
          cure: "Write on_task_gone, which replaces the task by smaller ones, or drop the flag."))
    },
    Check(
      "summary-line", .host, "summary writes one line of text for any totals, at most 64 KiB.",
      broken: "The last line of a run is missing or garbled."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      guard subject.hooks.summary != nil else { return .pass(figure: "no summary") }
      let queue = try CheckQueue(subject)
      defer { queue.free() }
      for value in [0, 1, 1000, UInt64.max] {
        context.step("totals of \(value)")
        var totals = th_totals()
        totals.workers = 2
        (totals.tasks, totals.passed, totals.elapsed_ns) = (value, value, value)
        let answer = queue.summary(totals)
        try answer.requireStatus("summary")
        try answer.requireOrder("summary")
        let isText = String(validating: answer.bytes, as: UTF8.self) != nil
        if !isText || answer.bytes.contains(0x0A) || answer.bytes.count > 64 << 10 {
          return .fail(
            Finding(
              isText ? "\(answer.bytes.count) bytes in several lines" : "bytes that are not UTF-8",
              expected: "one line of text", cure: "Report findings with diagnostic, and a sum here."))
        }
      }
      return .pass
    },
  ]

  /// All causes, each with a task; the death of a worker also without.
  private static func gone(
    _ bench: CheckBench, _ context: inout CheckContext, _ hook: String, _ causes: [UInt32]
  ) throws(CheckEnd) -> Verdict {
    for cause in causes {
      for direction: UInt32 in cause == TH_GONE_UNDECODABLE ? [1, 2] : [0] {
        var view = GoneView(cause: cause)
        view.direction = direction
        view.code = cause == TH_GONE_FAILED ? TH_E_BAD_INPUT : 0
        view.signal = cause == TH_GONE_WORKER_DIED ? 9 : -1
        (view.actual, view.limit) = (1 << 40, 16 << 20)
        let tasks: [[UInt8]?] =
          cause == TH_GONE_WORKER_DIED || cause == TH_GONE_UNDECODABLE
          ? [bench.tasks[0], nil] : [bench.tasks[0]]
        for task in tasks {
          context.step("cause \(cause) \(task == nil ? "without" : "with") a task")
          let answer = bench.queue.gone(task, view)
          try answer.requireStatus(hook, [TH_OK])
          try answer.requireOrder(hook)
          for item in answer.items.prefix(16) where bench.queue.request(of: item.bytes).status < 0 {
            return .fail(
              Finding(
                "\(hook) gave a task in place of another that request_of_task refuses",
                expected: "tasks as plan makes them",
                cure: "Write tasks in the form that plan writes."))
          }
        }
      }
    }
    context.step("the queue afterwards")
    let again = bench.queue.request(of: bench.tasks[0])
    guard again.status == TH_OK || again.status == TH_NONE else {
      return .fail(
        Finding(
          "request_of_task returned \(again.told) after \(hook)", expected: "a request as before",
          cure: "Leave the queue in order whatever has happened to a task."))
    }
    return .pass
  }
}
