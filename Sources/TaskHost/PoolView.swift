internal import WorkerPool

/// What a pool is at, at one moment.
public struct PoolView: Sendable {
  public struct Task: Sendable {
    public enum State: Hashable, Sendable {
      case queued
      /// Waits for the time of its next trial.
      case delayed
      case running(worker: UInt64)
      /// Its end is being settled.
      case ending
    }
    /// In the order of acceptance, from 1.
    public var number: UInt64
    /// The kind's word for it; "call" for a call.
    public var name: String
    public var state: State
    public var priority: Int32
    public var age: Duration
  }

  public struct Worker: Sendable {
    public enum State: Hashable, Sendable { case starting, ready, ending }
    public var number: UInt64
    /// -1 in this process.
    public var pid: Int32
    public var state: State
    /// It has stayed at least once, so its kind may know what it has.
    public var isOld: Bool
    public var jobsDone: UInt64
    /// Requests that it holds.
    public var inFlight: Int
  }

  /// Those at work first, then those that wait, in the order in which they would be started.
  public var tasks: [Task]
  public var workers: [Worker]
  public var queued: Int
  public var running: Int
  public var delayed: Int
  /// How many workers may be at work.
  public var workersAllowed: Int
  /// What tasks and calls have come to up to now.
  public var ended: TaskSetResult
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
    var counts = BatchCounts()
    counts.outcomes = snapshot.totals.outcomes
    counts.cases = snapshot.totals.cases
    ended = TaskSetResult(counts)
    self.oneWayFailures = oneWayFailures
  }
}
