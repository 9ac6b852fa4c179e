internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading
internal import TaskHost

/// Runs in which workers are killed.
extension Check {
  static let faultChecks: [Check] = [
    Check(
      "kills-end-once", .endToEnd,
      "When workers are killed at random moments, each task still ends once, and the hooks of the host take it.",
      broken: "A worker that is killed takes the run with it, or a task is lost or counted twice.",
      seconds: endToEndSeconds, isRandom: true
    ) { context throws(CheckEnd) in
      let real = try RealKind(context)
      var dice = context.dice
      var killed = 0
      for round in 1...3 {
        context.step("run \(round), in which workers are killed")
        var left = 3
        let run = try ObservedRun(
          real, words: repeated(context.words), workers: 2, { $0.worker.limits.tasksOfOneWorker = 4 }
        ) { run, _, event in
          guard left > 0 else { return }
          switch event {
          case .worker(let worker):
            if case .ready = worker.change, dice.pick(2) == 0 {
              left -= 1
              run.kill(worker.pid)
            }
          case .trial:
            if dice.pick(4) == 0, let pid = run.lastReady {
              left -= 1
              run.kill(pid)
            }
          default: break
          }
        }
        killed += run.killed.count
        try run.requireOneEnding("after \(run.killed.count) kills")
        if let end = run.abnormalEnd {
          return .fail(
            Finding(
              "\(end), after others were killed", expected: "workers that work on",
              cure: "Leave nothing behind that the next worker trips over: locks, files with fixed names."))
        }
      }
      return .pass(figure: "\(killed) workers killed")
    },
    Check(
      "retried-after-kill", .endToEnd,
      "A task of a kind that says IDEMPOTENT comes to the same outcome when its worker is killed while it performs.",
      broken: "The second trial is not what the first would have been: the task is lost, or done by half.",
      seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      let real = try RealKind(context)
      guard real.flags.contains(.idempotent) else { throw .needless("it does not say IDEMPOTENT") }
      // What is killed leaves its temporary files.
      let directory = try TemporaryDirectory.inPlace()
      defer { directory.removeAndLeave() }
      let usual = try ObservedRun(real, words: context.words)
      // A task of a kind that splits may be down to what can not be split any more: whose workers then die again, is to blame.
      let mostKills = real.flags.contains(.splits) ? 1 : 2
      context.step("a run whose workers are killed while they perform")
      var clock: StatusClock?
      let found = try ObservedRun(real, words: context.words, { _ in }) { run, observed, event in
        if clock == nil, case .started = event { clock = StatusClock(observed) }
        guard case .status(let status) = event, run.killed.count < mostKills else { return }
        for worker in status.running where worker.state == .performing && run.killed.count < mostKills {
          run.kill(worker.pid)
        }
        if run.killed.count >= mostKills { clock?.stop() }
      }
      clock?.stop()
      try found.requireOneEnding("after \(found.killed.count) kills")
      if found.killed.isEmpty { return .pass(figure: "too quick to be killed") }
      // One that splits may come to smaller tasks, and count them in its own way: what is bad of them is the same.
      let isSplit =
        real.flags.contains(.splits)
        && found.summary?.ended.cases.failed == usual.summary?.ended.cases.failed
      if !isSplit, let difference = found.difference(from: usual) {
        return .fail(
          Finding(
            "\(difference), after \(found.killed.count) workers were killed while they performed",
            expected: "the same outcomes",
            cure:
              "Leave nothing half done: write to a new file and rename it; use locks that end with a process."
          ))
      }
      return .pass(figure: "\(found.killed.count) workers killed")
    },
    Check(
      "killed-halfway", .endToEnd,
      "A request of a kind that says IDEMPOTENT has the same response after a trial that was killed halfway.",
      broken: "The second trial finds what the first has left: a lock, or half a file.",
      seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      let plan = try CheckPlan(&context)
      guard plan.subject.hooks.flags & TH_KIND_IDEMPOTENT != 0 else {
        throw .needless("it does not say IDEMPOTENT")
      }
      // What is killed leaves its temporary files.
      let directory = try TemporaryDirectory.inPlace()
      defer { directory.removeAndLeave() }
      var killed = 0
      for (index, request) in plan.requests.prefix(4).enumerated() {
        func answer(dying: Bool) throws(CheckEnd) -> CopiedProcess.End {
          try CopiedProcess.run { () -> [UInt8] in
            do throws(CheckEnd) {
              let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
              var shape = CheckOutput.Shape(room: 0)
              // The first thing that is written finds no room.
              if dying { shape.onGrow = { kill(getpid(), SIGKILL) } }
              return [PerformAnswer(worker.perform(request, shape))].told
            } catch {
              return []
            }
          }
        }
        context.step("request \(index + 1) in a process of its own")
        guard case .told(let usual) = try answer(dying: false), !usual.isEmpty else {
          throw .skipped("perform does not come to an end")
        }
        var isDeterministic = plan.subject.hooks.flags & TH_KIND_DETERMINISTIC != 0
        if isDeterministic, case .told(let second) = try answer(dying: false) {
          isDeterministic = second == usual
        }
        context.step("request \(index + 1), killed when it writes its response")
        if case .died(SIGKILL) = try answer(dying: true) { killed += 1 }
        context.step("request \(index + 1), after it was killed")
        let again = try answer(dying: false)
        guard case .told(let found) = again, let before = [PerformAnswer](told: usual)?.first,
          let after = [PerformAnswer](told: found)?.first
        else {
          return .fail(finding("perform \(again.failure ?? "told nothing")", index))
        }
        let isSame = isDeterministic ? after == before : (after.status < 0) == (before.status < 0)
        if !isSame { return .fail(finding(after.difference(from: before), index)) }
      }
      return .pass(figure: killed == 0 ? "nothing is written in perform" : "\(killed) killed")
    },
    Check(
      "run-cancelled", .endToEnd, "A run that is cancelled ends soon, with an outcome for each task.",
      broken: "After Ctrl-C somebody waits, or kills it and loses what was done.", seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      let real = try RealKind(context)
      var cancelledAt: UInt64 = 0
      var endedAt: UInt64 = 0
      var trials = 0
      var clock: StatusClock?
      let words = repeated(context.words)
      let run = try ObservedRun(real, words: words, { $0.worker.closeGrace = .seconds(2) }) {
        _, observed, event in
        switch event {
        case .started: clock = StatusClock(observed)
        case .trial: trials += 1
        case .finished: endedAt = cpx_now()
        default: break
        }
        // While one is performed, or after some that were too quick to be seen.
        var isTime = trials >= 3
        if case .status(let status) = event, status.running.contains(where: { $0.state == .performing }) {
          isTime = true
        }
        guard isTime, cancelledAt == 0 else { return }
        cancelledAt = cpx_now()
        observed.cancel()
      }
      clock?.stop()
      try run.requireOneEnding("after a cancel")
      guard cancelledAt > 0 else { throw .skipped("the run was over too soon") }
      let figure = duration(endedAt - cancelledAt)
      guard endedAt - cancelledAt > 1_000_000_000 else { return .pass(figure: figure) }
      let finding = Finding(
        "the run ended \(figure) after it was cancelled", expected: "less than a second",
        cure: "Ask th_cancelled in long loops.")
      return real.flags.contains(.pollsCancel) ? .fail(finding) : .warn(finding)
    },
  ]

  private static func finding(_ what: String, _ index: Int) -> Finding {
    Finding(
      "\(what) for request \(index + 1), after a trial that was killed halfway",
      expected: "the same response",
      cure:
        "Use locks that end with their process (flock), and new files that are renamed when they are whole.")
  }

  /// Enough tasks that some wait, where words become tasks.
  private static func repeated(_ words: [String]) -> [String] {
    var all = words
    while !words.isEmpty, all.count < 12 { all += words }
    return all
  }
}
