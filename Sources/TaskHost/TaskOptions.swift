internal import Hooks
internal import WorkerPool

/// How a task or a call is to be treated.
public struct TaskOptions: Sendable {
  /// Higher goes first.
  public var priority: Int32 = 0
  /// Not started after this time: it ends as `expired`.
  public var expiresIn: Duration?
  /// Of one trial: told to give up, later killed.
  public var softLimit: Duration?
  /// Of one trial: killed.
  public var hardLimit: Duration?
  /// What it is expected to take: within a priority, longer ones go first. Not for calls.
  public var estimate: Duration?
  /// Nonzero: tasks that prefer one worker. Not for calls.
  public var group: UInt64 = 0

  /// The defaults.
  public init() {}

  var forTask: ItemOptions {
    var options = ItemOptions()
    options.priority = priority
    options.expiresIn = nanoseconds(expiresIn)
    options.softLimit = nanoseconds(softLimit)
    options.hardLimit = nanoseconds(hardLimit)
    options.estimate = nanoseconds(estimate)
    options.group = group
    return options
  }

  func forCall(worker: UInt64?) -> CallOptions {
    var options = CallOptions()
    options.priority = priority
    options.expiresIn = nanoseconds(expiresIn)
    options.softLimit = nanoseconds(softLimit)
    options.hardLimit = nanoseconds(hardLimit)
    options.worker = worker
    return options
  }
}

/// 0 for none; what is there but not above 0 is one.
func nanoseconds(_ duration: Duration?) -> UInt64 {
  guard let duration else { return 0 }
  let (seconds, attoseconds) = duration.components
  guard seconds >= 0, attoseconds >= 0 else { return 1 }
  let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
  if overflow { return .max }
  let (sum, overflows) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
  return overflows ? .max : max(sum, 1)
}
