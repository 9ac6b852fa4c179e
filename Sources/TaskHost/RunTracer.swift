internal import WorkerPool

/// Records the course of a ``Run`` in time. Times are nanoseconds of the monotonic clock, without the time in which the run was paused;
/// only those of hooks, and of what is marked in them, hold it. Called on the thread of the run only.
public protocol RunTracer: AnyObject {
  /// A hook of the kind in the host.
  func hook(_ name: StaticString, from start: UInt64, to end: UInt64)
  /// What the plugin has marked within the hook that was told last.
  func hookSpan(_ name: String, from start: UInt64, to end: UInt64)
  /// How many spans more it has marked than are kept.
  func hookDropped(_ count: UInt64, at time: UInt64)
  /// The process exists.
  func workerSpawned(_ worker: UInt64, pid: Int32)
  /// Its own `worker_new` has finished.
  func workerReady(_ worker: UInt64, from start: UInt64, to end: UInt64)
  /// It has ended, for this reason.
  func workerEnded(_ worker: UInt64, because reason: String, at time: UInt64)
  /// A trial has ended.
  func trial(_ trial: TrialTrace)
  /// What the plugin has marked within the trial that was told last.
  func span(_ name: String, worker: UInt64, from start: UInt64, to end: UInt64)
  /// How many spans more it has marked than are kept.
  func dropped(_ count: UInt64, worker: UInt64, at time: UInt64)
  /// The task gets another trial.
  func retry(_ task: UInt64, worker: UInt64, at time: UInt64)
  /// The task has ended; it was accepted at `start`.
  func task(_ number: UInt64, name: String, outcome: String, from start: UInt64, to end: UInt64)
  /// The clock of the run has stood still for this long.
  func paused(for length: UInt64)
  /// The run is about to wait. Throws when the trace can not be written: the run ends with that.
  func settle(queued: Int, running: Int, at time: UInt64) throws
}

/// One attempt at a task in time: it waited, it was sent, the worker began it and came to an end with it.
public struct TrialTrace: Sendable {
  /// The number of the task.
  public var task: UInt64
  /// The kind's name for it.
  public var name: String
  /// The number of the worker.
  public var worker: UInt64
  /// Counts the trials of the task from 1.
  public var number: Int
  /// How it ended, in a word.
  public var result: String
  /// Nil but for the first trial.
  public var queuedAt: UInt64?
  /// The request went out.
  public var sentAt: UInt64
  /// The worker began it.
  public var startedAt: UInt64
  /// It had ended.
  public var endedAt: UInt64

  init(_ trial: TracedTrial) {
    task = trial.task
    name = trial.name
    worker = trial.worker
    number = trial.number
    result = trial.result
    queuedAt = trial.queuedAt
    sentAt = trial.sentAt
    startedAt = trial.startedAt
    endedAt = trial.endedAt
  }
}

/// What a pool records, for a tracer of a run.
final class TraceRelay: Tracer {
  private let tracer: any RunTracer

  init(_ tracer: any RunTracer) { self.tracer = tracer }

  func hook(_ name: StaticString, from start: UInt64, to end: UInt64) {
    tracer.hook(name, from: start, to: end)
  }
  func hookSpan(_ name: String, from start: UInt64, to end: UInt64) {
    tracer.hookSpan(name, from: start, to: end)
  }
  func hookDropped(_ count: UInt64, at time: UInt64) { tracer.hookDropped(count, at: time) }
  func workerSpawned(_ worker: UInt64, pid: Int32) { tracer.workerSpawned(worker, pid: pid) }
  func workerReady(_ worker: UInt64, from start: UInt64, to end: UInt64) {
    tracer.workerReady(worker, from: start, to: end)
  }
  func workerEnded(_ worker: UInt64, because reason: String, at time: UInt64) {
    tracer.workerEnded(worker, because: reason, at: time)
  }
  func trial(_ trial: TracedTrial) { tracer.trial(TrialTrace(trial)) }
  func span(_ name: String, worker: UInt64, from start: UInt64, to end: UInt64) {
    tracer.span(name, worker: worker, from: start, to: end)
  }
  func dropped(_ count: UInt64, worker: UInt64, at time: UInt64) {
    tracer.dropped(count, worker: worker, at: time)
  }
  func retry(_ task: UInt64, worker: UInt64, at time: UInt64) {
    tracer.retry(task, worker: worker, at: time)
  }
  func task(_ number: UInt64, name: String, outcome: String, from start: UInt64, to end: UInt64) {
    tracer.task(number, name: name, outcome: outcome, from: start, to: end)
  }
  func paused(for length: UInt64) { tracer.paused(for: length) }
  func settle(queued: Int, running: Int, at time: UInt64) throws {
    try tracer.settle(queued: queued, running: running, at: time)
  }
}
