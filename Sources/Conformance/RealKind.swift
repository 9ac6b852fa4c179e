internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading
internal import TaskHost

/// The kind as a program has it that embeds the library: real worker processes of this executable.
struct RealKind {
  let kind: Kind
  let flags: KindFlags
  private let context: CheckContext

  /// Skips what the loader refuses. `file`: another one than that of the check.
  init(_ context: CheckContext, file: String? = nil) throws(CheckEnd) {
    self.context = context
    flags = context.inspection().manifest?.flags ?? []
    do {
      kind = try Host().kind(at: file ?? context.file, settings: context.settings)
    } catch {
      throw .skipped("the kind can not be loaded: \(error)")
    }
  }

  /// Skips where the worker does not start: `workers-start` says why.
  func answers(of requests: [[UInt8]], shared: [UInt8]) throws(CheckEnd) -> [PerformAnswer] {
    let kind = kind
    let result = Self.wait { () -> Result<[PerformAnswer], CheckEnd> in
      do {
        let worker = try await Worker.spawn(kind, shared: shared)
        var answers: [PerformAnswer] = []
        for request in requests {
          switch await worker.run(request) {
          case .answer(let bytes): answers.append(PerformAnswer(status: TH_OK, bytes: bytes))
          case .kindError(let failure): answers.append(PerformAnswer(status: failure.code, bytes: []))
          case .infrastructure(let failure):
            try await worker.shutdown(.kill)
            return .failure(.skipped("a worker process did not answer: \(failure)"))
          }
        }
        try await worker.shutdown()
        return .success(answers)
      } catch {
        return .failure(.skipped("workers do not start: \(error)"))
      }
    }
    return try result.get()
  }

  /// Starts a worker, lets `body` do something to it, and tells how it has ended.
  func end<Value: Sendable>(
    shared: [UInt8], _ body: @escaping @Sendable (Worker) async throws -> Value
  ) throws(CheckEnd) -> (report: ExitReport, value: Value) {
    let kind = kind
    let result = Self.wait { () -> Result<(ExitReport, Value), CheckEnd> in
      let worker: Worker
      do {
        worker = try await Worker.spawn(kind, shared: shared)
      } catch {
        return .failure(.skipped("workers do not start: \(error)"))
      }
      do {
        let value = try await body(worker)
        return .success((try await worker.shutdown(), value))
      } catch {
        return .failure(.skipped("a worker process could not be used: \(error)"))
      }
    }
    return try result.get()
  }

  /// Waits on this thread for what is done on others.
  static func wait<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) -> Result {
    let box = Box<Result>()
    Task.detached {
      let value = await body()
      box.set(value)
    }
    return box.wait()
  }

  private final class Box<Value: Sendable>: @unchecked Sendable {
    // Guarded by the lock.
    private var value: Value?
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
      pthread_mutex_init(lock, nil)
      pthread_cond_init(arrival, nil)
    }

    func set(_ new: Value) {
      pthread_mutex_lock(lock)
      value = new
      pthread_cond_signal(arrival)
      pthread_mutex_unlock(lock)
    }

    func wait() -> Value {
      pthread_mutex_lock(lock)
      defer { pthread_mutex_unlock(lock) }
      while true {
        if let value { return value }
        pthread_cond_wait(arrival, lock)
      }
    }
  }
}
