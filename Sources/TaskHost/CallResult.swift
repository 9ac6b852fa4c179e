internal import Scheduling
internal import WorkerPool

/// What has come of a call: one of three, which nothing can be taken for another of.
public enum CallResult: Sendable, Hashable {
  /// What `perform` wrote.
  case answer([UInt8])
  /// What `perform` failed with; the worker lives on, unless the code says that it is spoilt.
  case kindError(KindFailure)
  /// No word of the kind came.
  case infrastructure(InfrastructureFailure)

  /// The answer; throws the failure.
  public func get() throws -> [UInt8] {
    switch self {
    case .answer(let bytes): return bytes
    case .kindError(let failure): throw failure
    case .infrastructure(let failure): throw failure
    }
  }
}

/// `perform` has returned a failure.
public struct KindFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// A `TH_E_*`, or the kind's own: -1000 to -9999.
  public var code: Int32
  /// For people.
  public var message: String
  /// Which worker said it.
  public var worker: UInt64

  /// For people.
  public var description: String { "worker \(worker): \(message) (\(code))" }
}

/// Why a call has neither an answer nor a failure of the kind.
public struct InfrastructureFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was in the way.
  public enum Cause: Hashable, Sendable {
    /// The worker died while it performed the call, or was ended for it; `exit` says how.
    case workerDied
    /// The worker had ended before the call was sent.
    case workerGone
    /// No worker could be started.
    case unstarted
    /// By the task that waited for it, or with its pool.
    case cancelled
    /// It was not sent in its time.
    case expired
    /// A time limit of the trial was passed.
    case timedOut
    /// A limit of the trial: `exit` says which, where the worker was ended for it.
    case limit
    /// The request or the answer is larger than a frame may be.
    case tooLarge(bytes: UInt64, limit: UInt64)
    /// The pool was closed before the call was taken.
    case closed
    /// It was not sent: it was made in an answer to a worker (``WorkerOptions/onCall``) that would have had to perform it, so neither
    /// would have come to an end.
    case cycle
    /// Anything else, as `message` says.
    case failed
  }

  /// For programs.
  public var cause: Cause
  /// For people.
  public var message: String
  /// Of the worker that the call was lost with.
  public var exit: ExitReport?

  /// For people.
  public var description: String { message }
}

extension CallResult {
  init(_ end: TicketEnd, pid: Int32 = -1) {
    if let answer = end.answer {
      self = .answer(answer)
      return
    }
    let isOfKind = end.code != 0 && end.death == nil && end.actual == 0
    if isOfKind, end.outcome == .error || end.outcome == .limit, let worker = end.worker {
      self = .kindError(KindFailure(code: end.code, message: end.message, worker: worker))
      return
    }
    let cause: InfrastructureFailure.Cause =
      switch end.outcome {
      case _ where end.isRefused: .closed
      case _ where end.isCycle: .cycle
      case .crashed: .workerDied
      case .lost: end.death != nil || end.worker != nil ? .workerGone : .unstarted
      case .cancelled: .cancelled
      case .expired: .expired
      case .timeout: .timedOut
      case .limit: .limit
      case .error where end.actual > 0: .tooLarge(bytes: end.actual, limit: end.limit)
      case .error where end.death != nil: .workerDied
      default: .failed
      }
    self = .infrastructure(
      InfrastructureFailure(
        cause: cause, message: end.message,
        exit: end.death.map { ExitReport(worker: end.worker ?? 1, pid: pid, $0) }))
  }
}
