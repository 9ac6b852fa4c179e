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
  /// It was once asked back from a worker that had not come to it: that is not done again.
  static let recalled = TaskFlags(rawValue: 512)
  /// One that had started is not tried again, whatever the policy says.
  static let once = TaskFlags(rawValue: 4096)
  /// A copy was made of it: that is not done again.
  static let copied = TaskFlags(rawValue: 1024)
  /// It is no task, but the second trial of one.
  static let copy = TaskFlags(rawValue: 2048)
}

/// One task. Trivial, and small: a table of a million is one block of memory without reference counts. What few tasks have is
/// in `TaskExtras`.
struct TaskRow {
  var serial: UInt32 = 0
  var priority: Int32 = 0
  /// The place among untried tasks of its priority.
  var weight = TaskRow.unknownWeight
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
  /// The queue that it belongs to: 0, or a lane.
  var lane: UInt32 = 0
  /// Where its extras are, `none` without any.
  var extras = none
  /// The worker that holds it, or that it is pinned to.
  var worker = WorkerID(slot: none, generation: 0)
  /// The other trial of the same task, as long as both are in the race: for a task its copy, for a copy its task.
  var twin = none
  /// Number of its arrival in the queue; for a delayed one, when it is due.
  var arrival: UInt64 = 0
  var request: RequestID = 0

  static let unknownWeight: UInt32 = 0x7fff_ffff

  /// Priority, then retries, then those of unknown length, then longer ones before shorter ones.
  var rank: Int64 { Int64(priority) << 32 | (flags.contains(.inFront) ? 1 << 31 : Int64(weight)) }

  /// In microseconds; what is longer than half an hour is all the same.
  static func weight(of estimate: UInt64) -> UInt32 {
    estimate == 0 ? unknownWeight : UInt32(min(estimate / 1000, UInt64(unknownWeight) - 1))
  }

  /// Nanoseconds that it is expected to take, 0 = unknown; nil if that is longer than can be said here.
  var estimate: UInt64? {
    weight == Self.unknownWeight ? 0 : weight == Self.unknownWeight - 1 ? nil : UInt64(weight) * 1000
  }

  /// There is, or was, another trial of the same task beside this one.
  var isOfTwo: Bool { twin != none || flags.contains(.copy) }
}

/// What few tasks have: limits, an expiry, a cancel switch in common with others.
struct TaskExtras {
  var expiresAt = Instant.never
  var softLimit: UInt64 = 0
  var hardLimit: UInt64 = 0
  /// Status of the worker that has refused it while it was pinned there.
  var refusedAt: UInt64 = 0
  /// Ring of the tasks that share one cancel switch (`nextShare` also links free extras).
  var nextShare = none
  var previousShare = none
}

/// All tasks that have not ended. Rows are used again, the youngest free one first, as it is still in the cache.
struct TaskTable {
  private(set) var count = 0
  private var free = none
  private var rows = ContiguousArray<TaskRow>()
  private var freeExtras = none
  private var extras = ContiguousArray<TaskExtras>()

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

  mutating func insert(_ row: TaskRow) -> UInt32 {
    var row = row
    count += 1
    let index: UInt32
    if free != none {
      index = free
      free = rows[Int(index)].next
      row.serial = rows[Int(index)].serial
      rows[Int(index)] = row
    } else {
      precondition(rows.count < Int(none), "more than 4 billion tasks")
      index = UInt32(truncatingIfNeeded: rows.count)
      rows.append(row)
    }
    return index
  }

  /// The task has ended. Its row is not used again before `recycle`: the owner may keep things of its own by row, and has
  /// not been told yet.
  mutating func remove(_ index: UInt32) {
    if rows[Int(index)].extras != none { dropExtras(index) }
    rows[Int(index)].state = .free
    rows[Int(index)].serial &+= 1
    count -= 1
  }

  @inline(__always)
  mutating func recycle(_ index: UInt32) {
    rows[Int(index)].next = free
    free = index
  }
}

extension TaskTable {
  /// What a task has beside its row; that of most tasks is empty.
  func extras(_ index: UInt32) -> TaskExtras {
    let at = rows[Int(index)].extras
    return at == none ? TaskExtras() : extras[Int(at)]
  }

  mutating func changeExtras(_ index: UInt32, _ change: (inout TaskExtras) -> Void) {
    if rows[Int(index)].extras == none { addExtras(index) }
    change(&extras[Int(rows[Int(index)].extras)])
  }

  /// The next task in the ring of its cancel switch: itself, if it is alone.
  func nextShare(_ index: UInt32) -> UInt32 {
    let at = rows[Int(index)].extras
    return at == none ? index : extras[Int(at)].nextShare
  }

  func previousShare(_ index: UInt32) -> UInt32 {
    let at = rows[Int(index)].extras
    return at == none ? index : extras[Int(at)].previousShare
  }

  /// Lets `child` share the cancel switch of `parent`.
  mutating func share(_ child: UInt32, with parent: UInt32) {
    let after = nextShare(parent)
    changeExtras(parent) { $0.nextShare = child }
    changeExtras(child) {
      $0.previousShare = parent
      $0.nextShare = after
    }
    changeExtras(after) { $0.previousShare = child }
  }

  private mutating func addExtras(_ index: UInt32) {
    var new = TaskExtras()
    new.nextShare = index
    new.previousShare = index
    if freeExtras != none {
      rows[Int(index)].extras = freeExtras
      let at = Int(freeExtras)
      freeExtras = extras[at].nextShare
      extras[at] = new
    } else {
      rows[Int(index)].extras = UInt32(truncatingIfNeeded: extras.count)
      extras.append(new)
    }
  }

  private mutating func dropExtras(_ index: UInt32) {
    let at = rows[Int(index)].extras
    let (next, previous) = (extras[Int(at)].nextShare, extras[Int(at)].previousShare)
    if next != index {
      changeExtras(previous) { $0.nextShare = next }
      changeExtras(next) { $0.previousShare = previous }
    }
    extras[Int(at)].nextShare = freeExtras
    freeExtras = at
    rows[Int(index)].extras = none
  }
}
