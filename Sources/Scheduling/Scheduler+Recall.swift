// Requests that wait on a worker behind a long one go to another worker that has nothing to do.
extension Scheduler {
  /// Nothing is queued, so what is sent already is all there is to share. Only what may be sent again can be asked back: the
  /// worker could have come to it meanwhile.
  private var mayRecall: Bool {
    policy.recallAfter > 0 && policy.window > 1 && policy.isIdempotent && !policy.mayRefuse
      && queuedCount == 0
      && listed != none && heldCount > 1 && !isStopping
  }

  /// Workers with nothing to do, and the one whose waiting requests could be asked back first.
  private func recallCandidate() -> (idle: Int, slot: UInt32) {
    var idle = 0
    var longest = none
    for index in slots.indices {
      if slots[index].isListed, slots[index].held == 0 { idle += 1 }
      guard slots[index].state == .ready, slots[index].isTimed, !slots[index].hasShared,
        slots[index].inFlight > 1
      else { continue }
      if longest != none, slots[Int(longest)].headSince <= slots[index].headSince { continue }
      if hasWaiting(UInt32(index)) { longest = UInt32(index) }
    }
    return (idle, longest)
  }

  private func hasWaiting(_ slot: UInt32) -> Bool {
    var request = slots[Int(slot)].tail - 1
    while request > slots[Int(slot)].head {
      if isRecallable(ring[place(of: request, on: slot)]) { return true }
      request -= 1
    }
    return false
  }

  /// Requests behind the one at work that may be asked back.
  private func waiting(on slot: UInt32) -> Int {
    var count = 0
    var request = slots[Int(slot)].head + 1
    while request < slots[Int(slot)].tail {
      if isRecallable(ring[place(of: request, on: slot)]) { count += 1 }
      request += 1
    }
    return count
  }

  private func isRecallable(_ task: UInt32) -> Bool {
    tasks[task].flags.isDisjoint(with: [.recalled, .cancelled, .cancelSent, .pinned])
  }

  /// When the next request is asked back.
  var nextRecall: Instant {
    guard mayRecall else { return .never }
    let (idle, slot) = recallCandidate()
    return idle > 0 && slot != none ? slots[Int(slot)].headSince.advanced(by: policy.recallAfter) : .never
  }

  /// Asks for a fair share, from the end, of what waits. The worker answers each as cancelled, and then it is queued again.
  mutating func recall() -> Bool {
    guard mayRecall else { return false }
    let (idle, slot) = recallCandidate()
    guard idle > 0, slot != none, slots[Int(slot)].headSince.advanced(by: policy.recallAfter) <= clock else {
      return false
    }
    slots[Int(slot)].hasShared = true
    let count = waiting(on: slot)
    var left = max(1, count * idle / (idle + 1))
    var request = slots[Int(slot)].tail - 1
    while left > 0, request > slots[Int(slot)].head {
      let task = ring[place(of: request, on: slot)]
      if isRecallable(task) {
        tasks[task].flags.insert(.recalled)
        sendCancel(task)
        left -= 1
      }
      request -= 1
    }
    return true
  }

  /// Was it only asked back, so that its end as cancelled means nothing.
  func isRecalled(_ task: UInt32) -> Bool {
    let flags = tasks[task].flags
    return flags.isSuperset(of: [.recalled, .cancelSent])
      && flags.isDisjoint(with: [.cancelled, .overSoftLimit])
  }
}
