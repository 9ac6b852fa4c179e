// How long a worker may take to start: as a whole, and for each part of it.
extension Scheduler {
  mutating func startsAnew(_ worker: WorkerID) {
    guard let slot = find(worker), slots[Int(slot)].state == .starting, !isDraining else { return }
    slots[Int(slot)].startBy = clock.advanced(by: policy.startLimit)
    slots[Int(slot)].killAt = slots[Int(slot)].startBy
    noteDeadline(slot)
  }

  /// What one part does not use is not added to the next one.
  mutating func begins(_ worker: WorkerID, _ part: StartPart) {
    guard let slot = find(worker), slots[Int(slot)].state == .starting else { return }
    let limit = policy.limit(of: part)
    let end = limit == 0 ? .never : clock.advanced(by: limit)
    slots[Int(slot)].killAt = min(slots[Int(slot)].startBy, end)
    noteDeadline(slot)
  }

  /// Was it the whole start of this worker that took too long; else a part of it did.
  package func isWholeStartOver(of worker: WorkerID) -> Bool {
    guard let slot = find(worker) else { return true }
    return slots[Int(slot)].startBy <= clock
  }
}

extension Policy {
  /// 0 = none of its own.
  package func limit(of part: StartPart) -> UInt64 {
    switch part {
    case .handshake: handshakeLimit
    case .load: loadLimit
    }
  }
}
