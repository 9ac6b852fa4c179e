package import Scheduling
package import WorkerPool

/// What one run is to do. Nothing is checked here: `Run` does, and its errors name what was given.
package struct RunOptions {
  package var retry = RetryPolicy()
  /// When a task that takes long is sent a second time.
  package var copies = CopyPolicy()
  /// Tasks that end badly, after which no more are started; 0 = never.
  package var maxFailures = 0
  /// Those under way are cancelled then.
  package var failFastKills = false
  package var resources: [(name: String, count: Int)] = []
  /// Short name or id; nil when exactly one `--plugin` says it.
  package var kind: String?
  /// Exact files, searched before everything else.
  package var plugins: [String] = []
  /// Of the configuration; absolute.
  package var pluginDirectories: [String] = []
  /// Told at the start of the run.
  package var warnings: [String] = []
  package var workers: Int = 1
  /// For the kind, in order; a later one of the same key counts.
  package var settings: [(key: String, value: String)] = []
  package var words: [String] = []
  /// More words, read as they come.
  package var input: WordInput?
  /// Nil: workers are processes. Else they live in this process, made by this.
  package var localWorker: LocalWorkerFactory?
  /// The largest payload that may cross a pipe, in bytes.
  package var maxFrameBytes = 100 << 20
  /// The most requests that one worker holds.
  package var window = Pace.largest
  /// Make `worker`, `task` and `trial` events, with names. Off when nobody reads them.
  package var wantsTaskEvents = false
  package var tracer: (any Tracer)?
  /// What tasks print comes out in their order.
  package var keepsOrder = false
  /// MAKEFLAGS, where the number of workers was left open: they share the jobs of a make above.
  package var makeFlags: String?
  /// Give the workers a jobserver of this run, if there is none above.
  package var serves: Jobserver.Style?
  /// Put before the command of each worker.
  package var launcher: Launcher?
  /// Keys of the terminal at fd 0 ask for the status.
  package var readsKeys = false
  package var limits = RunLimits()
  /// Fresh workers that are started ahead where a kind uses them; nil = as many as there are workers.
  package var standby: Int?
  /// Workers may be forked from a process that has loaded the plugin.
  package var forkServer = true
  /// Orphans of workers come to this process, which has no children of its own.
  package var adoptsOrphans = false
  package var startLimitNanoseconds: UInt64 = 30_000_000_000

  package init() {}
}

/// Why a run could not be made or went wrong as a whole.
package struct RunError: Error {
  package var exitCode: ExitCode
  package var message: String
  /// What led to it, outermost first.
  package var causes: [String] = []
  /// What the user can do.
  package var hint: String?

  package init(_ exitCode: ExitCode, _ message: String, causes: [String] = [], hint: String? = nil) {
    self.exitCode = exitCode
    self.message = message
    self.causes = causes
    self.hint = hint
  }
}
