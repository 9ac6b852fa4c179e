internal import CPosix
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Synchronization
internal import Wire
internal import WorkerPool

/// One run of one kind: what `taskhost run` does, for a program. The kind makes tasks of words, workers perform them, and there are
/// events as it goes on and a summary at its end.
///
/// A run has no process, thread or descriptor before it is executed, and none when that has returned. Any number of runs may go on at
/// a time, unless they own the process (``RunOptions/ownsProcess``).
public final class Run: Sendable {
  /// What it runs.
  public let kind: Kind
  let options: RunOptions
  let surroundings: Surroundings
  /// What the kind's host side logs.
  let inbox: LogInbox
  let warnings: [String]
  let startedAt = cpx_now()
  /// Nil: the process is the run's, and signals do what other threads would do.
  let mailbox: Mailbox?
  let wasCancelled = Atomic(false)
  private let isGoingOn = Atomic(false)
  /// Handed over to the thread of the run; nil from then on.
  private let queue: Mutex<KindBox?>

  /// Finds and loads the kind of this id or short name, and makes its queue, on this thread. Without a name it is the only one of
  /// ``Host/Options/pluginFiles``. The settings are options for the kind, as `--set` of the command gives them.
  ///
  /// Throws ``RunError``: there is no such kind or it was refused (``ExitCode/pluginRefused``), or an option is not what it may be
  /// (``ExitCode/usage``). What the kind's host side logs is told as ``RunEvent/log(worker:_:)``.
  public convenience init(
    _ host: Host, kind name: String?, settings: [(key: String, value: String)] = [],
    _ options: RunOptions = RunOptions()
  ) throws(RunError) {
    try Self.takeSignals(options)
    let inbox = LogInbox()
    let (kind, warnings) = try host.runKind(name, settings: settings, isTraced: options.isTraced) {
      inbox.add(nil, $0)
    }
    try self.init(kind, options, inbox, warnings)
  }

  /// The same for a kind that is loaded. What its host side logs goes where it was said when it was loaded.
  public convenience init(_ kind: Kind, _ options: RunOptions = RunOptions()) throws(RunError) {
    try Self.takeSignals(options)
    try self.init(kind, options, LogInbox(), kind.warnings)
  }

  private init(
    _ kind: Kind, _ options: RunOptions, _ inbox: LogInbox, _ known: [String]
  ) throws(RunError) {
    guard 1...Pool.Options.mostWorkers ~= options.workers else {
      throw RunError(.usage, "\(options.workers) workers: expected 1 to \(Pool.Options.mostWorkers)")
    }
    guard 1...Pace.largest ~= options.window else {
      throw RunError(.usage, "a window of \(options.window) requests: expected 1 to \(Pace.largest)")
    }
    try Self.check(options.halt, options)
    self.kind = kind
    self.options = options
    self.inbox = inbox
    warnings = Self.copyWarnings(options, kind) + known
    mailbox = options.ownsProcess ? nil : Mailbox()
    do throws(PoolError) {
      surroundings = try options.worker.checked(for: kind)
    } catch {
      throw RunError(error)
    }
    do throws(KindError) {
      queue = Mutex(KindBox(kind: try kind.makeQueue(options.worker)))
    } catch {
      throw RunError(error)
    }
  }

  deinit { takeQueue()?.free() }

  /// From here on SIGUSR1 is a question and no end; it is answered as soon as tasks run.
  private static func takeSignals(_ options: RunOptions) throws(RunError) {
    guard options.ownsProcess, cpx_status_install() != 0 else { return }
    throw RunError(.infrastructure, "SIGUSR1 can not be caught")
  }

  private static func check(_ halt: HaltRule?, _ options: RunOptions) throws(RunError) {
    switch halt?.amount {
    case nil: return
    case .count(let count):
      if count < 1 { throw RunError(.usage, "a run that halts after \(count) tasks: expected 1 or more") }
    case .percent(let percent):
      guard 1...100 ~= percent else {
        throw RunError(.usage, "a run that halts after \(percent)% of its tasks: expected 1 to 100")
      }
      guard options.input == nil else {
        throw RunError(
          .usage, "a run that reads words as they come does not know what \(percent)% of its tasks are",
          hint: "give a number, or all words on the command line")
      }
    }
  }

  private static func copyWarnings(_ options: RunOptions, _ kind: Kind) -> [String] {
    guard options.speculation > 0, !kind.plugin.table.flags.contains(.idempotent) else { return [] }
    return [
      "--speculate has no effect: kind \(kind.name) does not say that its requests may be performed twice (TH_KIND_IDEMPOTENT)"
    ]
  }

  func takeQueue() -> KindQueue? {
    queue.guarded { box in
      defer { box = nil }
      return box?.kind
    }
  }
}

// MARK: Its course

/// Shows or records a run. Called on the thread of the run only.
public protocol RunReporter: AnyObject {
  /// Something has happened. The run waits meanwhile.
  func report(_ event: consuming RunEvent)
  /// The run is about to wait: what is buffered should become visible. Throws when that can not be: the run ends with that error.
  func flush() throws
}

