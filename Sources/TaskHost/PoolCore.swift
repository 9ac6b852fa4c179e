internal import CPosix
internal import CTaskHost
internal import Hooks
internal import PluginLoading
internal import Scheduling
internal import Synchronization
internal import Wire
internal import WorkerPool
internal import WorkerRuntime

extension Kind {
  /// The host's side of it for one pool. Throws ``KindError/couldNotStart(kind:hook:code:message:)``.
  func makeQueue(_ options: WorkerOptions) throws(KindError) -> KindQueue {
    do throws(HookError) {
      return try KindQueue(plugin: plugin, services: services, maxFrame: options.maxFrameBytes)
    } catch {
      throw .couldNotStart(kind: name, hook: error.hook, code: error.code, message: error.message)
    }
  }
}

/// What pools and single workers have in common: a queue of a kind, its thread, its events.
final class PoolCore: Sendable {
  let thread: PoolThread
  let events: EventQueue
  let gate: OneWayGate
  let maxFrame: Int
  let kind: Kind
  private let answersWorkers: Bool

  init(
    _ kind: Kind, _ common: WorkerOptions, workers: Int, most: Int, least: Int, sharing shared: [UInt8] = [],
    inThisProcess: Bool = false, breaker: StartBreaker? = nil,
    onSingleEnd: (@Sendable (UInt64, Int32, WorkerEnd?, String?) -> Void)? = nil,
    onReady: (@Sendable (UInt64, Int32) -> Void)? = nil
  ) throws(PoolError) {
    guard workers >= 0, workers <= Pool.Options.mostWorkers, most <= Pool.Options.mostWorkers else {
      throw .badOption(
        "\(workers < 0 ? workers : max(workers, most)) workers, expected 0 to \(Pool.Options.mostWorkers)")
    }
    self.kind = kind
    answersWorkers = common.onCall != nil
    maxFrame = common.maxFrameBytes
    let surroundings = try common.checked(for: kind)
    let queue: KindQueue
    do throws(KindError) { queue = try kind.makeQueue(common) } catch { throw .kind(error) }
    let events = EventQueue(limit: common.eventLimit)
    let gate = OneWayGate(limit: common.oneWayLimitBytes)
    let mailbox = Mailbox()
    let translator = EventTranslator(
      events, common.surroundings, onReady: onReady, onPrint: common.onPrint)
    thread = PoolThread(kind: queue, mailbox: mailbox) {
      var options = common.forPool(kind, surroundings, inThisProcess: inThisProcess)
      options.mailbox = mailbox
      options.workers = workers
      options.mostWorkers = max(workers, most)
      options.leastWorkers = least
      if most < 2 { options.forkServer = false }
      options.wantsWorkerEvents = true
      options.tellsBadTasks = false
      options.wantsPrints = common.onPrint != nil
      if let breaker {
        options.breaker = breaker.policy
        options.onBreaker = { events.add(.breaker(StartBreaker.State($0))) }
      }
      options.onKindFailure = { events.add(.noMoreWorkers($0.message)) }
      if let onSingleEnd {
        options.onSingleEnd = { end, message in
          onSingleEnd(translator.lastEnded, translator.lastPid, end, message)
        }
      }
      // What the plugin was given lives as long as this process does.
      options.localLog = { [weak events] level, text in
        events?.add(.log(worker: 1, KindLogLine(level: KindLogLine.Level(level), message: text)))
      }
      return options
    } emit: {
      translator.translate($0)
    } atEnd: {
      events.finish()
      gate.open()
    }
    self.events = events
    self.gate = gate
    if !shared.isEmpty { _ = mailbox.post(.act({ $0.share(shared) }, orElse: {})) }
  }

  /// A letter that somebody waits for: `nil` from `body` if the pool has ended.
  func ask<R: Sendable>(_ body: @escaping @Sendable (Pool) -> R) async throws(PoolError) -> R {
    let thread = thread
    let result: Result<R, PoolError> = await withCheckedContinuation { continuation in
      do throws(PoolError) {
        try thread.post(
          .act(
            { continuation.resume(returning: .success(body($0))) },
            orElse: { continuation.resume(returning: .failure(.closed)) }))
      } catch {
        continuation.resume(returning: .failure(error))
      }
    }
    return try result.get()
  }

  /// A letter that nobody waits for.
  func tell(_ body: @escaping @Sendable (Pool) -> Void) throws(PoolError) {
    try thread.post(.act(body, orElse: {}))
  }

  /// `traits`: with a session, or with streams. `isAwaited`: the task that runs goes on when it has ended.
  func call(
    _ request: [UInt8], _ options: TaskOptions, worker: UInt64?, _ traits: CallTraits? = nil,
    isAwaited: Bool = false
  ) throws(PoolError) -> Ticket {
    guard request.count <= maxFrame else { throw .tooLarge(bytes: request.count, limit: maxFrame) }
    let ticket = Ticket()
    var call = options.forCall(worker: worker)
    call.traits = traits
    if isAwaited, answersWorkers { call.answering = Answering.worker }
    try thread.post(.call(request, call, ticket))
    return ticket
  }

  func callResult(_ request: [UInt8], _ options: TaskOptions, worker: UInt64?) async -> CallResult {
    let ticket: Ticket
    do throws(PoolError) {
      ticket = try call(request, options, worker: worker, isAwaited: true)
    } catch {
      return .infrastructure(InfrastructureFailure(error))
    }
    return CallResult(await end(of: ticket))
  }

  /// Waits; a task that is cancelled cancels what it waits for.
  func end(of ticket: Ticket) async -> TicketEnd {
    if let end = ticket.end { return end }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        ticket.whenEnded { continuation.resume(returning: $0) }
      }
    } onCancel: {
      cancel(ticket)
    }
  }

  /// What has ended, or has never been taken, needs no cancel.
  func cancel(_ ticket: Ticket) { _ = thread.mailbox.post(.act({ $0.cancel(ticket) }, orElse: {})) }
  func cancel(_ batch: TaskBatch) { _ = thread.mailbox.post(.act({ $0.cancel(batch) }, orElse: {})) }

  /// One way: returns when there is room for it among those under way.
  func send(_ request: [UInt8], _ options: TaskOptions, worker: UInt64?) async throws(PoolError) {
    let gate = gate
    let cost = request.count + 64
    await withCheckedContinuation { continuation in gate.enter(cost) { continuation.resume() } }
    let ticket: Ticket
    do throws(PoolError) {
      ticket = try call(request, options, worker: worker)
    } catch {
      gate.leave(cost, failed: true)
      throw error
    }
    ticket.whenEnded { end in gate.leave(cost, failed: end.outcome != .passed) }
  }

  /// For `on_feedback` of all that are ready.
  func feedBack(_ bytes: [UInt8]) async throws(PoolError) {
    guard try await ask({ $0.feedBack(bytes) }) else {
      throw .tooLarge(bytes: bytes.count, limit: maxFrame)
    }
  }

  /// Why the machinery failed; empty if it did not.
  func ended() async -> String {
    await withCheckedContinuation { continuation in
      thread.whenEnded { continuation.resume(returning: $0) }
    }
  }
}

extension InfrastructureFailure {
  init(_ error: PoolError) {
    let cause: Cause =
      switch error {
      case .tooLarge(let bytes, let limit): .tooLarge(bytes: UInt64(bytes), limit: UInt64(limit))
      case .closed: .closed
      default: .failed
      }
    self.init(cause: cause, message: error.description, exit: nil)
  }
}
