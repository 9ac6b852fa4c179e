internal import WorkerPool

/// What a pool is at, at one moment.
public struct PoolView: Sendable {
  /// One task or call.
  public struct Task: Sendable {
    /// Where it is.
    public enum State: Hashable, Sendable {
      /// For a worker, or for its turn.
      case queued
      /// Waits for the time of its next trial.
      case delayed
      /// It was sent to this worker.
      case running(worker: UInt64)
      /// Its end is being settled.
      case ending
    }
    /// In the order of acceptance, from 1.
    public var number: UInt64
    /// The kind's word for it; "call" for a call.
    public var name: String
    /// Where it is.
    public var state: State
    /// Higher goes first.
    public var priority: Int32
    /// Since its acceptance.
    public var age: Duration
  }

  /// One worker.
  public struct Worker: Sendable {
    /// Where it is.
    public enum State: Hashable, Sendable {
      /// `worker_new` has not finished.
      case starting
      /// It performs requests, or waits for some.
      case ready
      /// It gets no more requests.
      case ending
    }
    /// As events call it.
    public var number: UInt64
    /// -1 in this process.
    public var pid: Int32
    /// Where it is.
    public var state: State
    /// It has stayed at least once, so its kind may know what it has.
    public var isOld: Bool
    /// Tasks and calls that it has answered.
    public var jobsDone: UInt64
    /// Requests that it holds.
    public var inFlight: Int
  }

  /// Those at work first, then those that wait, in the order in which they would be started.
  public var tasks: [Task]
  /// Those that have not been reaped.
  public var workers: [Worker]
  /// How many wait for a worker, with those that were not taken out of their list yet.
  public var queued: Int
  /// How many requests workers hold.
  public var running: Int
  /// How many wait for the time of their next trial.
  public var delayed: Int
  /// How many workers may be at work.
  public var workersAllowed: Int
  /// What tasks and calls have come to up to now.
  public var ended: TaskSetResult
  /// One-way requests that did not come to a good end.
  public var oneWayFailures: UInt64

  init(_ snapshot: PoolSnapshot, oneWayFailures: UInt64) {
    tasks = snapshot.tasks.map { task in
      let state: Task.State =
        switch task.state {
        case .queued: .queued
        case .delayed: .delayed
        case .running(let worker): .running(worker: worker)
        case .ending: .ending
        }
      return Task(
        number: task.number, name: task.name, state: state, priority: task.priority,
        age: .nanoseconds(Int64(clamping: task.ageNanoseconds)))
    }
    workers = snapshot.workers.map { worker in
      let state: Worker.State =
        switch worker.state {
        case .starting: .starting
        case .ready: .ready
        case .ending: .ending
        }
      return Worker(
        number: worker.number, pid: worker.pid, state: state, isOld: worker.isOld, jobsDone: worker.jobsDone,
        inFlight: worker.inFlight)
    }
    queued = snapshot.queued
    running = snapshot.running
    delayed = snapshot.delayed
    workersAllowed = snapshot.workersAllowed
    ended = TaskSetResult(snapshot.totals)
    self.oneWayFailures = oneWayFailures
  }
}
