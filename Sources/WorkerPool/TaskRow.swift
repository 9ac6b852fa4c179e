internal import Scheduling

/// What the pool knows of a task that has not ended, beside what the scheduler knows.
struct TaskRow {
  var payload: PayloadStore.Slice
  /// Which task of the submission it descends from, from 0. It comes second, and so fills a gap: the row is one line of the cache.
  var root: UInt32
  /// From 1, in the order of acceptance.
  var number: UInt64
  var acceptedAt: UInt64
  /// Of the trial under way, or of the last one.
  var trialStartedAt: UInt64 = 0
  /// Trials that were begun.
  var tries: Int32 = 0
  /// Who waits for it: of `OwnerTable`, 0 = nobody.
  var owner: Int32 = 0
  /// A call: no hook of the host has to do with it.
  var isCall = false
  /// A call that a worker waits for: nobody else hears of it, and it counts for nothing.
  var isInner = false
}

/// Rows by the number that the scheduler has for their task. Memory of its own, since an array would ask at each change whether it is
/// shared.
struct TaskRows: ~Copyable {
  private var base: UnsafeMutablePointer<TaskRow>
  private var count = 0
  private var capacity = 64

  init() { base = Self.allocate(capacity) }

  deinit { base.deallocate() }

  subscript(index: Int) -> TaskRow {
    @inline(__always) unsafeAddress {
      precondition(index >= 0 && index < count, "no such task")
      return UnsafePointer(base + index)
    }
    @inline(__always) unsafeMutableAddress {
      precondition(index >= 0 && index < count, "no such task")
      return base + index
    }
  }

  /// In the place of one that has ended, or behind the last one.
  @inline(__always)
  mutating func place(_ row: TaskRow, at index: Int) {
    precondition(index >= 0 && index <= count, "tasks are numbered in their order")
    if index == count {
      if count == capacity { grow() }
      count += 1
    }
    base[index] = row
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<TaskRow> {
    let size = capacity * MemoryLayout<TaskRow>.stride
    return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64).bindMemory(
      to: TaskRow.self, capacity: capacity)
  }

  private mutating func grow() {
    let larger = Self.allocate(2 * capacity)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    capacity *= 2
  }
}

/// What made the last trial of a task fail, for the hook, the event and the message. Only for tasks that failed.
struct TaskTrouble {
  var code: Int32 = 0
  var signal: Int32 = -1
  var exitCode: Int32 = -1
  var peakMemory: UInt64 = 0
  var actual: UInt64 = 0
  var limit: UInt64 = 0
  var message = ""
  var counts: CaseCounts?
}
