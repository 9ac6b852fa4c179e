internal import WorkerPool

/// What a worker asks of the program around its host, by `taskhost.host_call/1`.
public struct CallOfWorker: Sendable {
  /// The bytes that the worker has sent.
  public var request: [UInt8]
  /// The number of the worker that waits.
  public var worker: UInt64

  /// What the pool hands over, answered by `handler` in a task of its own.
  static func answering(
    _ handler: @escaping @Sendable (CallOfWorker) async throws -> [UInt8]
  ) -> @Sendable (WorkerCall) -> Void {
    { call in
      Task {
        do {
          let reply = try await Answering.$now.withValue(Answering(call.worker)) {
            try await handler(CallOfWorker(request: call.bytes, worker: call.worker.number))
          }
          call.answer(0, reply)
        } catch let refusal as CallRefusal {
          call.answer(refusal.code, Array(refusal.message.utf8))
        } catch {
          call.answer(-1, Array("\(error)".utf8))
        }
      }
    }
  }
}

/// The task in which a worker is answered.
struct Answering: Sendable {
  @TaskLocal static var now: Answering?

  private let worker: WaitingWorker
  private let task = Self.currentTask

  init(_ worker: WaitingWorker) { self.worker = worker }

  private static var currentTask: Int? { withUnsafeCurrentTask { $0?.hashValue } }

  /// The worker that is answered by the task that runs. Tasks that it has made inherit the value, but it need not await them.
  static var worker: WaitingWorker? {
    guard let now, now.task == currentTask else { return nil }
    return now.worker
  }
}

/// An answer to a ``CallOfWorker`` that is a failure. Any other error reaches the worker as `TH_E_INTERNAL` with its description.
public struct CallRefusal: Error, Hashable, Sendable {
  /// A `TH_E_*`, or one of the kind's own: -1000 to -9999.
  public var code: Int32
  /// What the worker gets in place of a reply.
  public var message: String

  /// A failure with any code below zero.
  public init(code: Int32, message: String) {
    self.code = code < 0 ? code : -1
    self.message = message
  }
}

/// By what the workers of a pool call each other: pass it on in any request. It is good as long as the worker lives.
public struct WorkerAddress: Hashable, Sendable {
  /// The number of the worker.
  public var id: UInt64
  /// Of the pool, so that workers of another one are told apart.
  public var epoch: UInt64
}

extension WorkerPool {
  /// The address of a worker of this pool. That it lives is only known once it is called.
  public func address(of worker: UInt64) async throws(PoolError) -> WorkerAddress {
    WorkerAddress(id: worker, epoch: try await core.ask { $0.epoch })
  }
}