extension RunReporter {
  /// Nothing is buffered.
  public func flush() throws {}
}

/// Calls a function.
private final class CallingReporter: RunReporter {
  private let body: (RunEvent) -> Void

  init(_ body: @escaping (RunEvent) -> Void) { self.body = body }

  func report(_ event: RunEvent) { body(event) }
}

extension Run {
  /// Runs to the end, on the calling thread; hooks of the kind's host side and the reporter are called there. A run is executed once.
  ///
  /// Throws ``RunError`` when the run as a whole went wrong: the kind could not plan or the input be read (``ExitCode/badInput``), there
  /// was nothing to run (``ExitCode/nothingToRun``), the machinery failed (``ExitCode/infrastructure``). Tasks that went wrong are no
  /// error of the run; ``RunSummary/exitCode`` says that there were some.
  public func execute(
    _ reporter: any RunReporter, tracer: (any RunTracer)? = nil
  ) throws(RunError) -> RunSummary {
    guard let queue = takeQueue() else { throw RunError(.internalError, "a run was executed twice") }
    isGoingOn.store(true, ordering: .releasing)
    defer {
      isGoingOn.store(false, ordering: .releasing)
      inbox.onArrival(nil)
      for letter in mailbox?.close() ?? [] { letter.refuse(because: "the run has ended") }
      queue.free()
    }
    let course = RunCourse(self, queue, reporter)
    if options.ownsProcess { return try course.execute(tracer.map { TraceRelay($0) }) }
    return try HostThread.withoutPipeSignal { () throws(RunError) in
      try course.execute(tracer.map { TraceRelay($0) })
    }
  }

  /// The same with a function for the events.
  public func execute(_ report: @escaping (RunEvent) -> Void) throws(RunError) -> RunSummary {
    try execute(CallingReporter(report))
  }

  /// The same on a thread of its own, on which `report` is called. A task that is cancelled meanwhile cancels the run, which then
  /// returns its summary all the same.
  public func execute(
    _ report: @escaping @Sendable (RunEvent) -> Void = { _ in }
  ) async throws(RunError) -> RunSummary {
    let result: Result<RunSummary, RunError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        do throws(SystemError) {
          try HostThread.start {
            continuation.resume(
              returning: Result { () throws(RunError) in try self.execute(CallingReporter(report)) })
          }
        } catch {
          continuation.resume(
            returning: .failure(
              RunError(.infrastructure, "the thread of the run could not be made: \(error.message)")))
        }
      }
    } onCancel: {
      cancel()
    }
    return try result.get()
  }

  /// Gives what would be performed, and performs nothing: a line for each task, in order, as bytes and without its end. No worker is started, and no file
  /// is written; tasks that the ``RunOptions/journal`` leaves out are not among them. Of words that are read as they come each is given when it
  /// is there. A run is listed or executed, once.
  ///
  /// `report` gets what the kind says while it plans; `beforeWaiting` is called before input is waited for. Both are called on the calling
  /// thread, as is `body`. Throws as ``execute(_:tracer:)`` does.
  public func list(
    _ reporter: any RunReporter, beforeWaiting: () throws(RunError) -> Void = {},
    _ body: (_ line: UnsafeRawBufferPointer) throws(RunError) -> Void
  ) throws(RunError) -> ExitCode {
    guard let queue = takeQueue() else { throw RunError(.internalError, "a run was executed twice") }
    defer {
      inbox.onArrival(nil)
      for letter in mailbox?.close() ?? [] { letter.refuse(because: "the run has ended") }
      queue.free()
    }
    return try RunCourse(self, queue, reporter).list(body, beforeWaiting: beforeWaiting)
  }

  /// The lines of all tasks that would be performed, as text.
  public func list() throws(RunError) -> [String] {
    var lines: [String] = []
    _ = try list(CallingReporter { _ in }) { (line) throws(RunError) in
      lines.append(String(decoding: line, as: UTF8.self))
    }
    return lines
  }

  /// Nothing more is started; what is at work is told to give up, and killed after ``WorkerOptions/closeGrace``. From any thread, also
  /// before the run is executed. Of a run that owns the process it is a SIGTERM to that process, while the run goes on.
  public func cancel() {
    if let mailbox {
      _ = mailbox.post(
        .act(
          { pool in
            self.wasCancelled.store(true, ordering: .relaxed)
            pool.drain()
          }, orElse: {}))
    } else if isGoingOn.load(ordering: .acquiring) {
      kill(getpid(), SIGTERM)
    }
  }

  /// Asks for a ``RunEvent/status(_:)``, from any thread. Nothing comes of it when the run has ended.
  public func askStatus() {
    if let mailbox {
      _ = mailbox.post(.act({ $0.tellStatus() }, orElse: {}))
    } else if isGoingOn.load(ordering: .acquiring) {
      kill(getpid(), SIGUSR1)
    }
  }
}
