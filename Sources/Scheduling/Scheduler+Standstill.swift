extension Scheduler {
  /// Nothing moves although tasks are queued: every idle worker has refused all of them. Releases pins, then gets a fresh
  /// worker, then ends what a fresh one has refused. True if something has changed.
  mutating func resolveStandstill() -> Bool {
    guard policy.mayRefuse, queuedCount > 0, queuedCount == tasks.count else { return false }
    guard readyCount > 0, readyCount + emptyCount == slots.count, !wantsWorker else { return false }
    if pinnedCount > 0 {
      for slot in slots.indices { releasePins(UInt32(slot)) }
      return true
    }
    if unrefusedCount == 0 || isFailed {
      let task = shared.first
      let cause: GoneCause = tasks[task].flags.contains(.refusedByFresh) ? .unmatched : .unstarted
      dequeue(task)
      gone(task, cause)
      return true
    }
    if emptyCount > 0 {
      wantsFresh = true
      return slots.contains { $0.state == .empty && $0.notBefore <= clock }
    }
    retire(idleLongest())
    return true
  }

  /// The last of the list. All are old here, as a fresh one would have refused every task.
  private func idleLongest() -> UInt32 {
    var slot = listed
    while slots[Int(slot)].nextListed != none { slot = slots[Int(slot)].nextListed }
    return slot
  }
}
