internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Scheduling
internal import Synchronization
internal import Wire
internal import WorkerPool

/// A run on its way, on its thread.
struct RunCourse {
  let run: Run
  let queue: KindQueue
  let reporter: any RunReporter
  let translator: RunTranslator

  private var options: RunOptions { run.options }

  init(_ run: Run, _ queue: KindQueue, _ reporter: any RunReporter) {
    self.run = run
    self.queue = queue
    self.reporter = reporter
    translator = RunTranslator(run.options.worker.surroundings, tags: run.options.tagsOutput)
  }

  func execute(_ tracer: TraceRelay?) throws(RunError) -> RunSummary {
    let journal = try options.journal.map { (journal) throws(RunError) in
      try JournalKeeper(journal, run.kind)
    }
    let jobLog = try options.jobLog.map { (path) throws(RunError) in
      try JobLogFile(
        path: path, goesOn: options.journal?.resumes ?? false, grace: options.worker.limits.grace)
    }
    let jobs = try JobBudget(options)
    let pool = try makePool(jobs, tracer, journal, jobLog)
    listen(to: pool)
    let (source, input, count) = try prepare(pool)
    if let halt = options.halt, let count { pool.halt(after: halt.number(of: count)) }
    reporter.report(.started(start(jobs, tasks: count)))
    for warning in options.warnings + jobs.warnings + run.warnings {
      reporter.report(.warning(warning))
    }
    try go(pool, source)
    try judge(input, pool)
    let summary = try summarise(pool, jobs, input)
    drainLog()
    reporter.report(.finished(summary))
    do { try reporter.flush() } catch { throw Self.lost(error) }
    return summary
  }

  private func makePool(
    _ jobs: JobBudget, _ tracer: TraceRelay?, _ journal: JournalKeeper?, _ jobLog: JobLogFile?
  ) throws(RunError) -> Pool {
    var pool = options.forPool(run.kind, run.surroundings, jobs)
    pool.journal = journal
    pool.jobLog = jobLog
    pool.mailbox = run.mailbox
    // What is passed on unread can not be tagged.
    if !options.tagsOutput, let reporter = reporter as? any PrintedFileReporter {
      pool.onPrintedFile = { [self, reporter] range in
        drainLog()
        return reporter.show(PrintedFile(range))
      }
    }
    pool.tracer = tracer
    pool.localLog = { [inbox = run.inbox] level, text in
      inbox.add(1, KindLogLine(level: KindLogLine.Level(level), message: text))
    }
    pool.adoptsOrphans = options.ownsProcess && OwnProcess.protect()
    queue.tracer = tracer
    let losing = journal == nil ? nil : reporter as? any LosingReporter
    do throws(SystemError) {
      return try Pool(kind: queue, options: pool) { event in
        drainLog()
        translator.tell(event, reporter)
      } beforeWaiting: {
        drainLog()
        try reporter.flush()
        try jobLog?.flush()
        // What has been noted is not told again: so it is told before it is noted.
        if losing?.hasLostOutput == true { journal?.stop() }
        try journal?.flush()
      }
    } catch {
      throw RunError(.infrastructure, "the pool of workers could not be made: \(error.message)")
    }
  }

  private func listen(to pool: Pool) {
    run.inbox.onArrival { [waker = pool.waker] in waker.wake() }
    pool.onInterrupt = { [reporter] signal, running in
      reporter.report(.cancelling(.signal(signal), running: running))
    }
    pool.onTimeout = { [reporter, limit = options.timeLimit ?? .zero] running in
      reporter.report(.cancelling(.timeout(limit), running: running))
    }
    pool.onPause = { [reporter] pause in
      switch pause {
      case .paused(let running): reporter.report(.paused(running: running))
      case .resumed(let length): reporter.report(.resumed(after: Duration(nanoseconds: length)))
      }
    }
  }

