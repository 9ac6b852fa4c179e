extension RunEvent {
  /// Something in the life of a worker.
  public struct Worker: Sendable {
    /// What has happened.
    public enum Change: Sendable {
      /// The process exists; whether it can work is not known yet.
      case spawned
      /// Its own `worker_new` has finished.
      case ready
      /// It has answered, and its kind keeps it with so many bytes of competence.
      case stayed(jobsDone: UInt64, competenceBytes: Int)
      /// Its process has begun to end by itself. `ended` says how, when the kernel has freed what it had. Told of most workers that
      /// die while they are ready, not of all.
      case dying
      /// It has ended.
      indirect case ended(ExitReport)
    }

    /// Counts the workers of the run from 1.
    public var number: UInt64
    /// Its place, from 0; another worker may take it later.
    public var slot: Int
    /// -1 for a worker in this process.
    public var pid: Int32
    /// What has happened.
    public var change: Change

    package init(number: UInt64, slot: Int, pid: Int32, change: Change) {
      self.number = number
      self.slot = slot
      self.pid = pid
      self.change = change
    }
  }

  /// Something in the life of a task.
  public struct Task: Sendable {
    /// From where to where bytes were too many.
    public enum Direction: Sendable {
      /// The request.
      case toWorker
      /// The response.
      case fromWorker
    }

    /// What has happened.
    public enum Change: Sendable {
      /// It waits; `parent` is the task that has made it.
      case queued(parent: UInt64?)
      /// It waits for this worker alone.
      case pinned(worker: UInt64, parent: UInt64?)
      /// Its kind found at its turn that it is no longer wanted; `ended` follows.
      case stale
      /// So many bytes are more than the limit; `ended` follows unless the task is tried again or replaced.
      case tooLarge(Direction, bytes: UInt64, limit: UInt64, message: String)
      /// It has ended: told once.
      case ended(TaskOutcome, tries: Int, duration: Duration, cases: CaseCount, message: String)
    }

    /// Counts the tasks of the run from 1, in the order of acceptance.
    public var number: UInt64
    /// The kind's name for it.
    public var name: String
    /// What has happened.
    public var change: Change

    package init(number: UInt64, name: String, change: Change) {
      self.number = number
      self.name = name
      self.change = change
    }
  }

  /// One attempt at one task on one worker has ended.
  public struct Trial: Sendable {
    /// How it ended.
    public enum Result: Hashable, Sendable {
      /// There is a response.
      case answered
      /// `perform` returned this failure.
      case failed(code: Int32, message: String)
      /// The worker died while it performed it.
      case crashed
      /// It was told to give up.
      case cancelled
      /// It took longer than it may.
      case timedOut
      /// It met this limit: `memory`, `cpu`, `file_size` or `output`.
      case limit(String)
      /// It does not count: another trial of the same task did, or went on.
      case superseded
    }

    /// What a worker has printed during one trial, on both streams.
    public struct Output: Hashable, Sendable {
      /// The first 2 KiB.
      public var head: [UInt8]
      /// The last 2 KiB of what is not in the head.
      public var tail: [UInt8]
      /// How many bytes are in neither.
      public var omitted: Int

      package init(head: [UInt8], tail: [UInt8], omitted: Int) {
        self.head = head
        self.tail = tail
        self.omitted = omitted
      }
    }

    /// The number of the task.
    public var task: UInt64
    /// The number of the worker.
    public var worker: UInt64
    /// Counts the trials of the task from 1.
    public var number: Int
    /// How it ended.
    public var result: Result
    /// From the request to its end.
    public var duration: Duration
    /// How its worker ended, where the trial ended with it.
    public var exit: ExitReport? {
      get { remains?.exit }
      set { remains = Self.remains(newValue, output) }
    }
    /// Nil: it was answered, or nothing was printed.
    public var output: Output? {
      get { remains?.output }
      set { remains = Self.remains(exit, newValue) }
    }

    private final class Remains: Sendable {
      let exit: ExitReport?
      let output: Output?

      init(_ exit: ExitReport?, _ output: Output?) {
        self.exit = exit
        self.output = output
      }
    }

    private var remains: Remains?

    @inline(__always)
    private static func remains(_ exit: ExitReport?, _ output: Output?) -> Remains? {
      exit == nil && output == nil ? nil : Remains(exit, output)
    }

    @inline(__always)
    package init(
      task: UInt64, worker: UInt64, number: Int, result: Result, duration: Duration, exit: ExitReport? = nil,
      output: Output? = nil
    ) {
      self.task = task
      self.worker = worker
      self.number = number
      self.result = result
      self.duration = duration
      remains = Self.remains(exit, output)
    }
  }
}
