/// When tasks are due: a heap with the earliest on top. A task that waits no longer leaves its entry behind; the owner takes
/// such entries off the top, and all of them when they are in the majority.
struct TaskTimers {
  struct Entry {
    var at: Instant
    var task: TaskID
  }

  private(set) var entries = ContiguousArray<Entry>()

  var top: Entry? { entries.first }

  mutating func push(_ entry: Entry) {
    entries.append(entry)
    var at = entries.count - 1
    while at > 0 {
      let parent = (at - 1) / 2
      guard entries[at].at < entries[parent].at else { return }
      entries.swapAt(at, parent)
      at = parent
    }
  }

  mutating func pop() {
    let last = entries.removeLast()
    guard !entries.isEmpty else { return }
    entries[0] = last
    var at = 0
    while true {
      var child = 2 * at + 1
      guard child < entries.count else { return }
      if child + 1 < entries.count, entries[child + 1].at < entries[child].at { child += 1 }
      guard entries[child].at < entries[at].at else { return }
      entries.swapAt(at, child)
      at = child
    }
  }

  /// A sorted array is a heap.
  mutating func keep(where isWanted: (Entry) -> Bool) {
    entries.removeAll { !isWanted($0) }
    entries.sort { $0.at < $1.at }
  }
}
