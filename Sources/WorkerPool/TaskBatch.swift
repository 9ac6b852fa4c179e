package import Hooks
package import Scheduling

/// Many tasks that are handed in together, in one block of memory. The pool takes them as it needs them. Whoever waits is told
/// when all of them, and all tasks that hooks have made of them, have ended.
package final class TaskBatch: Sendable {
  let bytes: [UInt8]
  /// Behind the last byte of each task.
  let ends: [Int]
  let options: ItemOptions

  private let only = SingleEnd<BatchCounts>()

  // Of the pool's thread alone; nobody else reads or writes these.
  nonisolated(unsafe) var next = 0
  /// Tasks that were taken and have not ended.
  nonisolated(unsafe) var live = 0
  nonisolated(unsafe) var isCancelled = false
  nonisolated(unsafe) var owner: Int32 = 0
  nonisolated(unsafe) private var counts = BatchCounts()

  /// `ends` ascends and ends at the number of bytes.
  package init(bytes: [UInt8], ends: [Int], options: ItemOptions) {
    self.bytes = bytes
    self.ends = ends
    self.options = options
  }

  package var count: Int { ends.count }

  /// They can be queued little by little, as all are treated alike.
  var isPlain: Bool { options.isDefault }

  /// Nil: not all have ended yet.
  package var end: BatchCounts? { only.value }

  /// `body` is called once: at once if all have ended, else on the pool's thread.
  package func whenEnded(_ body: @escaping @Sendable (BatchCounts) -> Void) { only.whenThere(body) }

  var isTaken: Bool { next == ends.count }
  var isOver: Bool { isTaken && live == 0 }

  func task(_ index: Int, in memory: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
  }

  func count(_ outcome: Outcome, _ cases: CaseCounts) {
    live -= 1
    counts.outcomes[Int(outcome.rawValue)] += 1
    counts.cases.add(cases)
  }

  func finish() { only.come(counts) }

  /// The pool has ended: those that were not taken end as cancelled, others as lost.
  package func refuse() {
    counts.outcomes[Int(Outcome.lost.rawValue)] += live
    live = 0
    counts.outcomes[Int(Outcome.cancelled.rawValue)] += ends.count - next
    next = ends.count
    finish()
  }
}

package struct BatchCounts: Sendable {
  package var outcomes = [Int](repeating: 0, count: Outcome.allCases.count)
  package var cases = CaseCounts()

  package init() {}

  package subscript(outcome: Outcome) -> Int { outcomes[Int(outcome.rawValue)] }
}
