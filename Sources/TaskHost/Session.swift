internal import Wire
internal import WorkerPool

/// A state of its own in one worker, for a kind that has sessions: requests of it find what those before have left. A worker may have
/// many, whose requests alternate: one at a time, so none may wait for what another one of the same worker is to do. Where that is
/// certain, in an answer to the worker itself, the call fails with ``InfrastructureFailure/Cause/cycle``; else a time limit ends it.
///
/// It ends by ``close(_:)``, or with its worker. One that is forgotten closes itself.
public final class Session: Sendable {
  private let core: PoolCore
  private let port: SessionPort
  /// The number of the worker that has it.
  public let worker: UInt64

  init(
    _ core: PoolCore, open request: [UInt8], _ options: TaskOptions, worker: UInt64?
  ) async throws {
    self.core = core
    port = SessionPort()
    var traits = CallTraits()
    traits.session = (.open, port)
    let ticket = try core.call(request, options, worker: worker, traits, isAwaited: true)
    _ = try CallResult(await core.end(of: ticket)).get()
    guard let number = port.worker else { throw PoolError.closed }
    self.worker = number
  }

  deinit {
    guard port.end == nil else { return }
    // Nobody is there to hear how it ends.
    do throws(PoolError) { _ = try call(.close, [], TaskOptions(), nil) } catch {}
  }

  private func call(
    _ operation: SessionOperation, _ request: [UInt8], _ options: TaskOptions, _ stream: StreamPort?,
    isAwaited: Bool = false
  ) throws(PoolError) -> Ticket {
    var traits = CallTraits()
    traits.session = (operation, port)
    traits.stream = stream
    return try core.call(request, options, worker: worker, traits, isAwaited: isAwaited)
  }

  /// Sends a request of this session, and waits for what has come of it.
  public func run(_ request: [UInt8], _ options: TaskOptions = TaskOptions()) async -> CallResult {
    await result(.perform, request, options)
  }

  /// Ends the session; the answer is its last output. It is over whatever comes of that, unless it was cancelled before it had begun.
  public func close(_ options: TaskOptions = TaskOptions()) async -> CallResult {
    await result(.close, [], options)
  }

  private func result(
    _ operation: SessionOperation, _ request: [UInt8], _ options: TaskOptions
  ) async -> CallResult {
    if let end { return .infrastructure(InfrastructureFailure(end)) }
    do throws(PoolError) {
      let ticket = try call(operation, request, options, nil, isAwaited: true)
      let result = CallResult(await core.end(of: ticket))
      // It was gone before the request was sent: how is known better here.
      if case .infrastructure(let failure) = result, failure.cause == .workerGone, let end {
        return .infrastructure(InfrastructureFailure(end))
      }
      return result
    } catch {
      return .infrastructure(InfrastructureFailure(error))
    }
  }

  /// A request of this session whose items come as they are made, as ``Worker/stream(_:input:_:)``.
  public func stream<Input: AsyncSequence & Sendable>(
    _ request: [UInt8], input: Input, _ options: TaskOptions = TaskOptions()
  ) throws(PoolError) -> CallStream where Input.Element == [UInt8] {
    let port = StreamPort(takesItems: true, hasInput: true)
    return CallStream(core, port, try call(.perform, request, options, port), input: input)
  }

  /// The same without input.
  public func stream(
    _ request: [UInt8], _ options: TaskOptions = TaskOptions()
  ) throws(PoolError) -> CallStream {
    let port = StreamPort(takesItems: true, hasInput: false)
    return CallStream(core, port, try call(.perform, request, options, port))
  }

  // MARK: Its end

  /// How a session has ended.
  public enum End: Hashable, Sendable {
    /// By its close, whatever came of that.
    case closed
    /// With its worker, which is reported once for each session that was open in it.
    case worker(ExitReport)

    init(_ end: SessionPort.End) {
      self =
        switch end {
        case .closed: .closed
        case .worker(let number, let pid, let end): .worker(ExitReport(worker: number, pid: pid, end))
        }
    }
  }

  /// Nil: it is open.
  public var end: End? { port.end.map { End($0) } }

  /// Waits for its end.
  public func ended() async -> End {
    await withCheckedContinuation { continuation in
      port.whenEnded { continuation.resume(returning: End($0)) }
    }
  }
}

extension InfrastructureFailure {
  init(_ end: Session.End) {
    switch end {
    case .closed: self.init(cause: .failed, message: "the session is closed", exit: nil)
    case .worker(let report):
      self.init(
        cause: .workerGone, message: "the session has ended with its worker: \(report)", exit: report)
    }
  }
}

extension Worker {
  /// Opens a session. Throws ``KindFailure``, ``InfrastructureFailure`` and ``PoolError``: there is none then.
  public func session(open request: [UInt8] = [], _ options: TaskOptions = TaskOptions()) async throws
    -> Session
  {
    try await Session(core, open: request, options, worker: nil)
  }
}

extension WorkerPool {
  /// Opens a session in a worker that is free, or in this one. Throws as ``Worker/session(open:_:)``.
  public func session(
    open request: [UInt8] = [], on worker: UInt64? = nil, _ options: TaskOptions = TaskOptions()
  ) async throws -> Session {
    try await Session(core, open: request, options, worker: worker)
  }
}
