extension ReadyQueue {
  /// All tasks in order, read through the links; nil if the links contradict one another.
  func walk(_ tasks: borrowing TaskTable, _ visit: (UInt32) -> Void) -> Bool {
    if count == 0, keys.count == 0 { return true }
    var seen = 0
    var next = keys.greatest
    while let entry = next {
      next = keys.greatest(below: entry.rank)
      guard (next?.rank ?? .min) < entry.rank || entry.rank == .min else { return false }
      let bucket = buckets[Int(entry.bucket)]
      guard bucket.rank == entry.rank else { return false }
      guard bucket.head != none || keys.count == 1 else { return false }
      var previous = none
      var task = bucket.head
      while task != none {
        let row = tasks[task]
        guard row.previous == previous, row.bucket == entry.bucket, row.rank == entry.rank else {
          return false
        }
        guard previous == none || tasks[previous].arrival < row.arrival else { return false }
        seen += 1
        guard seen <= count else { return false }
        visit(task)
        previous = task
        task = row.next
      }
      guard bucket.tail == previous else { return false }
    }
    return seen == count
  }
}
