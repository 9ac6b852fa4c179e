/// "No row": ends linked lists, and stands for a missing slot.
let none = UInt32.max

/// Where a task is. An `offered` one keeps its place in the queue until the answer has come.
enum TaskState: UInt8 {
  case free, queued, offered, inFlight, awaiting, gone
  /// Waits for the time of its next trial.
  case delayed
}

struct TaskFlags: OptionSet {
  var rawValue: UInt16

  /// Its cancel switch has been thrown.
  static let cancelled = TaskFlags(rawValue: 1)
  /// It goes before untried ones of its priority.
  static let inFront = TaskFlags(rawValue: 2)
  static let pinned = TaskFlags(rawValue: 4)
  static let refusedByFresh = TaskFlags(rawValue: 8)
  /// Some worker has refused everything up to here, so leaving the queue has to move that mark.
  static let isMark = TaskFlags(rawValue: 16)
  /// The worker has been told to give up the present trial.
  static let cancelSent = TaskFlags(rawValue: 32)
  /// The soft limit of the present trial has passed.
  static let overSoftLimit = TaskFlags(rawValue: 64)
  static let expires = TaskFlags(rawValue: 128)
  /// It went wrong on its last worker and should go to another one.
  static let avoidsWorker = TaskFlags(rawValue: 256)
}

/// One task. Trivial, so that a table of a million is one block of memory without reference counts.
struct TaskRow {
  var serial: UInt32 = 0
  var priority: Int32 = 0
  var flags: TaskFlags = []
  var state = TaskState.free
  var cause = GoneCause.cancelled
  /// Trials performed; those that ended with the death of the worker.
  var tries: UInt32 = 0
  var crashes: UInt32 = 0
  /// Neighbours in its bucket of the queue (`next` also links free rows).
  var next = none
  var previous = none
  var bucket = none
  /// Ring of the tasks that share one cancel switch.
  var nextShare = none
  var previousShare = none
  /// The worker that holds it, or that it is pinned to.
  var worker = WorkerID(slot: none, generation: 0)
  /// Number of its arrival in the queue; for a delayed one, when it is due.
  var arrival: UInt64 = 0
  var request: RequestID = 0
  var expiresAt = Instant.never
  var softLimit: UInt64 = 0
  var hardLimit: UInt64 = 0
  /// Status of the worker that has refused it while it was pinned there.
  var refusedAt: UInt64 = 0

  var rank: Int64 { Int64(priority) << 1 | (flags.contains(.inFront) ? 1 : 0) }
}

/// All tasks that have not ended. Rows are used again, the youngest free one first, as it is still in the cache.
struct TaskTable {
  private(set) var count = 0
  private var free = none
  private var rows = ContiguousArray<TaskRow>()

  var capacity: Int { rows.count }

  subscript(index: UInt32) -> TaskRow {
    @inline(__always) _read { yield rows[Int(index)] }
    @inline(__always) _modify { yield &rows[Int(index)] }
  }

  /// The row of a live task, or nil if it has ended.
  func find(_ id: TaskID) -> UInt32? {
    guard Int(id.index) < rows.count else { return nil }
    let row = rows[Int(id.index)]
    return row.serial == id.serial && row.state != .free ? id.index : nil
  }

  func id(_ index: UInt32) -> TaskID { TaskID(index: index, serial: rows[Int(index)].serial) }

  /// A row that is alone in its ring.
  mutating func insert(_ row: TaskRow) -> UInt32 {
    var row = row
    count += 1
    let index: UInt32
    if free != none {
      index = free
      free = rows[Int(index)].next
      row.serial = rows[Int(index)].serial
      row.nextShare = index
      row.previousShare = index
      rows[Int(index)] = row
    } else {
      precondition(rows.count < Int(none), "more than 4 billion tasks")
      index = UInt32(truncatingIfNeeded: rows.count)
      row.nextShare = index
      row.previousShare = index
      rows.append(row)
    }
    return index
  }

  /// The task has ended. Its row is not used again before `recycle`: the owner may keep things of its own by row, and has
  /// not been told yet.
  mutating func remove(_ index: UInt32) {
    leaveShare(index)
    rows[Int(index)].state = .free
    rows[Int(index)].serial &+= 1
    count -= 1
  }

  @inline(__always)
  mutating func recycle(_ index: UInt32) {
    rows[Int(index)].next = free
    free = index
  }

  /// Lets `child` share the cancel switch of `parent`.
  mutating func share(_ child: UInt32, with parent: UInt32) {
    let after = rows[Int(parent)].nextShare
    rows[Int(child)].previousShare = parent
    rows[Int(child)].nextShare = after
    rows[Int(parent)].nextShare = child
    rows[Int(after)].previousShare = child
  }

  private mutating func leaveShare(_ index: UInt32) {
    let next = rows[Int(index)].nextShare
    if next == index { return }
    let previous = rows[Int(index)].previousShare
    rows[Int(previous)].nextShare = next
    rows[Int(next)].previousShare = previous
  }
}