  /// To the end of the last worker.
  private func go(_ pool: Pool, _ source: any TaskSource) throws(RunError) {
    do {
      try pool.run(source)
    } catch {
      // The process that is the run's ends now, and its workers with it.
      if !options.ownsProcess { pool.abandon(because: "the run has failed") }
      if let error = error as? ControlGroupsRefused {
        throw RunError(
          .infrastructure, error.description,
          hint: "systemd-run --user --scope -p Delegate=yes taskhost run ...")
      }
      if let error = error as? SystemError {
        throw RunError(.infrastructure, "the host's event loop failed: \(error.message)")
      }
      throw Self.lost(error)
    }
    if !options.ownsProcess { pool.abandon(because: "the run has ended") }
  }

  private static func lost(_ error: any Error) -> RunError {
    error as? RunError ?? RunError(.cannotWrite, "output could not be written: \(error)")
  }

  private func drainLog() {
    guard let lines = run.inbox.take() else { return }
    for (worker, line) in lines { reporter.report(.log(worker: worker, line)) }
  }

  private func start(_ jobs: JobBudget, tasks: Int?) -> RunStart {
    let kind = run.kind
    return RunStart(
      runID: RunIdentifier.random(), kind: kind.name, kindID: kind.id, kindVersion: kind.version,
      pluginPath: kind.path, abi: "\(kind.plugin.table.abi)", workers: jobs.workers,
      inProcess: options.inThisProcess, tasks: tasks)
  }

  // MARK: Only shown

