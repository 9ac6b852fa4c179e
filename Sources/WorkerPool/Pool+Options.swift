package import Scheduling

// What a pool is told, and what has come of its run.
extension Pool {
  package struct Options {
    package var workers = 1
    package static let mostWorkers = 4096
    /// Fresh workers that are started ahead, once the kind has replaced one.
    package var standby = 0
    /// How much there is of what tasks demand; what has no entry is there once.
    package var resources: [(name: String, count: Int)] = []
    package var maxFrame = 100 << 20
    /// The most requests that one worker holds.
    package var window = Pace.largest
    /// Told what the first worker says when it is ready; the pool then ends.
    package var onReady: ((ReadyWorker) -> Void)?
    package var startLimit: UInt64 = 30_000_000_000
    /// Of its parts; 0 = as long as the whole may take.
    package var handshakeLimit: UInt64 = 0
    package var loadLimit: UInt64 = 0
    package var settings: [(key: String, value: String)] = []
    /// Make events of what tasks print. Else it is dropped.
    package var wantsPrints = false
    /// Such an event has the name of the task.
    package var namesPrints = false
    /// Takes bytes out of the file where they lie, so that nobody has to read them here, and says how many. The rest, as well as all
    /// that lies in no file of its own, comes as an event.
    package var onPrintedFile: ((PrintedRange) -> Int)?
    /// What tasks print comes out in the order of the tasks, not in that of their ends.
    package var keepsOrder = false
    /// Nil: workers are processes.
    package var localWorker: LocalWorkerFactory?
    /// Where such a worker logs; from any thread.
    package var localLog: @Sendable (Int32, String) -> Void = { _, _ in }
    /// Workers after the first ones are forked by a process that has loaded the plugin, where that can be.
    package var forkServer = true
    /// This process is where orphans go, and has no children but those of the pool and of hooks.
    package var adoptsOrphans = false
    package var retry = RetryPolicy()
    /// When a task that takes long is sent a second time.
    package var copies = CopyPolicy()
    /// So many tasks that end badly, and no further one is started; 0: none is too many.
    package var maxFailures = 0
    /// Which ends those are.
    package var haltsOn = HaltCondition.failure
    /// Those in flight are cancelled then, too.
    package var failFastKills = false
    /// Make worker, task and trial events.
    package var wantsTaskEvents = false
    /// Else make those of tasks that ended badly.
    package var tellsBadTasks = true
    package var limits = RunLimits()
    package var controlGroups = GroupUse.off
    package var tracer: (any Tracer)?
    package var journal: (any Journal)?
    package var jobLog: (any JobLog)?
    /// Nil: nobody shares jobs with this run.
    package var jobserver: Jobserver?
    /// Put before the command of each worker.
    package var launcher: Launcher?
    /// Keys of the terminal at fd 0 ask for the status.
    package var readsKeys = false
    /// The process is there for this pool: its signals, its watchdog and its low descriptors are the pool's to use. Without it a
    /// pool changes nothing that other parts of the process could notice, and several can run at the same time.
    package var ownsProcess = false
    /// What other threads want of the pool comes through here. Nil: nobody but the source says anything.
    package var mailbox: Mailbox?
    /// `workers` is how many there are at first; the limit may rise up to this. Nil: it may not.
    package var mostWorkers: Int?
    /// So many are started without tasks.
    package var leastWorkers = 0
    /// Told once, when the first worker has ended or could not be started; the pool then stops. For a pool that is one worker.
    package var onSingleEnd: ((_ end: WorkerEnd?, _ message: String?) -> Void)?
    /// What workers ask of the program around the host, and the kind does not answer. Called on the pool's thread; needs a mailbox.
    package var onWorkerCall: (@Sendable (WorkerCall) -> Void)?
    /// Told once, when no more workers are started although tasks may wait for them.
    package var onKindFailure: ((KindFailure) -> Void)?
    /// Where they are started again after a while: told whenever that changes.
    package var breaker = BreakerPolicy()
    package var onBreaker: ((BreakerState) -> Void)?
    /// Worker events without those of tasks and trials.
    package var wantsWorkerEvents = false
    /// From `drain` to SIGKILL (ns).
    package var drainGrace: UInt64 = 10_000_000_000
    package var surroundings = Surroundings()

    package init() {}
  }

  package struct Totals: Sendable {
    package var cases = CaseCounts()
    package var outcomes = [Int](repeating: 0, count: Outcome.allCases.count)
    package var severities = [Int](repeating: 0, count: 6)
    package var peakWorkerMemory: UInt64 = 0
    /// Trials that did not count, as another one of their task did.
    package var superseded = 0

    package subscript(outcome: Outcome) -> Int { outcomes[Int(outcome.rawValue)] }
    package subscript(severity: DiagnosticSeverity) -> Int { severities[Int(severity.rawValue)] }
  }

  /// Why no more workers of the kind are started.
  package struct KindFailure {
    package var message: String
    /// It could not even be started once more: the plugin is to blame, not the machinery.
    package var isPermanent: Bool
  }
}
