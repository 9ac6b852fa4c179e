/// What one worker has refused of one queue at its present status: everything up to the mark, in the order of the queue,
/// but for tasks that have come in front of the mark since then.
struct RefusalMark {
  struct Newcomer {
    var rank: Int64
    var arrival: UInt64
    var task: UInt32

    func precedes(_ other: Newcomer) -> Bool {
      rank != other.rank ? rank > other.rank : arrival < other.arrival
    }
  }

  private(set) var isSet = false
  private(set) var rank: Int64 = 0
  /// The last refused one. `none`: everything of higher rank has been refused, of this rank nothing that is still queued.
  private(set) var task = none
  /// A heap, the first in order on top. May hold tasks that have left the queue.
  private(set) var newcomers = ContiguousArray<Newcomer>()

  mutating func reset() {
    isSet = false
    task = none
    newcomers.removeAll(keepingCapacity: true)
  }

  /// The first task of the queue that has not been refused, or `none`.
  mutating func next(in queue: borrowing ReadyQueue, _ tasks: borrowing TaskTable) -> UInt32 {
    guard isSet else { return queue.first }
    while let top = newcomers.first {
      if tasks[top.task].arrival == top.arrival, tasks[top.task].bucket != none { return top.task }
      popNewcomer()
    }
    if task == none { return queue.first(atOrBelow: rank) }
    let next = tasks[task].next
    return next != none ? next : queue.first(below: rank)
  }

  /// `refused` was the answer of `next`.
  mutating func pass(_ refused: UInt32, in tasks: inout TaskTable) {
    if isSet, let top = newcomers.first, top.task == refused {
      popNewcomer()
      return
    }
    isSet = true
    rank = tasks[refused].rank
    task = refused
    tasks[refused].flags.insert(.isMark)
  }

  /// A task has been appended to the queue, which now holds `count`.
  mutating func arrived(_ new: UInt32, in tasks: borrowing TaskTable, count: Int) {
    let row = tasks[new]
    guard isSet, row.rank > rank else { return }
    if newcomers.count > 2 * count + 16 { forgetDeparted(tasks) }
    newcomers.append(Newcomer(rank: row.rank, arrival: row.arrival, task: new))
    siftUp(newcomers.count - 1)
  }

  /// `leaving` is about to leave the queue.
  mutating func departs(_ leaving: UInt32, from tasks: inout TaskTable) {
    guard isSet, task == leaving else { return }
    task = tasks[leaving].previous
    if task != none { tasks[task].flags.insert(.isMark) }
  }

  private mutating func forgetDeparted(_ tasks: borrowing TaskTable) {
    var kept = ContiguousArray<Newcomer>()
    for one in newcomers where tasks[one.task].arrival == one.arrival && tasks[one.task].bucket != none {
      kept.append(one)
    }
    kept.sort { $0.precedes($1) }
    newcomers = kept
  }

  private mutating func popNewcomer() {
    let last = newcomers.removeLast()
    guard !newcomers.isEmpty else { return }
    newcomers[0] = last
    var at = 0
    while true {
      var child = 2 * at + 1
      guard child < newcomers.count else { return }
      if child + 1 < newcomers.count, newcomers[child + 1].precedes(newcomers[child]) { child += 1 }
      guard newcomers[child].precedes(newcomers[at]) else { return }
      newcomers.swapAt(at, child)
      at = child
    }
  }

  private mutating func siftUp(_ start: Int) {
    var at = start
    while at > 0 {
      let parent = (at - 1) / 2
      guard newcomers[at].precedes(newcomers[parent]) else { return }
      newcomers.swapAt(at, parent)
      at = parent
    }
  }
}
