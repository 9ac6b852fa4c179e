internal import Scheduling
internal import WorkerPool

/// What one ``Run`` is to do. ``Run`` checks it, and its errors name what was given.
public struct RunOptions: Sendable {
  /// What the kind is to make tasks of.
  public var words: [String] {
    get { wordBytes.map { String(decoding: $0, as: UTF8.self) } }
    set { wordBytes = newValue.map { Array($0.utf8) } }
  }
  /// The same as bytes: names of files need not be UTF-8.
  public var wordBytes: [[UInt8]] = []
  /// More words, read as they come, after the others.
  public var input: WordInput?
  /// How many workers may be at work, at least 1.
  public var workers = WorkerPool.usableProcessors
  /// For each of them.
  public var worker = WorkerOptions()
  /// The kind is performed on the thread of the run, by one worker: for debugging and tests. A crash of the plugin is one of this
  /// program.
  public var inThisProcess = false
  /// Fresh workers that are started ahead where a kind uses them up; nil: as many as there are workers.
  public var standby: Int?
  /// The most requests that one worker holds.
  public var window = Pace.largest
  /// What is tried again.
  public var retry = RetryRules()
  /// A task that takes so many times as long as others do gets a second trial on an idle worker, where its kind may be asked the same
  /// twice; 0: never.
  public var speculation = 0.0
  /// After so many tasks that ended badly no more are started; 0: never.
  public var mostFailures = 0
  /// Those under way are cancelled then.
  public var failuresEndTasks = false
  /// The same in more words; it goes before ``mostFailures``. Nil: it says nothing.
  public var halt: HaltRule?
  /// How much there is of what tasks demand; what has no entry is there once.
  public var resources: [(name: String, count: Int)] = []
  /// From the first task on; then what is left is cancelled.
  public var timeLimit: Duration?
  /// Tell of all workers, tasks and trials, not only of what went wrong.
  public var wantsTaskEvents = false
  /// It is executed with a tracer: the kind may mark spans, also in its hooks of the host.
  public var isTraced = false
  /// What tasks print comes out in their order, not in that of their ends.
  public var keepsOrder = false
  /// Each line that a task prints has the name of the task and a tab in front; in the name control characters are spaces.
  public var tagsOutput = false
  /// Where it is noted how tasks have ended, and whether those that ended well before are left out; nil: nowhere.
  public var journal: RunJournal?
  /// A file that gets one line for each task that was begun and has ended, in the columns of GNU parallel's `--joblog`; nil: none. What is there is
  /// replaced, unless ``journal`` resumes.
  public var jobLog: String?
  /// Told at the start of the run.
  public var warnings: [String] = []
  /// MAKEFLAGS: where a `make` above this process has a jobserver, its jobs are shared.
  public var makeFlags: String?
  /// Else the workers get a jobserver of this run.
  public var serves: JobserverStyle?
  /// The process is there for this run, as that of `taskhost run` is. The run answers signals (SIGINT, SIGTERM, SIGHUP end it, SIGTSTP
  /// pauses it, SIGUSR1 asks for its status), watches over hooks that hang, forbids that this process is debugged, and takes in and
  /// ends processes that workers have left behind. Without it a run changes nothing of the process, and several can go on at a time.
  public var ownsProcess = false
  /// The key `t` of the terminal at descriptor 0 asks for the status. Only of a run that owns the process.
  public var readsKeys = false

  /// The defaults.
  public init() {}

  /// What a jobserver is made of.
  public enum JobserverStyle: Sendable {
    /// For any make.
    case pipe
    /// For make 4.4 and newer, with a name.
    case fifo
  }

  /// Those of the pool of a run.
  func forPool(_ kind: Kind, _ surroundings: Surroundings, _ jobs: JobBudget) -> Pool.Options {
    var pool = worker.forPool(kind, surroundings, inThisProcess: inThisProcess)
    pool.ownsProcess = ownsProcess
    pool.workers = jobs.workers
    pool.jobserver = jobs.jobserver
    pool.standby = standby ?? jobs.workers
    pool.window = window
    pool.limits.runTime = nanoseconds(timeLimit)
    pool.wantsTaskEvents = wantsTaskEvents
    pool.wantsPrints = true
    pool.keepsOrder = keepsOrder
    pool.readsKeys = ownsProcess && readsKeys
    pool.retry = retry.forPool
    pool.copies.factor = speculation
    pool.maxFailures = mostFailures
    pool.failFastKills = failuresEndTasks
    if let halt {
      // How many a percentage is will be known when the kind has planned.
      pool.maxFailures = if case .count(let count) = halt.amount { count } else { .max }
      pool.failFastKills = halt.cancelsRunning
      pool.haltsOn = halt.condition.forPool
    }
    pool.namesPrints = tagsOutput
    pool.resources = resources
    return pool
  }
}

/// What a run tries again. Beside it a kind may ask for another trial, and one that may be asked the same twice gets it after a death.
public struct RetryRules: Hashable, Sendable {
  /// What a trial came to.
  public enum Cause: String, CaseIterable, Sendable {
    /// Its worker died.
    case crash
    /// `perform` failed.
    case error
    /// It met its time limit.
    case timeout
    /// It met another limit.
    case limit
  }

  /// The most trials of one task, at least 1.
  public var tries = 3
  /// The most deaths of workers that one task may cause, at least 1.
  public var crashes = 3
  /// What is tried again without a word of the kind.
  public var causes: Set<Cause> = []
  /// What the first trial that comes again waits; each further one twice as long as the one before, up to a minute.
  public var delay: Duration?
  /// Not on the worker where it went wrong, if another one is free.
  public var prefersOtherWorker = false

  /// The defaults.
  public init() {}

  var forPool: RetryPolicy {
    var policy = RetryPolicy()
    policy.tries = max(1, tries)
    policy.crashes = max(1, crashes)
    policy.delayBase = nanoseconds(delay)
    policy.prefersOtherWorker = prefersOtherWorker
    for cause in causes {
      switch cause {
      case .crash: policy.causes.insert(.workerDied)
      case .error: policy.causes.insert(.failed)
      case .timeout: policy.causes.insert(.timeout)
      case .limit: policy.causes.insert(.limit)
      }
    }
    return policy
  }
}
