/// What can not be done with a pool or a worker.
public enum PoolError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It was closed, or has ended.
  case closed
  /// An option is not what it may be, in words.
  case badOption(String)
  /// A system call failed that everything depends on.
  case system(String)
  /// The kind could not start on the host's side.
  case kind(KindError)
  /// So many tasks wait, and there are no workers for them: give the pool some with `resize`, or `clear` it.
  case noWorkers(queued: Int)
  /// There is no worker of this number, or it has ended.
  case noSuchWorker(UInt64)
  /// More bytes than a frame may hold.
  case tooLarge(bytes: Int, limit: Int)
  /// The kind could not make tasks of words, in its own words.
  case plan(String)

  /// For people.
  public var description: String {
    switch self {
    case .closed: "the pool is closed"
    case .badOption(let problem): problem
    case .system(let message): "the machinery of the pool failed: \(message)"
    case .kind(let error): error.description
    case .noWorkers(let queued):
      "\(queued) task\(queued == 1 ? "" : "s") can never start: the pool has no workers; resize it or clear its queue"
    case .noSuchWorker(let number): "worker \(number) is not there, or has ended"
    case .tooLarge(let bytes, let limit): "\(bytes) bytes are too many, a frame holds \(limit)"
    case .plan(let message): message
    }
  }
}
