// Who may hold tasks, who stands by, and when another worker is started.
extension Scheduler {
  /// Workers that are started ahead of need.
  private var ahead: Int { usesFresh && most > 0 ? policy.standby : 0 }

  /// As many workers as there are tasks for them; where a kind uses fresh ones, some more than may hold tasks.
  var wantsWorker: Bool { mayStart && wantsAnother }

  /// Whether one may be started or not.
  var wantsAnother: Bool {
    !isStopping && (wantsFresh || liveCount < min(limit + ahead, openPlaces, wantedCount))
  }

  /// Those that are kept without tasks are kept until it is over.
  private var wantedCount: Int { max(queuedCount + heldCount - endingCopies, isOver ? 0 : least) }

  /// A place that waits for the end of its back-off counts as taken, so that spare places are no way around that.
  var hasPlace: Bool {
    guard emptyCount > 0 else { return false }
    var waiting = 0
    for slot in slots where slot.state == .empty && slot.notBefore > clock { waiting += 1 }
    return waiting < emptyCount && liveCount + waiting < mostWorkers
  }

  /// Those that no worker keeps which can not be killed.
  private var openPlaces: Int { slots.count - fencedCount }
  var mostWorkers: Int { min(openPlaces, most + ahead) }

  /// No more workers may live than do. It is asked before each offer.
  @inline(__always)
  var isFull: Bool { liveCount >= mostWorkers }

  mutating func spawn() -> Action? {
    guard emptyCount > 0, !isFull, wantsWorker, hasPlace else { return nil }
    // The place with the most failures first: its back-off goes on where it was.
    var slot = none
    for index in slots.indices where slots[index].state == .empty && slots[index].notBefore <= clock {
      if slot == none || slots[index].failures > slots[Int(slot)].failures { slot = UInt32(index) }
    }
    var worker = Slot()
    worker.generation = slots[Int(slot)].nextGeneration
    worker.nextGeneration = worker.generation + 1
    worker.failures = slots[Int(slot)].failures
    worker.spawnedAt = clock
    worker.startBy = clock.advanced(by: policy.startLimit)
    worker.killAt = worker.startBy
    slots[Int(slot)] = worker
    emptyCount -= 1
    startingCount += 1
    slots[Int(slot)].state = .starting
    noteDeadline(slot)
    renewStatus(slot)
    if isFailed { probe(with: id(of: slot)) }
    return .spawn(id(of: slot))
  }

  /// How many workers may hold tasks from now on, at most as many as may live. If there are too many, those that are done
  /// first stand by, alive, until they may take part again.
  package mutating func setLimit(_ count: Int) {
    limit = max(0, min(count, most))
    balance()
  }

  /// A ready worker that holds nothing waits until it may.
  mutating func standBy(_ slot: UInt32) {
    turns += 1
    slots[Int(slot)].turn = turns
    standbyCount += 1
  }

  /// It holds nothing and there are too many: it stands by, and one that was to do so may go on.
  mutating func rest(_ slot: UInt32) {
    if slots[Int(slot)].isSurplus { surplusCount -= 1 }
    activeCount -= 1
    slots[Int(slot)].isSurplus = false
    slots[Int(slot)].isActive = false
    relist(slot)
    standBy(slot)
    balance()
  }

  /// It is ready no more: another one takes its part at once.
  mutating func leaveTheLine(_ slot: UInt32) {
    if slots[Int(slot)].isActive {
      activeCount -= 1
      if slots[Int(slot)].isSurplus { surplusCount -= 1 }
    } else {
      standbyCount -= 1
    }
    slots[Int(slot)].isActive = false
    slots[Int(slot)].isSurplus = false
    if surplusCount > 0 || standbyCount > 0 { balance() }
  }

  /// Lets as many workers hold tasks as may.
  mutating func balance() {
    while activeCount - surplusCount > limit { markSurplus() }
    while surplusCount > 0, activeCount - surplusCount < limit {
      for slot in slots.indices where slots[slot].isSurplus && activeCount - surplusCount < limit {
        slots[slot].isSurplus = false
        surplusCount -= 1
        relist(UInt32(slot))
      }
    }
    while activeCount < limit, standbyCount > 0 { promote(longestStandby()) }
  }

  /// The one that holds least, as it will be done first.
  private mutating func markSurplus() {
    var least = none
    for index in slots.indices where slots[index].isActive && !slots[index].isSurplus {
      if least == none || slots[index].held < slots[Int(least)].held { least = UInt32(index) }
    }
    slots[Int(least)].isSurplus = true
    surplusCount += 1
    if slots[Int(least)].held == 0 { rest(least) } else { relist(least) }
  }

  private mutating func promote(_ slot: UInt32) {
    standbyCount -= 1
    activeCount += 1
    slots[Int(slot)].isActive = true
    relist(slot)
  }

  /// The one that has stood by for longest.
  func longestStandby() -> UInt32 {
    var longest = none
    for index in slots.indices where slots[index].standsBy {
      if longest == none || slots[index].turn < slots[Int(longest)].turn { longest = UInt32(index) }
    }
    return longest
  }

  /// None of those that could take something wants any of it, but one that stands by may: they change places. True if so.
  mutating func exchange() -> Bool {
    guard standbyCount > 0, queuedCount > 0, listed != none, !isStopping else { return false }
    guard policy.mayRefuse || pinnedCount > 0 else { return false }
    var idle = listed
    while idle != none, slots[Int(idle)].held > 0 { idle = slots[Int(idle)].nextListed }
    guard idle != none else { return false }
    for slot in slots.indices where slots[slot].standsBy && !slots[slot].isChoked {
      if candidate(for: UInt32(slot)) == none { continue }
      slots[Int(slot)].turn = 0
      rest(idle)
      return true
    }
    return false
  }
}
