extension Scheduler {
  /// Nothing moves although tasks are queued: every idle worker has refused all of them. Releases pins, then gets a fresh
  /// worker, then ends what a fresh one has refused. True if something has changed.
  mutating func resolveStandstill() -> Bool {
    guard policy.mayRefuse, queuedCount > 0, queuedCount == tasks.count else { return false }
    guard limit > 0, readyCount > 0, startingCount == 0, !wantsWorker, isAllIdle else { return false }
    if pinnedCount > 0 {
      for slot in slots.indices { releasePins(UInt32(slot)) }
      return true
    }
    if unrefusedCount == 0 || isGivenUp {
      let task = firstInOrder()
      let cause: GoneCause = tasks[task].flags.contains(.refusedByFresh) ? .unmatched : .unstarted
      dequeue(task)
      gone(task, cause)
      return true
    }
    if isFailed, !mayStart {
      wantsFresh = true
      return false
    }
    if isFull {
      retire(standbyCount > 0 ? longestStandby() : idleLongest())
      return true
    }
    wantsFresh = true
    return hasPlace
  }

  /// Every ready worker could take something, or stands by.
  private var isAllIdle: Bool {
    slots.allSatisfy { $0.state != .ready || ($0.isActive ? $0.isListed : !$0.isChoked) }
  }

  /// The last of the list. All are old here, as a fresh one would have refused every task.
  private func idleLongest() -> UInt32 {
    var slot = listed
    while slots[Int(slot)].nextListed != none { slot = slots[Int(slot)].nextListed }
    return slot
  }
}
