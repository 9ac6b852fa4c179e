internal import CPosix
internal import Glibc
internal import Hooks
internal import Synchronization
internal import Wire
internal import WorkerPool

/// Workers of one kind, and the queue that they work on. All methods may be called from any task and thread.
///
/// The pool has a thread of its own, which starts with the first thing that is wanted of it; hooks of the kind's host side run
/// there. Workers start when there are tasks for them. Without workers (``resize(to:)`` to 0) tasks accumulate. A pool has to be
/// closed; one that is forgotten closes itself when its tasks are done.
public final class WorkerPool: Sendable {
  /// What a pool is told.
  public struct Options: Sendable {
    /// How many workers may be at work. 0: tasks accumulate until there are some.
    public var workers = WorkerPool.usableProcessors
    /// Up to how many that may rise.
    public var mostWorkers = 64
    /// Start all of them at once, and keep them, whether there are tasks or not.
    public var startsAtOnce = false
    /// Handed to `worker_new` of each worker. A kind whose ``WorkerPool/submit(words:)`` shares bytes sets its own.
    public var shared: [UInt8] = []
    /// For each of its workers.
    public var worker = WorkerOptions()
    /// What becomes of a kind whose workers fail to start. Nil: no more are started, and what is queued ends as lost.
    public var breaker: StartBreaker?
    /// The kind is performed on the pool's thread in this process, by one worker: for debugging and tests. A crash of the plugin is
    /// one of this program, and a cancel reaches only what has not begun.
    public var inThisProcess = false

    /// The defaults.
    public init() {}
  }

  /// The CPUs that this process may use, at least 1.
  public static var usableProcessors: Int {
    let allowed = Int(cpx_usable_cpus())
    return allowed > 0 ? allowed : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  let core: PoolCore
  private let most: Int
  private let startsAtOnce: Bool

  /// Makes the kind's queue on this thread; nothing else is started. Throws ``PoolError``.
  public init(_ kind: Kind, _ options: Options = Options()) throws(PoolError) {
    let workers = options.inThisProcess ? min(options.workers, 1) : options.workers
    most = options.inThisProcess ? 1 : max(options.mostWorkers, options.workers)
    startsAtOnce = options.startsAtOnce
    core = try PoolCore(
      kind, options.worker, workers: workers, most: most, least: options.startsAtOnce ? workers : 0,
      sharing: options.shared, inThisProcess: options.inThisProcess,
      breaker: options.breaker)
    // Else they come with the first task.
    if options.startsAtOnce { try core.tell { _ in } }
  }

  deinit {
    if core.thread.endIfUnstarted() { return }
    // Nobody can give it workers any more.
    _ = core.thread.mailbox.post(
      .act(
        { pool in
          if pool.snapshot(limit: 0).workersAllowed == 0 { pool.stop() } else { pool.closeIntake() }
        }, orElse: {}))
  }

  /// What its workers perform.
  public var kind: Kind { core.kind }
  /// What happens in it. See ``WorkerEvents`` for how much is kept.
  public var events: WorkerEvents { WorkerEvents(queue: core.events) }
}

// MARK: Tasks

extension WorkerPool {
  /// Hands in one task. Its host-side hooks run on the pool's thread.
  public func enqueue(_ task: [UInt8], _ options: TaskOptions = TaskOptions()) throws(PoolError) -> TaskHandle
  {
    let ticket = Ticket()
    try core.thread.post(.task(task, options.forTask, ticket))
    return TaskHandle(core: core, ticket: ticket)
  }

  /// Hands in one task for each item, with one handle for all. Costs less than a handle for each.
  public func enqueue(
    contentsOf tasks: some Sequence<[UInt8]>, _ options: TaskOptions = TaskOptions()
  ) throws(PoolError) -> TaskSet {
    var list = TaskList()
    for task in tasks { list.append(task) }
    return try enqueue(list, options)
  }

  /// Hands in the tasks of a list. They are not copied, and are queued as they are needed.
  public func enqueue(_ list: TaskList, _ options: TaskOptions = TaskOptions()) throws(PoolError) -> TaskSet {
    let batch = TaskBatch(bytes: list.bytes, ends: list.ends, options: options.forTask)
    try core.thread.post(.batch(batch))
    return TaskSet(core: core, batch: batch)
  }

  /// Lets the kind make tasks of words, as those of `taskhost run`.
  public func submit(words: [String]) async throws(PoolError) -> TaskSet {
    let batch = TaskBatch(bytes: [], ends: [], options: ItemOptions())
    let bytes = words.map { Array($0.utf8) }
    if let problem = try await core.ask({ $0.plan(bytes, batch) }) { throw .plan(problem) }
    return TaskSet(core: core, batch: batch)
  }
}

/// The bytes of many tasks in one block.
public struct TaskList: Sendable {
  var bytes: [UInt8] = []
  var ends: [Int] = []

  /// The defaults.
  public init() {}

  /// How many tasks there are.
  public var count: Int { ends.count }

  /// One task more, at the end.
  public mutating func append(_ task: some Sequence<UInt8>) {
    bytes.append(contentsOf: task)
    ends.append(bytes.count)
  }

  /// Makes room for so many tasks with so many bytes in all.
  public mutating func reserve(tasks: Int, bytes count: Int) {
    bytes.reserveCapacity(count)
    ends.reserveCapacity(tasks)
  }
}

// MARK: Calls

extension WorkerPool {
  /// Sends a request to whichever worker is free, past the host-side hooks, and waits for what has come of it. It is not sent again
  /// if its worker dies. A task that is cancelled meanwhile cancels the call.
  public func call(_ request: [UInt8], _ options: TaskOptions = TaskOptions()) async -> CallResult {
    await core.callResult(request, options, worker: nil)
  }

