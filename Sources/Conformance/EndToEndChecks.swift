internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading
internal import TaskHost

/// Whole runs with worker processes.
extension Check {
  static let endToEndChecks: [Check] = wholeRunChecks + faultChecks + workerProcessChecks

  /// As a rule; such a check starts processes.
  static let endToEndSeconds = 20.0

  private static let wholeRunChecks: [Check] = [
    Check(
      "workers-start", .endToEnd,
      "A worker process starts, with the same table as in the host, and ends in order.",
      broken: "No task is performed.", enforced: .refused(["L26"]), seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      let plan = try CheckPlan(&context)
      guard CheckWorker(trying: plan.subject, shared: plan.shared, queue: plan.queue).start.status >= 0 else {
        throw .skipped("worker_new refuses; worker-starts is about that")
      }
      let real = try RealKind(context)
      let kind = real.kind
      let shared = plan.shared
      let started = cpx_now()
      let problem = RealKind.wait { () -> String? in
        do {
          try await Worker.spawn(kind, shared: shared).shutdown()
          return nil
        } catch {
          return "\(error)"
        }
      }
      guard let problem else { return .pass(figure: duration(cpx_now() - started)) }
      return .fail(
        Finding(
          problem, expected: "a worker that starts",
          cure: "Return the same table in each process, and make all that worker_new needs of what is shared."
        ))
    },
    alike(
      "workers-as-in-process", "Worker processes come to the same outcomes as --in-process.",
      broken: "What is tried with --in-process says nothing about workers.",
      cure: "Let nothing depend on the process: globals of the queue are not there in a worker."
    ) { real, words throws(CheckEnd) in
      let usual = try ObservedRun(real, words: words) { $0.inThisProcess = true }
      return (try ObservedRun(real, words: words, executed), usual, "with a worker process")
    },
    alike(
      "two-workers-as-one", "Two workers come to the same outcomes as one.",
      broken: "Results depend on -j.",
      cure: "Two processes share files, ports and locks: give each worker names of its own."
    ) { real, words throws(CheckEnd) in
      let usual = try ObservedRun(real, words: words, executed)
      return (try ObservedRun(real, words: words, workers: 2, executed), usual, "with two workers")
    },
    alike(
      "fresh-workers-alike", "Tasks come to the same outcomes where each has a worker of its own.",
      broken: "A task fails after TH_END or a death: it needs what another one has left.",
      cure: "Send what a task needs in its request; say by task_match which workers will do."
    ) { real, words throws(CheckEnd) in
      let usual = try ObservedRun(real, words: words, executed)
      let found = try ObservedRun(real, words: words) { options in
        options.worker.limits.tasksOfOneWorker = 1
        options.worker.usesForkServer = false
      }
      return (found, usual, "where each task has a fresh worker")
    },
    alike(
      "forked-workers-alike", "Workers that are forked come to the same outcomes as those that are executed.",
      broken: "The first tasks of a run pass, and those after the first death fail.",
      cure: "Put right in worker_forked what can not be inherited, or do not say FORK_SAFE."
    ) { real, words throws(CheckEnd) in
      let usual = try ObservedRun(real, words: words) { options in
        options.worker.limits.tasksOfOneWorker = 1
        options.worker.usesForkServer = false
      }
      let found = try ObservedRun(real, words: words) { $0.worker.limits.tasksOfOneWorker = 1 }
      return (found, usual, "with forked workers")
    },
    Check(
      "frames-at-limit", .endToEnd,
      "What is larger than a frame ends as an error or as smaller tasks, and the rest goes on.",
      broken: "One large task ends the whole run, or it never ends.", seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let answers = bench.worker.answers(bench.requests)
      let sizes = bench.requests.map(\.count) + answers.map(\.bytes.count)
      guard let most = sizes.max(), most > 1 else { throw .needless("no request and response has bytes") }
      let real = try RealKind(context)
      let words = context.words
      for limit in [most, most - 1, max(1, most / 2)] {
        let run = try ObservedRun(real, words: words) { $0.worker.maxFrameBytes = limit }
        try run.requireOneEnding("with frames of \(limit) bytes")
        if let end = run.abnormalEnd {
          return .fail(
            Finding(
              "\(end), with frames of \(limit) bytes", expected: "a failure",
              cure: "Look at what th_reserve and th_write return, and pass it on."))
        }
      }
      return .pass(figure: "largest: \(most) bytes")
    },
  ]

  /// No worker is forked: one check is about that.
  @Sendable private static func executed(_ options: inout RunOptions) {
    options.worker.usesForkServer = false
  }

  private typealias TwoRuns =
    @Sendable (RealKind, [String]) throws(CheckEnd) -> (ObservedRun, ObservedRun, String)

  /// A check that two runs come to the same. Their function gives the second one first, and what is special about it.
  private static func alike(
    _ id: String, _ rule: String, broken consequence: String, cure: String,
    _ runs: @escaping TwoRuns
  ) -> Check {
    Check(id, .endToEnd, rule, broken: consequence, seconds: endToEndSeconds) { context throws(CheckEnd) in
      let real = try RealKind(context)
      let (found, usual, when) = try runs(real, context.words)
      if let end = found.abnormalEnd, usual.abnormalEnd == nil {
        throw .broken("\(end), \(when)", expected: "workers that end in order", cure: cure)
      }
      try found.requireOneEnding(when)
      if found.outcomes.contains(where: { $0.outcome == .unmatched }) {
        throw .skipped("task_match refuses fresh workers")
      }
      guard let difference = found.difference(from: usual) else {
        return .pass(figure: "\(found.outcomes.count) tasks")
      }
      let finding = Finding("\(difference), \(when)", expected: "the same outcomes", cure: cure)
      return real.flags.contains(.deterministic) ? .fail(finding) : .warn(finding)
    }
  }
}
