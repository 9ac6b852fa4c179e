internal import CPosix
internal import CTaskHost
internal import Hooks
internal import PluginLoading
internal import Scheduling
internal import Wire
internal import WorkerPool

/// One run of one kind: finds and loads it, lets it plan, runs the tasks, and sums up.
package final class Run {
  let options: RunOptions
  private let reporter: any Reporter
  let inbox = LogInbox()
  let kind: KindQueue
  private let startedAt = cpx_now()
  private let runID = RunIdentifier.random()
  private let warnings: [String]
  private let jobs: JobBudget
  private var inputTasks: InputTasks?

  /// Loads the kind. Errors: no such kind, refused (101), wrong options (2).
  package init(options: RunOptions, reporter: any Reporter) throws(RunError) {
    guard options.workers >= 1, options.workers <= Pool.Options.mostWorkers else {
      throw RunError(.usage, "\(options.workers) workers: expected 1 to \(Pool.Options.mostWorkers)")
    }
    self.options = options
    self.reporter = reporter
    // From here on it is a question and no end; it is answered as soon as tasks run.
    guard cpx_status_install() == 0 else { throw RunError(.infrastructure, "SIGUSR1 can not be caught") }
    let choice = try KindChoice(options)
    let inbox = self.inbox
    let loaded: LoadedKind
    do throws(Refusal) {
      loaded = try LoadedKind.load(
        choice.entry.path, origin: choice.entry.source.origin, expecting: choice.entry.manifest.id,
        settings: options.settings
      ) { level, text in
        inbox.add(LogLine(level: LogLevel(rawValue: level) ?? .info, worker: nil, message: text))
      }
    } catch {
      throw RunError(.pluginRefused, error.description)
    }
    let plugin = loaded.plugin
    let known = choice.warnings
    jobs = try JobBudget(options)
    warnings =
      options.warnings + jobs.warnings + Self.copyWarnings(options, plugin) + known
      + plugin.warnings.map(\.description).filter { !known.contains($0) }
    do throws(HookError) {
      kind = try KindQueue(plugin: plugin, services: loaded.services, maxFrame: options.maxFrameBytes)
    } catch {
      // What the user has set is refused in queue_new, as the first hook that sees it.
      throw RunError(
        error.code == TH_E_BAD_INPUT ? .usage : .pluginRefused,
        "kind \(plugin.table.name) could not start in the host: \(error.message)",
        causes: ["\(error.hook) returned \(statusName(error.code))"])
    }
  }

  private static func copyWarnings(_ options: RunOptions, _ plugin: Plugin) -> [String] {
    guard options.copies.factor > 0, !plugin.table.flags.contains(.idempotent) else { return [] }
    return [
      "--speculate has no effect: kind \(plugin.table.name) does not say that its requests may be performed twice (TH_KIND_IDEMPOTENT)"
    ]
  }

  /// To the end. Errors are those of the run as a whole: the kind could not plan (104), the machinery failed (107).
  package func execute() throws(RunError) -> RunSummary {
    let pool: Pool
    do throws(SystemError) {
      pool = try Pool(kind: kind, options: poolOptions) { [self] event in
        drainLog()
        reporter.report(.pool(event))
      } beforeWaiting: { [self] in
        drainLog()
        try reporter.flush()
      }
    } catch {
      throw RunError(.infrastructure, "the pool of workers could not be made: \(error.message)")
    }
    defer { kind.free() }
    kind.tracer = options.tracer
    inbox.onArrival { [waker = pool.waker] in waker.wake() }
    pool.onInterrupt = { [reporter] signal, running in
      reporter.report(.cancelling(.signal(signal), running: running))
    }
    pool.onTimeout = { [reporter, limits = options.limits] running in
      reporter.report(.cancelling(.timeout(nanoseconds: limits.runTime), running: running))
    }
    pool.onPause = { [reporter] pause in
      switch pause {
      case .paused(let running): reporter.report(.paused(running: running))
      case .resumed(let length): reporter.report(.resumed(pausedNanoseconds: length))
      }
    }
    let tasks = try prepare(pool)
    reporter.report(.started(start(tasks: tasks.count)))
    for warning in warnings { reporter.report(.pool(.warning(warning))) }
    do {
      try pool.run(tasks.source)
    } catch let error as SystemError {
      throw RunError(.infrastructure, "the host's event loop failed: \(error.message)")
    } catch let error as RunError {
      throw error
    } catch {
      throw RunError(.cannotWrite, "output could not be written: \(error)")
    }
    try judgeInput(pool)
    let summary = try summarise(pool)
    drainLog()
    reporter.report(.finished(summary))
    do {
      try reporter.flush()
    } catch let error as RunError {
      throw error
    } catch {
      throw RunError(.cannotWrite, "output could not be written: \(error)")
    }
    return summary
  }

  var poolOptions: Pool.Options {
    var pool = Pool.Options()
    // A run of the command is all that its process is there for.
    pool.ownsProcess = true
    pool.workers = jobs.workers
    pool.jobserver = jobs.jobserver
    pool.maxFrame = options.maxFrameBytes
    pool.window = options.window
    pool.limits = options.limits
    pool.startLimit = options.startLimitNanoseconds
    pool.settings = options.settings
    pool.localWorker = options.localWorker
    pool.localLog = { [inbox] level, text in
      inbox.add(LogLine(level: LogLevel(rawValue: level) ?? .info, worker: 1, message: text))
    }
    pool.wantsTaskEvents = options.wantsTaskEvents
    pool.wantsPrints = true
    pool.keepsOrder = options.keepsOrder
    pool.readsKeys = options.readsKeys
    pool.launcher = options.launcher
    pool.tracer = options.tracer
    pool.standby = options.standby ?? pool.workers
    pool.forkServer = options.forkServer
    pool.retry = options.retry
    pool.copies = options.copies
    pool.maxFailures = options.maxFailures
    pool.failFastKills = options.failFastKills
    pool.resources = options.resources
    pool.adoptsOrphans = options.adoptsOrphans
    return pool
  }

  /// Lets the kind plan, if all words are known; those of an input are read within the run.
  private func prepare(_ pool: Pool) throws(RunError) -> (source: any TaskSource, count: Int?) {
    let words = options.words.map { Array($0.utf8) }
    if let input = options.input {
      let source = InputTasks(words: words, input: input, plan: makePlan)
      inputTasks = source
      return (source, nil)
    }
    let plan = try makePlan(words)
    if plan.count == 0 { throw nothingToRun(pool, Self.wordCount(words.count)) }
    return (PlannedTasks(plan), plan.count)
  }

  /// What there is to say of an input when the run is over.
  private func judgeInput(_ pool: Pool) throws(RunError) {
    guard let inputTasks, let name = options.input?.name else { return }
    if let failure = inputTasks.failure {
      if inputTasks.isEmpty { throw failure }
      reporter.report(.pool(.warning(failure.message)))
    } else if inputTasks.isCutShort {
      reporter.report(.pool(.warning("\(name) was not read to its end")))
    } else if inputTasks.isEmpty {
      throw nothingToRun(pool, "\(name) has no words")
    }
  }

  private static func wordCount(_ count: Int) -> String {
    count == 0 ? "no words were given" : count == 1 ? "one word was given" : "\(count) words were given"
  }

  private func nothingToRun(_ pool: Pool, _ words: String) -> RunError {
    if pool.totals[DiagnosticSeverity.error] > 0 {
      return RunError(.badInput, "kind \(kind.table.name) found nothing that it can work on")
    }
    return RunError(
      .nothingToRun, "there is nothing to run: \(words), and kind \(kind.table.name) made no tasks")
  }

  func makePlan(_ words: [[UInt8]]) throws(RunError) -> KindQueue.Plan {
    do throws(HookError) {
      return try kind.plan(words: words)
    } catch {
      drainLog()
      throw RunError(.badInput, error.message)
    }
  }

  private func start(tasks: Int?) -> RunStart {
    let table = kind.table
    return RunStart(
      runID: runID, kind: table.name, kindID: table.id, kindVersion: table.version,
      pluginPath: kind.plugin.path, abi: "\(table.abi)", workers: poolOptions.workers,
      inProcess: options.localWorker != nil, tasks: tasks)
  }

  private func drainLog() {
    guard let lines = inbox.take() else { return }
    for line in lines { reporter.report(.pool(.log(line))) }
  }

  // MARK: Summing up

  private func summarise(_ pool: Pool) throws(RunError) -> RunSummary {
    let elapsed = cpx_now() - startedAt - pool.pausedNanoseconds
    var totals = th_totals()
    totals.size = UInt32(MemoryLayout<th_totals>.size)
    totals.workers = UInt32(poolOptions.workers)
    totals.tasks = UInt64(pool.totals.outcomes.reduce(0, +))
    totals.passed = pool.totals.cases.passed
    totals.pending = pool.totals.cases.pending
    totals.failed = pool.totals.cases.failed
    totals.elapsed_ns = elapsed
    let text: String?
    do throws(HookError) {
      text = try kind.summary(totals)
    } catch {
      throw RunError(.badInput, "kind \(kind.table.name) could not sum up: \(error.message)")
    }
    let outcomes: [(outcome: String, count: Int)] = Outcome.allCases.compactMap { outcome in
      let count = pool.totals[outcome]
      return count == 0 ? nil : ("\(outcome)", count)
    }
    let words = outcomes.map { "\($0.count) \($0.outcome)" }.joined(separator: ", ")
    return RunSummary(
      outcomes: outcomes, tasks: Int(totals.tasks), cases: pool.totals.cases, elapsedNanoseconds: elapsed,
      workersStarted: Int(pool.workerCount), peakWorkerMemoryBytes: pool.totals.peakWorkerMemory,
      text: text ?? "\(totals.tasks) task\(totals.tasks == 1 ? "" : "s"): \(words.isEmpty ? "none" : words)",
      exitCode: exitCode(pool), failure: pool.failure?.message,
      signal: pool.interruption, isOverTime: pool.isOverTime,
      superseded: pool.totals.superseded)
  }

  private func exitCode(_ pool: Pool) -> ExitCode {
    let totals = pool.totals
    var code = ExitCode.ok
    if totals[.pending] > 0 || totals.cases.pending > 0 || totals[DiagnosticSeverity.incomplete] > 0 {
      code = code.worse(.incomplete)
    }
    let bad: [Outcome] = [
      .failed, .expired, .timeout, .limit, .error, .unmatched, .cancelled,
    ]
    if bad.contains(where: { totals[$0] > 0 }) || totals.cases.failed > 0
      || totals[DiagnosticSeverity.failed] > 0 || totals[DiagnosticSeverity.limit] > 0
    {
      code = code.worse(.failed)
    }
    if pool.isOverTime { code = code.worse(.failed) }
    if totals[DiagnosticSeverity.error] > 0 || inputTasks?.failure != nil { code = code.worse(.badInput) }
    let isRefused = pool.failure?.isPermanent ?? false
    if isRefused { code = code.worse(.pluginRefused) }
    // What was never started for it needs no other reason.
    if totals[.crashed] > 0 || (totals[.lost] > 0 && !isRefused) { code = code.worse(.infrastructure) }
    return code
  }
}
