internal import Synchronization
internal import WorkerPool

/// One worker of a kind: a process, or this process. It is not replaced when it ends.
public final class Worker: Sendable {
  /// Its process; -1 for one in this process.
  public let pid: Int32
  let core: PoolCore
  private let fate: Fate

  /// Starts a process, and returns when its own `worker_new` has finished. Throws ``SpawnFailure``, which carries the text of what
  /// went wrong in the worker, and ``PoolError``.
  public static func spawn(
    _ kind: Kind, _ options: WorkerOptions = WorkerOptions(), shared: [UInt8] = []
  ) async throws -> Worker {
    try await make(kind, options, shared, inThisProcess: false)
  }

  /// The same kind with the same methods, performed by a thread of this process: for debugging and tests. A crash of the plugin is
  /// one of this program, and a cancel reaches only what has not begun.
  public static func serve(
    _ kind: Kind, _ options: WorkerOptions = WorkerOptions(), shared: [UInt8] = []
  ) async throws -> Worker {
    try await make(kind, options, shared, inThisProcess: true)
  }

  private static func make(
    _ kind: Kind, _ options: WorkerOptions, _ shared: [UInt8], inThisProcess: Bool
  ) async throws -> Worker {
    let fate = Fate()
    let core = try PoolCore(
      kind, options, workers: 1, most: 1, least: 1, sharing: shared, inThisProcess: inThisProcess,
      onSingleEnd: { number, pid, end, message in
        fate.end(end.map { ExitReport(worker: number, pid: pid, $0) }, message ?? "")
      },
      onReady: { _, pid in fate.ready(pid) })
    try core.tell { _ in }
    let start = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        fate.whenStarted { continuation.resume(returning: $0) }
        // Should the pool end without a word of the worker.
        core.thread.whenEnded { fate.end(nil, $0) }
      }
    } onCancel: {
      _ = core.thread.mailbox.post(.act({ $0.stop() }, orElse: {}))
    }
    switch start {
    case .ready(let pid): return Worker(core: core, pid: pid, fate: fate)
    case .ended(let report, let message):
      _ = await core.ended()
      try Task.checkCancellation()
      throw SpawnFailure(exit: report, message: message)
    }
  }

  private init(core: PoolCore, pid: Int32, fate: Fate) {
    self.core = core
    self.pid = pid
    self.fate = fate
  }

  deinit {
    _ = core.thread.mailbox.post(.act({ $0.closeIntake() }, orElse: {}))
  }

  /// What it performs.
  public var kind: Kind { core.kind }
  /// What happens to it.
  public var events: WorkerEvents { WorkerEvents(queue: core.events) }

  /// Sends a request and waits for what has come of it. Requests are performed one after the other, in their order. A task that is
  /// cancelled meanwhile cancels the call; an answer that comes late is dropped.
  public func run(_ request: [UInt8], _ options: TaskOptions = TaskOptions()) async -> CallResult {
    await core.callResult(request, options, worker: nil)
  }

  /// Sends a request whose answer nobody wants. Returns when there is room for it among those under way. A failure is counted:
  /// ``oneWayFailures``.
  public func send(_ request: [UInt8], _ options: TaskOptions = TaskOptions()) async throws(PoolError) {
    try await core.send(request, options, worker: nil)
  }

  /// One-way requests that did not come to a good end.
  public var oneWayFailures: UInt64 { core.gate.counts.failed }

  /// Bytes for its `on_feedback`.
  public func feedback(_ bytes: [UInt8]) async throws(PoolError) {
    try await core.feedBack(bytes)
  }

  /// Nil: it lives.
  public var exit: ExitReport? { fate.report }

  /// Ends the worker and waits for that. When this returns the process is reaped, and its thread and descriptors are gone; the
  /// report says how it ended, also if that was long ago.
  @discardableResult
  public func shutdown(_ mode: ClosingMode = .finish) async throws(PoolError) -> ExitReport {
    do throws(PoolError) {
      try core.tell { pool in
        pool.closeIntake()
        switch mode {
        case .finish: break
        case .cancel: pool.drain()
        case .kill: pool.stop()
        }
      }
    } catch .closed {
      // It has ended by itself.
    }
    let failure = await core.ended()
    guard let report = fate.report else {
      throw .system(failure.isEmpty ? "no report of the worker" : failure)
    }
    return report
  }
}

/// A worker did not come so far that it could work.
public struct SpawnFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Of its process; nil if there was none.
  public var exit: ExitReport?
  /// Why there was no process.
  public var message: String

  /// For people.
  public var description: String {
    guard let exit else { return "no worker could be started: \(message)" }
    let tail = exit.errorTail
    return tail.isEmpty ? exit.description : "\(exit.description); it printed: \(tail)"
  }
}

/// What has become of one worker: ready, then ended; or ended at once.
final class Fate: Sendable {
  enum Start: Sendable {
    case ready(pid: Int32)
    case ended(ExitReport?, String)
  }

  private struct State {
    var start: Start?
    var report: ExitReport?
    var waiter: (@Sendable (Start) -> Void)?
  }

  private let state = Mutex(State())

  var report: ExitReport? { state.guarded { $0.report } }

  func whenStarted(_ body: @escaping @Sendable (Start) -> Void) {
    let start = state.guarded { state in
      if state.start == nil { state.waiter = body }
      return state.start
    }
    if let start { body(start) }
  }

  func ready(_ pid: Int32) { start(.ready(pid: pid)) }

  func end(_ report: ExitReport?, _ message: String) {
    if let report { state.guarded { $0.report = report } }
    start(.ended(report, message))
  }

  private func start(_ start: Start) {
    let waiter = state.guarded { state -> (@Sendable (Start) -> Void)? in
      guard state.start == nil else { return nil }
      state.start = start
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?(start)
  }
}
