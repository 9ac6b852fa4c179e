internal import CPosix
internal import Glibc
internal import TaskHost

/// A whole run of the kind with worker processes, as `taskhost run` makes it, and what it has told.
final class ObservedRun {
  struct Ending: Hashable {
    var outcome: TaskOutcome
    var cases: CaseCount
    var tries: Int
    var message: String
  }

  /// What must be alike in runs of the same words.
  struct Outcome: Hashable, Comparable {
    var name: String
    var outcome: TaskOutcome
    var cases: CaseCount

    static func < (a: Outcome, b: Outcome) -> Bool { a.text < b.text }

    var text: String {
      "\(name): \(outcome.rawValue) (\(cases.passed) passed, \(cases.pending) pending, \(cases.failed) failed)"
    }
  }

  private(set) var queued: Set<UInt64> = []
  private(set) var endings: [UInt64: [Ending]] = [:]
  private(set) var outcomes: [Outcome] = []
  private(set) var findings = 0
  private(set) var reports: [ExitReport] = []
  private(set) var warnings: [String] = []
  private(set) var tooLarge = 0
  private(set) var summary: RunSummary?
  /// The worker that has become ready last, while it lives.
  private(set) var lastReady: Int32?
  /// Workers that were killed from outside.
  fileprivate(set) var killed: Set<Int32> = []

  /// Runs to the end. Skips words that the kind refuses, and kinds whose workers do not start.
  init(
    _ real: RealKind, words: [String], workers: Int = 1, _ change: (inout RunOptions) -> Void = { _ in },
    during: @escaping (ObservedRun, Run, RunEvent) -> Void = { _, _, _ in }
  ) throws(CheckEnd) {
    var options = RunOptions()
    options.words = words
    options.workers = workers
    options.wantsTaskEvents = true
    options.standby = 0
    options.timeLimit = .seconds(6)
    options.worker.closeGrace = .milliseconds(500)
    change(&options)
    do throws(RunError) {
      let run = try Run(real.kind, options)
      summary = try run.execute { event in
        self.note(event)
        during(self, run, event)
      }
    } catch {
      switch error.exitCode {
      case .badInput, .nothingToRun, .usage, .pluginRefused: throw .skipped("the run is refused: \(error)")
      default:
        throw .broken(
          "the run ended with: \(error)", expected: "an outcome for each task",
          cure: "taskhost run --plugin FILE shows more.")
      }
    }
    let start = reports.compactMap { report -> String? in
      if case .startFailed(_, let message) = report.reason { message } else { nil }
    }
    if let start = start.first, !endings.values.joined().contains(where: { $0.outcome == .passed }) {
      throw .skipped("workers do not start (\(start)); workers-start is about that")
    }
  }

  private func note(_ event: RunEvent) {
    switch event {
    case .task(let task):
      switch task.change {
      case .queued, .pinned: queued.insert(task.number)
      case .tooLarge: tooLarge += 1
      case .stale: break
      case .ended(let outcome, let tries, _, let cases, let message):
        endings[task.number, default: []].append(
          Ending(outcome: outcome, cases: cases, tries: tries, message: message))
        outcomes.append(Outcome(name: task.name, outcome: outcome, cases: cases))
      }
    case .worker(let worker):
      if case .ready = worker.change { lastReady = worker.pid }
      if case .ended(let report) = worker.change {
        if lastReady == worker.pid { lastReady = nil }
        reports.append(report)
      }
    case .finding: findings += 1
    case .warning(let text): warnings.append(text)
    default: break
    }
  }

  /// SIGKILL, from outside.
  func kill(_ pid: Int32) {
    guard pid > 0 else { return }
    killed.insert(pid)
    Glibc.kill(pid, SIGKILL)
  }

  /// The first ending of a worker that nobody has asked for, in words.
  var abnormalEnd: String? {
    reports.first { $0.isAbnormal && !killed.contains($0.pid) }.map { report in
      let tail = report.errorTail.split(separator: "\n").last.map { ": \($0)" } ?? ""
      return "\(report)\(tail)"
    }
  }

  /// What differs from another run, in words; nil if nothing does.
  func difference(from other: ObservedRun) -> String? {
    let (mine, theirs) = (outcomes.sorted(), other.outcomes.sorted())
    guard mine != theirs else { return nil }
    if mine.count != theirs.count { return "\(mine.count) tasks, not \(theirs.count)" }
    guard let pair = zip(mine, theirs).first(where: { $0.0 != $0.1 }) else { return nil }
    let message = endings.values.joined().first { $0.outcome == pair.0.outcome && !$0.message.isEmpty }
    return "\(pair.0.text), not \(pair.1.text)\(message.map { "; \($0.message)" } ?? "")"
  }

  /// Each task that was queued has ended once, and nothing else has.
  func requireOneEnding(_ when: String) throws(CheckEnd) {
    let cure = "taskhost run --message-format jsonl shows each event; hooks of the host must return."
    if let summary, summary.isOverTime {
      throw .broken("the run had not ended after 6 s \(when)", expected: "an end", cure: cure)
    }
    for number in queued.sorted() where endings[number]?.count != 1 {
      throw .broken(
        "task \(number) has ended \(endings[number]?.count ?? 0) times \(when)", expected: "once", cure: cure)
    }
    if let stranger = endings.keys.first(where: { !queued.contains($0) }) {
      throw .broken("task \(stranger) has ended and was never queued", expected: "no such task", cure: cure)
    }
  }
}

/// Asks a run for its status again and again, from another thread, until it is told to stop.
final class StatusClock: @unchecked Sendable {
  // Read by its thread, written by the one who made it.
  private let isOver: UnsafeMutablePointer<UInt64> = .allocate(capacity: 1)
  private let run: Run
  private var thread = pthread_t()
  private var isRunning = false

  init(_ run: Run) {
    self.run = run
    isOver.initialize(to: 0)
    isRunning =
      pthread_create(
        &thread, nil,
        { clock in
          Unmanaged<StatusClock>.fromOpaque(clock!).takeRetainedValue().ask()
          return nil
        }, Unmanaged.passRetained(self).toOpaque()) == 0
  }

  deinit { isOver.deallocate() }

  private func ask() {
    while cpx_load(isOver) == 0 {
      run.askStatus()
      usleep(150)
    }
  }

  func stop() {
    guard isRunning else { return }
    isRunning = false
    cpx_store(isOver, 1)
    pthread_join(thread, nil)
  }
}
