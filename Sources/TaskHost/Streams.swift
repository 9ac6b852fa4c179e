internal import Synchronization
internal import WorkerPool

/// A call whose items come as the worker makes them, and then its result.
///
/// Iterate it once. A worker that is far ahead of whoever takes the items waits: at most 256 KiB and one item are kept. Leaving the
/// loop early, and a cancel of the task that iterates, cancel the call, and the worker's next `emit` says so.
public final class CallStream: AsyncSequence, Sendable {
  /// The bytes of one item.
  public typealias Element = [UInt8]
  /// A failure of the call is its result, and not an error of the loop.
  public typealias Failure = Never

  private struct State {
    var isIterated = false
    /// Why the input came to no good end.
    var problem: String?
  }

  private let core: PoolCore
  private let port: StreamPort
  private let ticket: Ticket
  private let state = Mutex(State())

  init(_ core: PoolCore, _ port: StreamPort, _ ticket: Ticket) {
    self.core = core
    self.port = port
    self.ticket = ticket
    ticket.whenEnded { _ in port.finish() }
  }

  convenience init<Input: AsyncSequence & Sendable>(
    _ core: PoolCore, _ port: StreamPort, _ ticket: Ticket, input: Input
  ) where Input.Element == [UInt8] {
    self.init(core, port, ticket)
    let feeding = Task { [weak self] in
      do {
        try await Self.feed(port, input, limit: core.maxFrame)
      } catch {
        self?.state.guarded { $0.problem = "its input failed: \(error)" }
        core.cancel(ticket)
      }
      port.endInput()
    }
    ticket.whenEnded { _ in feeding.cancel() }
  }

  deinit {
    // Nobody can take anything any more; an iterator keeps the stream.
    if !state.guarded({ $0.isIterated }) { port.discard() }
  }

  private static func feed<Input: AsyncSequence>(
    _ port: StreamPort, _ input: Input, limit: Int
  ) async throws where Input.Element == [UInt8] {
    for try await item in input {
      guard item.count <= limit else { throw PoolError.tooLarge(bytes: item.count, limit: limit) }
      while true {
        let sent = await withCheckedContinuation { continuation in
          let sent = port.send(item) { continuation.resume(returning: StreamPort.Sent.later) }
          if sent != .later { continuation.resume(returning: sent) }
        }
        if sent == .over { return }
        if sent == .taken { break }
      }
    }
  }

  /// Waits for the end of the call. Items that nobody iterates are dropped.
  public var result: CallResult {
    get async {
      if !state.guarded({ $0.isIterated }) { port.discard() }
      let result = CallResult(await core.end(of: ticket))
      guard let problem = state.guarded({ $0.problem }), case .infrastructure(var failure) = result else {
        return result
      }
      failure.message = problem
      return .infrastructure(failure)
    }
  }

  /// The worker is told to give up. Items that have come can still be taken.
  public func cancel() { core.cancel(ticket) }

  /// The one iterator that there is.
  public func makeAsyncIterator() -> Iterator {
    let wasIterated = state.guarded { state in
      defer { state.isIterated = true }
      return state.isIterated
    }
    precondition(!wasIterated, "a CallStream is iterated once")
    return Iterator(self)
  }

  /// Takes items as they come. The call is cancelled if it goes away before their end.
  public struct Iterator: AsyncIteratorProtocol {
    private let place: Place

    init(_ stream: CallStream) { place = Place(stream) }

    /// The next item; nil at the end of the call.
    public mutating func next() async -> [UInt8]? { await place.next() }
    /// The next item; nil at the end of the call.
    public mutating func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? { await place.next() }
  }

  /// Goes away with the loop.
  private final class Place: Sendable {
    private let stream: CallStream

    init(_ stream: CallStream) { self.stream = stream }

    deinit { stream.leave() }

    func next() async -> [UInt8]? { await stream.next() }
  }

  private func next() async -> [UInt8]? {
    while true {
      if Task.isCancelled {
        cancel()
        return nil
      }
      let next = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let next = port.next { continuation.resume(returning: StreamPort.Next.later) }
          if case .later = next {
            // A cancel that came before there was somebody to wake.
            if Task.isCancelled { port.wake() }
            return
          }
          continuation.resume(returning: next)
        }
      } onCancel: {
        port.wake()
      }
      switch next {
      case .item(let item): return item
      case .end: return nil
      case .later: continue
      }
    }
  }

  /// The loop is over, at its end or before it.
  private func leave() {
    if ticket.end == nil {
      cancel()
      port.discard()
    }
  }
}

extension Worker {
  /// Sends a request whose items come as they are made, with items of its own behind it: the worker takes them with `next`, and
  /// `input` is asked for more as it does. If `input` throws, the call is cancelled.
  public func stream<Input: AsyncSequence & Sendable>(
    _ request: [UInt8], input: Input, _ options: TaskOptions = TaskOptions()
  ) throws(PoolError) -> CallStream where Input.Element == [UInt8] {
    try core.stream(request, input: input, options, worker: nil)
  }

  /// The same without input.
  public func stream(
    _ request: [UInt8], _ options: TaskOptions = TaskOptions()
  ) throws(PoolError) -> CallStream {
    try core.stream(request, options, worker: nil)
  }
}

extension WorkerPool {
  /// As ``Worker/stream(_:input:_:)``, by a worker that is free, or by this one.
  public func stream<Input: AsyncSequence & Sendable>(
    _ request: [UInt8], input: Input, on worker: UInt64? = nil, _ options: TaskOptions = TaskOptions()
  ) throws(PoolError) -> CallStream where Input.Element == [UInt8] {
    try core.stream(request, input: input, options, worker: worker)
  }

  /// The same without input.
  public func stream(
    _ request: [UInt8], on worker: UInt64? = nil, _ options: TaskOptions = TaskOptions()
  ) throws(PoolError) -> CallStream {
    try core.stream(request, options, worker: worker)
  }
}

extension PoolCore {
  fileprivate func stream<Input: AsyncSequence & Sendable>(
    _ request: [UInt8], input: Input, _ options: TaskOptions, worker: UInt64?
  ) throws(PoolError) -> CallStream where Input.Element == [UInt8] {
    let port = StreamPort(takesItems: true, hasInput: true)
    var traits = CallTraits()
    traits.stream = port
    return CallStream(self, port, try call(request, options, worker: worker, traits), input: input)
  }

  fileprivate func stream(
    _ request: [UInt8], _ options: TaskOptions, worker: UInt64?
  ) throws(PoolError) -> CallStream {
    let port = StreamPort(takesItems: true, hasInput: false)
    var traits = CallTraits()
    traits.stream = port
    return CallStream(self, port, try call(request, options, worker: worker, traits))
  }
}
