internal import Hooks

/// The tasks of a pool that stays open: those of batches that were handed in, in their order.
final class OpenSource: TaskSource {
  private var batches: [TaskBatch] = []
  private var first = 0
  private(set) var isClosed = false
  var shared: [UInt8] = []
  /// Told whose tasks come now.
  var onOwner: (Int32) -> Void = { _ in }

  var hasPending: Bool { first < batches.count }
  var pendingCount: Int { batches[first...].reduce(0) { $0 + $1.count - $1.next } }

  var state: TaskSourceState { hasPending ? .ready : isClosed ? .ended : .idle }
  var wantsAll: Bool { false }

  func readOn() {}
  /// The pool takes what is there, and stays open: what comes later is told why it can not be started.
  func close() {}
  /// There will be no more.
  func end() { isClosed = true }

  func add(_ batch: TaskBatch) {
    if first > 64, first * 2 > batches.count {
      batches.removeFirst(first)
      first = 0
    }
    batches.append(batch)
  }

  func take(_ count: Int, _ body: (UnsafeRawBufferPointer, ItemOptions) -> Void) {
    var left = count
    while left > 0, hasPending {
      let batch = batches[first]
      onOwner(batch.owner)
      let many = min(left, batch.count - batch.next)
      batch.bytes.withUnsafeBytes { memory in
        for _ in 0..<many {
          let task = batch.task(batch.next, in: memory)
          batch.next += 1
          batch.live += 1
          body(task, batch.options)
        }
      }
      left -= many
      if batch.isTaken { first += 1 }
    }
    onOwner(0)
  }
}
