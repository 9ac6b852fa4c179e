internal import Synchronization
internal import WorkerPool

/// The events of one pool, for one reader: a second one that reads at the same time gets some of them and the first the rest.
///
/// The pool never waits for the reader. It keeps ``WorkerOptions/eventLimit`` events that nobody has read; of what comes then only ends of workers are
/// kept, up to sixteen times as many, and the rest is given up and counted: the next event that is read says how many were.
public struct WorkerEvents: AsyncSequence, Sendable {
  /// One event.
  public typealias Element = WorkerEvent
  /// Reading does not fail.
  public typealias Failure = Never

  let queue: EventQueue

  /// Takes one event after the other.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let queue: EventQueue

    /// Nil when the pool has ended and everything was read, or when the task that waits was cancelled.
    public mutating func next() async -> WorkerEvent? { await queue.next() }
    /// The same, for a caller with an actor.
    public mutating func next(isolation actor: isolated (any Actor)?) async -> WorkerEvent? {
      await queue.next()
    }
  }

  /// Begins to read, or goes on where another reader is.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue) }
}

/// Filled by the thread of a pool, emptied by tasks.
final class EventQueue: Sendable {
  private struct State {
    var events: [WorkerEvent] = []
    var first = 0
    var dropped = 0
    var isFinished = false
    var waiters: [(id: UInt64, continuation: CheckedContinuation<WorkerEvent?, Never>)] = []
    var waits: UInt64 = 0

    var count: Int { events.count - first }

    mutating func take() -> WorkerEvent? {
      // What was given up came after all that is kept.
      guard first < events.count else {
        guard dropped > 0 else { return nil }
        defer { dropped = 0 }
        return .dropped(dropped)
      }
      defer {
        first += 1
        if first > 256, first * 2 > events.count {
          events.removeFirst(first)
          first = 0
        }
      }
      return events[first]
    }
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func add(_ event: WorkerEvent) {
    let waiter = state.guarded { state -> CheckedContinuation<WorkerEvent?, Never>? in
      if state.isFinished { return nil }
      if !state.waiters.isEmpty { return state.waiters.removeFirst().continuation }
      var room = limit
      if case .ended = event { room = 16 * limit }
      if state.count >= room {
        state.dropped += 1
      } else {
        // Its place is told as exactly as can be: before what comes after it.
        if state.dropped > 0 {
          state.events.append(.dropped(state.dropped))
          state.dropped = 0
        }
        state.events.append(event)
      }
      return nil
    }
    waiter?.resume(returning: event)
  }

  func finish() {
    let waiters = state.guarded { state in
      state.isFinished = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume(returning: nil) }
  }

  func next() async -> WorkerEvent? {
    let id = state.guarded { state in
      state.waits += 1
      return state.waits
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let event = state.guarded { state -> WorkerEvent?? in
          if let event = state.take() { return .some(event) }
          if state.isFinished || Task.isCancelled { return .some(nil) }
          state.waiters.append((id, continuation))
          return nil
        }
        if let event { continuation.resume(returning: event) }
      }
    } onCancel: {
      let waiter = state.guarded { state -> CheckedContinuation<WorkerEvent?, Never>? in
        guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return state.waiters.remove(at: index).continuation
      }
      waiter?.resume(returning: nil)
    }
  }
}
