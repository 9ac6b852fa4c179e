internal import Scheduling
internal import WorkerPool

/// Tells what happens in the pool of a run in the library's words. Of the thread of the run.
struct RunTranslator {
  private let surroundings: WorkerSurroundings
  private let forwarder: LineForwarder?
  private let tagger: PrintTagger?

  init(_ surroundings: WorkerSurroundings, tags: Bool = false) {
    self.surroundings = surroundings
    tagger = tags ? PrintTagger() : nil
    forwarder =
      [surroundings.standardOutput, surroundings.standardError].contains(.forwarded) ? LineForwarder() : nil
  }

  @inline(__always)
  func tell(_ event: consuming PoolEvent, _ reporter: any RunReporter) {
    if let forwarder, isPassedOn(event, forwarder) { return }
    if let tagger, case .printed(var report) = event {
      report.bytes = tagger.tagged(report)
      return reporter.report(.printed(PrintedBytes(report)))
    }
    reporter.report(RunEvent(event))
  }

  private func isPassedOn(_ event: PoolEvent, _ forwarder: LineForwarder) -> Bool {
    switch event {
    case .worker(let report):
      if case .ended = report.event { forwarder.end(worker: report.id) }
      return false
    case .output(let worker, let stream, let bytes):
      guard surroundings.output(stream) == .forwarded else { return false }
      forwarder.forward(bytes, worker: worker, stream: stream)
      return true
    default: return false
    }
  }
}

extension RunEvent {
  @inline(__always)
  init(_ event: consuming PoolEvent) {
    switch event {
    case .worker(let report): self = .worker(Worker(report))
    case .task(let report): self = .task(Task(report))
    case .trial(let report): self = .trial(Trial(report))
    case .feedback(let worker, let bytes): self = .feedback(worker: worker, bytes: bytes)
    case .diagnostic(let report): self = .finding(Finding(report))
    case .output(let worker, let stream, let bytes):
      self = .output(worker: worker, stream: stream, bytes: bytes)
    case .printed(let report): self = .printed(PrintedBytes(report))
    case .log(let line): self = .log(worker: line.worker, KindLogLine(line))
    case .progress(let report):
      self = .progress(
        Progress(done: report.done, total: report.total, units: report.units, running: report.running))
    case .status(let report): self = .status(Status(report))
    case .warning(let text): self = .warning(text)
    }
  }
}

extension WorkerSurroundings {
  /// Where the bytes of this descriptor of workers go.
  func output(_ stream: Int32) -> Output { stream == 1 ? standardOutput : standardError }
}

extension KindLogLine {
  init(_ line: LogLine) { self.init(level: Level(line.level.rawValue), message: line.message) }
}

extension RunEvent.Worker {
  init(_ report: WorkerReport) {
    let change: Change =
      switch report.event {
      case .spawned: .spawned
      case .fresh: .ready
      case .old(let jobsDone, let competenceBytes):
        .stayed(jobsDone: jobsDone, competenceBytes: competenceBytes)
      case .dying: .dying
      case .ended(let end): .ended(ExitReport(worker: report.id, pid: report.pid, end))
      }
    self.init(number: report.id, slot: report.slot, pid: report.pid, change: change)
  }
}

extension RunEvent.Task {
  init(_ report: TaskReport) {
    let change: Change =
      switch report.event {
      case .queued(let parent): .queued(parent: parent)
      case .pinned(let worker, let parent): .pinned(worker: worker, parent: parent)
      case .stale: .stale
      case .marshalError(let direction, let actual, let limit, let message):
        .tooLarge(
          direction == .toWorker ? .toWorker : .fromWorker, bytes: actual, limit: limit, message: message)
      case .finished(let outcome, let tries, let duration, let cases, let message):
        .ended(
          TaskOutcome(outcome), tries: tries, duration: Duration(nanoseconds: duration),
          cases: CaseCount(cases), message: message)
      }
    self.init(number: report.number, name: report.name, change: change)
  }
}

extension RunEvent.Trial {
  init(_ report: TrialReport) {
    let result: Result =
      switch report.result {
      case .answered: .answered
      case .failed(let code, let message): .failed(code: code, message: message)
      case .crashed: .crashed
      case .cancelled: .cancelled
      case .timedOut: .timedOut
      case .exceeded(let limit): .limit(limit)
      case .superseded: .superseded
      }
    let printed = report.output
    self.init(
      task: report.task, worker: report.worker, number: report.number, result: result,
      duration: Duration(nanoseconds: report.durationNanoseconds),
      exit: report.death.map { ExitReport(worker: report.worker, pid: -1, $0) },
      output: printed.isEmpty
        ? nil : Output(head: printed.head, tail: Array(printed.tail), omitted: printed.omitted))
  }
}

extension RunEvent.Status {
  init(_ report: StatusReport) {
    self.init(
      running: report.running.map { entry in
        let state: Running.State =
          switch entry.state {
          case .sent: .sent
          case .performing: .performing
          case .cancelling: .cancelling
          }
        return Running(
          task: entry.task, name: entry.name, worker: entry.worker, pid: entry.pid, state: state,
          elapsed: Duration(nanoseconds: entry.elapsedNanoseconds), done: entry.done, total: entry.total)
      }, waiting: report.waiting, queued: report.queued, done: report.done, starting: report.starting)
  }
}

extension Duration {
  @inline(__always)
  init(nanoseconds: UInt64) { self.init(attoseconds: Int128(nanoseconds) * 1_000_000_000) }
}
