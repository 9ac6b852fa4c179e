extension RunEvent {
  /// How far a run has come.
  public struct Progress: Hashable, Sendable {
    /// In units of the kind.
    public var done: UInt64
    /// 0: unknown.
    public var total: UInt64
    /// The kind's word for its units; empty: tasks.
    public var units: String
    /// Requests that workers hold.
    public var running: Int

    package init(done: UInt64, total: UInt64, units: String, running: Int) {
      self.done = done
      self.total = total
      self.units = units
      self.running = running
    }
  }

  /// What a run is at, at one moment.
  public struct Status: Sendable {
    /// The task that a worker is at.
    public struct Running: Sendable {
      /// How far it is.
      public enum State: String, Sendable {
        /// Sent; the worker has not begun.
        case sent
        /// The worker is at it.
        case performing
        /// It is told to give up, and has not ended yet.
        case cancelling
      }

      /// The number of the task.
      public var task: UInt64
      /// The kind's name for it.
      public var name: String
      /// The number of the worker.
      public var worker: UInt64
      /// -1 for a worker in this process.
      public var pid: Int32
      /// How far it is.
      public var state: State
      /// Since the worker began it; before that, since it was sent.
      public var elapsed: Duration
      /// What the kind says about its progress.
      public var done: UInt64
      /// 0: the kind says nothing.
      public var total: UInt64

      package init(
        task: UInt64, name: String, worker: UInt64, pid: Int32, state: State, elapsed: Duration, done: UInt64,
        total: UInt64
      ) {
        self.task = task
        self.name = name
        self.worker = worker
        self.pid = pid
        self.state = state
        self.elapsed = elapsed
        self.done = done
        self.total = total
      }
    }

    /// One for each worker that is at work.
    public var running: [Running]
    /// Sent ahead: they wait in the pipes of workers that are at another task.
    public var waiting: Int
    /// Not sent yet.
    public var queued: Int
    /// Tasks that have ended.
    public var done: Int
    /// Workers that are not ready yet.
    public var starting: Int

    package init(running: [Running], waiting: Int, queued: Int, done: Int, starting: Int) {
      self.running = running
      self.waiting = waiting
      self.queued = queued
      self.done = done
      self.starting = starting
    }
  }
}