  /// Gives the line of each task that would be performed, in order; `beforeWaiting` is called where more input has to be waited for.
  func list(
    _ body: (UnsafeRawBufferPointer) throws(RunError) -> Void, beforeWaiting: () throws(RunError) -> Void
  ) throws(RunError) -> ExitCode {
    let journal = try options.journal.map { (journal) throws(RunError) in
      try JournalKeeper(journal, run.kind, isDryRun: true)
    }
    // It is never run, so it starts nothing.
    let pool = try makePool(JobBudget(workers: 1), nil, nil, nil)
    let (source, input, _) = try prepare(pool)
    for warning in options.warnings + run.warnings { reporter.report(.warning(warning)) }
    var failure: RunError?
    var count: UInt32 = 0
    while failure == nil {
      switch source.state {
      case .ready:
        source.take(Self.listedAtOnce) { task, _ in
          count &+= 1
          if failure != nil || journal?.admits(task, as: count, shared: source.shared) == false { return }
          queue.line(task) { line in
            do throws(RunError) { try body(line) } catch { failure = error }
          }
        }
      case .waiting(let descriptor):
        try beforeWaiting()
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, -1)
        source.readOn()
      case .idle, .ended:
        try judge(input, pool)
        drainLog()
        return exitCode(pool, input)
      }
      drainLog()
    }
    throw failure ?? RunError(.internalError, "nothing has failed")
  }

  private static let listedAtOnce = 1024

  // MARK: What there is to do

  /// Lets the kind plan, if all words are known; those of an input are read within the run.
  private func prepare(
    _ pool: Pool
  ) throws(RunError) -> (source: any TaskSource, input: InputTasks?, count: Int?) {
    let words = options.wordBytes
    if let input = options.input {
      let source = InputTasks(words: words, input: input, limit: options.worker.maxFrameBytes, plan: plan)
      return (source, source, nil)
    }
    let plan = try plan(words)
    if plan.count == 0 { throw nothingToRun(pool, Self.wordCount(words.count)) }
    return (PlannedTasks(plan), nil, plan.count)
  }

  func plan(_ words: [[UInt8]]) throws(RunError) -> KindQueue.Plan {
    do throws(HookError) {
      return try queue.plan(words: words)
    } catch {
      drainLog()
      throw RunError(.badInput, error.message)
    }
  }

  /// What there is to say of an input when the run is over.
  private func judge(_ tasks: InputTasks?, _ pool: Pool) throws(RunError) {
    guard let tasks, let name = options.input?.name else { return }
    if let failure = tasks.failure {
      if tasks.isEmpty { throw failure }
      reporter.report(.warning(failure.message))
    } else if tasks.isCutShort {
      reporter.report(.warning("\(name) was not read to its end"))
    } else if tasks.isEmpty {
      throw nothingToRun(pool, "\(name) has no words")
    }
  }

  private static func wordCount(_ count: Int) -> String {
    count == 0 ? "no words were given" : count == 1 ? "one word was given" : "\(count) words were given"
  }

  private func nothingToRun(_ pool: Pool, _ words: String) -> RunError {
    if pool.totals[DiagnosticSeverity.error] > 0 {
      return RunError(.badInput, "kind \(run.kind.name) found nothing that it can work on")
    }
    return RunError(
      .nothingToRun, "there is nothing to run: \(words), and kind \(run.kind.name) made no tasks")
  }

  // MARK: Summing up

  private func summarise(_ pool: Pool, _ jobs: JobBudget, _ input: InputTasks?) throws(RunError) -> RunSummary
  {
    let elapsed = cpx_now() - run.startedAt - pool.pausedNanoseconds
    let ended = TaskSetResult(pool.totals)
    var totals = th_totals()
    totals.size = UInt32(MemoryLayout<th_totals>.size)
    totals.workers = UInt32(jobs.workers)
    totals.tasks = UInt64(ended.tasks - ended[.skipped])
    totals.passed = ended.cases.passed
    totals.pending = ended.cases.pending
    totals.failed = ended.cases.failed
    totals.elapsed_ns = elapsed
    let text: String?
    do throws(HookError) {
      text = try queue.summary(totals)
    } catch {
      throw RunError(.badInput, "kind \(run.kind.name) could not sum up: \(error.message)")
    }
    return RunSummary(
      ended: ended, elapsed: Duration(nanoseconds: elapsed), workersStarted: Int(pool.workerCount),
      peakWorkerMemoryBytes: pool.totals.peakWorkerMemory,
      text: text ?? "\(ended.tasks) task\(ended.tasks == 1 ? "" : "s"): \(ended.text)",
      exitCode: exitCode(pool, input), failure: pool.failure?.message, signal: pool.interruption,
      isOverTime: pool.isOverTime, isCancelled: run.wasCancelled.load(ordering: .relaxed),
      superseded: pool.totals.superseded)
  }

  private func exitCode(_ pool: Pool, _ input: InputTasks?) -> ExitCode {
    let totals = pool.totals
    var code = ExitCode.ok
    // What was asked for is there, whatever has become of the others.
    let isSuccess = pool.isHalted && options.halt?.condition == .success
    if !isSuccess,
      totals[.pending] > 0 || totals.cases.pending > 0 || totals[DiagnosticSeverity.incomplete] > 0
    {
      code = code.worse(.incomplete)
    }
    var bad: [Outcome] = [.failed, .expired, .timeout, .limit, .error, .unmatched]
    // Those that were left over on demand are no failures.
    if !pool.isHalted || options.halt?.condition != .end { bad.append(.cancelled) }
    if !isSuccess,
      bad.contains(where: { totals[$0] > 0 }) || totals.cases.failed > 0
        || totals[DiagnosticSeverity.failed] > 0 || totals[DiagnosticSeverity.limit] > 0
    {
      code = code.worse(.failed)
    }
    if pool.isOverTime { code = code.worse(.failed) }
    if totals[DiagnosticSeverity.error] > 0 || input?.failure != nil { code = code.worse(.badInput) }
    let isRefused = pool.failure?.isPermanent ?? false
    if isRefused { code = code.worse(.pluginRefused) }
    // What was never started for it needs no other reason.
    if totals[.crashed] > 0 || (totals[.lost] > 0 && !isRefused) { code = code.worse(.infrastructure) }
    return code
  }
}

/// The process of a run that owns it.
enum OwnProcess {
  /// Workers have the rights of this user: what they could do by accident to the process that watches over them is made
  /// impossible, and what they leave behind comes to this process. True if that is so.
  static func protect() -> Bool {
    cpx_allow_inspection(false)
    return cpx_adopt_orphans() == 0
  }
}
