// Workers that SIGKILL does not end, as they hang in the kernel.
extension Scheduler {
  /// What it holds is judged as if it had ended. Its slot stays closed until it is reaped, which may be never.
  mutating func unkillable(_ worker: WorkerID, performing: RequestID) {
    guard let slot = find(worker), slots[Int(slot)].state == .killed else { return }
    let dead = slots[Int(slot)]
    slots[Int(slot)].state = .fenced
    fencedCount += 1
    conclude(worker, dead, performing: performing)
  }

  /// It has ended after all: the slot can be filled again.
  mutating func unfence(_ slot: UInt32) {
    fencedCount -= 1
    vacate(slot)
  }

  /// No worker is left, and none can be started.
  var isFencedOff: Bool { fencedCount > 0 && fencedCount == slots.count }
}
