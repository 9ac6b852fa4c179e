public import CTaskHost

/// The kind's state in the host. Its hooks come from the protocols below; one is called at a time.
public protocol TaskQueue: AnyObject {}

/// What the host knows of a worker.
public struct WorkerStatus {
  /// The C value.
  public let raw: UnsafePointer<th_worker_status>
  init(_ raw: UnsafePointer<th_worker_status>) { self.raw = raw }

  /// Whether the worker has no competence yet.
  public var isFresh: Bool { raw.pointee.is_old == 0 }
  /// What the last response made of this worker.
  public var competence: Bytes { Bytes(raw.pointee.competence) }
  /// The worker's number.
  public var workerID: UInt64 { raw.pointee.worker_id }
  /// How many responses it has given.
  public var jobsDone: UInt64 { raw.pointee.jobs_done }
}

/// Why a task will not get a response, or why a worker without one is gone.
public struct Gone {
  /// The causes of the C header.
  public enum Cause: UInt32, Sendable {
    /// It was cancelled.
    case cancelled = 1
    /// Its time to be started had passed.
    case expired = 2
    /// Its worker died.
    case workerDied = 3
    /// `perform` returned a failure.
    case failed = 4
    /// It took too long.
    case timeout = 5
    /// It needed more than it may.
    case limit = 6
    /// No worker would take it.
    case unmatched = 7
    /// A frame could not be read or was too large.
    case undecodable = 8
    /// No worker of this kind could be started.
    case unstarted = 9
  }

  /// The C value.
  public let raw: UnsafePointer<th_gone>
  init(_ raw: UnsafePointer<th_gone>) { self.raw = raw }

  /// The cause; nil for one that is newer than this SDK.
  public var cause: Cause? { Cause(rawValue: raw.pointee.cause) }
  /// What `perform` returned.
  public var code: th_status { raw.pointee.code }
  /// The signal that ended the worker; nil for none.
  public var signal: Int32? { raw.pointee.signal < 0 ? nil : raw.pointee.signal }
  /// Trials so far.
  public var tries: Int { Int(raw.pointee.tries) }
  /// For people.
  public var text: String { Bytes(raw.pointee.text).text }
}

/// What becomes of a task that is gone.
public enum GoneAnswer: Sendable {
  /// The outcome stands; items written to the list replace the task.
  case settled
  /// It is tried again, within the policy.
  case retry
}

/// What becomes of a worker after its response.
public enum WorkerAnswer: Sendable {
  /// It stays, with the competence that was written.
  case stay
  /// A fresh worker takes its place.
  case end
}

/// What a run has come to.
public struct Totals {
  /// The C value.
  public let raw: UnsafePointer<th_totals>
  init(_ raw: UnsafePointer<th_totals>) { self.raw = raw }

  /// Places for workers.
  public var workers: Int { Int(raw.pointee.workers) }
  /// Tasks that ended.
  public var tasks: UInt64 { raw.pointee.tasks }
  /// Nanoseconds since the run began.
  public var elapsedNanoseconds: UInt64 { raw.pointee.elapsed_ns }
}

/// Turns the words of a submission into tasks.
public protocol PlanningQueue: TaskQueue {
  /// Writes one item for each task, and to `shared` what every worker needs.
  func plan(words: Words, call: Call, shared: Output, tasks: ListOutput) throws
}

/// Makes requests that are not just their tasks.
public protocol RequestingQueue: TaskQueue {
  /// Writes the request; false when the task is stale.
  func request(of task: Bytes, for worker: WorkerStatus, call: Call, request: Output) throws -> Bool
}

/// Chooses which worker may take which task.
public protocol MatchingQueue: TaskQueue {
  /// Must be quick.
  func matches(_ task: Bytes, _ worker: WorkerStatus) -> Bool
}

/// Uses responses.
public protocol RespondingQueue: TaskQueue {
  /// May write a competence for the worker, and new tasks.
  func use(
    response: Bytes, of task: Bytes, from worker: WorkerStatus, call: Call, competence: Output,
    tasks: ListOutput
  ) throws -> WorkerAnswer
}

/// Hears of tasks that end without a response.
public protocol GoneQueue: TaskQueue {
  /// `task` is nil when a worker died that held none.
  func gone(_ gone: Gone, task: Bytes?, call: Call, tasks: ListOutput) throws -> GoneAnswer
}

/// Hears of requests and responses that could not be carried.
public protocol MarshalErrorQueue: TaskQueue {
  /// As for `GoneQueue`.
  func marshalError(_ gone: Gone, task: Bytes?, call: Call, tasks: ListOutput) throws -> GoneAnswer
}

/// Hears the feedback of workers.
public protocol FeedbackQueue: TaskQueue {
  /// In the order in which the worker sent it.
  func feedback(_ bytes: Bytes, fromWorker worker: UInt64, call: Call)
}

/// Adds to the environment of fresh workers.
public protocol EnvironmentQueue: TaskQueue {
  /// Writes items of the form NAME=value.
  func environment(call: Call, items: ListOutput) throws
}

/// Sums a run up in the kind's own words.
public protocol SummarizingQueue: TaskQueue {
  /// Writes one line; the place for a last check.
  func summary(of totals: Totals, call: Call, text: Output) throws
}