  /// The same, performed by this worker; `workerGone` if that has ended.
  public func call(
    _ request: [UInt8], on worker: UInt64, _ options: TaskOptions = TaskOptions()
  ) async -> CallResult {
    await core.callResult(request, options, worker: worker)
  }

  /// Sends a request whose answer nobody wants. Returns when there is room for it among those under way. A failure is counted:
  /// ``oneWayFailures``.
  public func send(_ request: [UInt8], _ options: TaskOptions = TaskOptions()) async throws(PoolError) {
    try await core.send(request, options, worker: nil)
  }

  /// One-way requests that did not come to a good end, since the pool was made.
  public var oneWayFailures: UInt64 { core.gate.counts.failed }

  /// Bytes for `on_feedback` of every worker that is ready. A worker that leaves 64 MiB of them unread is given up.
  public func feedback(_ bytes: [UInt8]) async throws(PoolError) {
    try await core.feedBack(bytes)
  }
}

// MARK: Changes while it runs

extension WorkerPool {
  /// So many workers may be at work from now on. Those that are too many end when they are done.
  public func resize(to workers: Int) throws(PoolError) {
    guard 0...most ~= workers else { throw .badOption("\(workers) workers, expected 0 to \(most)") }
    let startsAtOnce = startsAtOnce
    try core.tell { pool in
      pool.resize(workers)
      if startsAtOnce { pool.keep(workers) }
    }
  }

  /// Gives queued tasks other priorities. Those of one priority go in the order of the list.
  public func setPriorities(_ priorities: [(task: TaskHandle, priority: Int32)]) throws(PoolError) {
    let tickets = priorities.map { (ticket: $0.task.ticket, priority: $0.priority) }
    try core.tell { $0.setPriorities(tickets) }
  }

  /// Lets queued tasks go in this order, before all others of a lower priority.
  public func setOrder(_ tasks: [TaskHandle], priority: Int32 = 1) throws(PoolError) {
    try setPriorities(tasks.map { ($0, priority) })
  }

  /// What decides about `task_match` has changed: every refusal is forgotten, and workers are asked again.
  public func broadcast() throws(PoolError) { try core.tell { $0.reconsider() } }

  /// Everything that waits ends as cancelled. What is at work goes on.
  public func clear() throws(PoolError) { try core.tell { $0.clear() } }

  /// Everything that was handed in up to now is cancelled.
  public func cancelAll() throws(PoolError) { try core.tell { $0.cancelAll() } }

  /// What this worker is at is cancelled.
  public func cancel(worker: UInt64) async throws(PoolError) {
    guard try await core.ask({ $0.cancel(worker: worker) }) else { throw .noSuchWorker(worker) }
  }

  /// This worker ends when it has answered what it holds. Another one takes its place if there is something to do.
  public func retire(worker: UInt64) async throws(PoolError) {
    guard try await core.ask({ $0.retire(worker: worker) }) else { throw .noSuchWorker(worker) }
  }

  /// What the pool is at. At most `limit` tasks are listed.
  public func snapshot(limit: Int = 1000) async throws(PoolError) -> PoolView {
    PoolView(try await core.ask { $0.snapshot(limit: limit) }, oneWayFailures: oneWayFailures)
  }
}

// MARK: Its end

extension WorkerPool {
  /// Waits until all tasks have ended. Throws ``PoolError/noWorkers(queued:)`` if some wait that no worker may ever take.
  public func join() async throws(PoolError) {
    let core = core
    let result: Result<JoinEnd, PoolError> = await withCheckedContinuation { continuation in
      do throws(PoolError) {
        try core.thread.post(
          .act(
            { pool in pool.join { continuation.resume(returning: .success($0)) } },
            orElse: { continuation.resume(returning: .failure(.closed)) }))
      } catch {
        continuation.resume(returning: .failure(error))
      }
    }
    switch try result.get() {
    case .done: return
    case .noWorkers(let queued): throw .noWorkers(queued: queued)
    case .ended: throw .closed
    }
  }

  /// Ends the pool: when this returns, no process, thread and descriptor of it is left, and every task has ended. It may be called
  /// again, also to hurry. Throws if the machinery of the pool failed, or ``PoolError/noWorkers(queued:)`` if it would never end:
  /// the pool is open then.
  public func close(_ mode: ClosingMode = .finish) async throws(PoolError) {
    if core.thread.endIfUnstarted() { return }
    do throws(PoolError) {
      let left = try await core.ask { pool -> Int in
        switch mode {
        case .finish:
          let state = pool.snapshot(limit: 0)
          if state.workersAllowed == 0, state.queued > 0 { return state.queued }
          pool.closeIntake()
        case .cancel:
          pool.closeIntake()
          pool.drain()
        case .kill:
          pool.closeIntake()
          pool.stop()
        }
        return 0
      }
      if left > 0 { throw PoolError.noWorkers(queued: left) }
    } catch PoolError.closed {
      // It has ended, or is about to.
    }
    let failure = await core.ended()
    if !failure.isEmpty { throw .system(failure) }
  }
}

/// Makes a pool of so many workers, lends it to `body`, and closes it: in order when `body` returns, by cancelling what is left when
/// it throws.
public func withWorkers<R: Sendable>(
  _ count: Int, of kind: Kind, _ options: WorkerPool.Options = WorkerPool.Options(),
  _ body: @Sendable (WorkerPool) async throws -> R
) async throws -> R {
  var options = options
  options.workers = count
  let pool = try WorkerPool(kind, options)
  let result: R
  do {
    result = try await body(pool)
  } catch {
    // What went wrong first is what the caller wants to know.
    do { try await pool.close(.cancel) } catch {}
    throw error
  }
  try await pool.close()
  return result
}
