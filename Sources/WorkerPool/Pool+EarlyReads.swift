internal import Scheduling
internal import Wire

// Where a worker shares its CPU with this process it has often answered when the write of its request returns. Then the answer
// can be read at once, and the wait for everything else, a fifth of all system calls with one request at a time, is left out.
extension Pool {
  struct EarlyReads {
    /// Everything else is looked at again after this long, in nanoseconds.
    static let longest: UInt64 = 200_000
    private static let mostSkipped: UInt32 = 256

    /// The slot of the only worker that was written to in this turn.
    var slot = UInt32.max
    /// When everything was last looked at.
    var lookedAt: UInt64 = 0
    /// How many turns are left out until it is tried again, and how many will be if that is in vain.
    private var left: UInt32 = 0
    private var next: UInt32 = 1

    mutating func isDue() -> Bool {
      if left == 0 { return true }
      left -= 1
      return false
    }

    mutating func note(_ isSuccess: Bool) {
      left = isSuccess ? 0 : next
      next = isSuccess ? 1 : min(2 * next, Self.mostSkipped)
    }
  }

  /// One request at a time on one worker, and nothing depends on whether it has printed something before it has answered. What other
  /// threads want would have to wait.
  var mayReadEarly: Bool {
    scheduler.policy.window == 1 && options.workers == 1 && options.localWorker == nil
      && options.jobserver == nil && options.mailbox == nil && !reportsTrials && limits.output == 0
  }

  /// True if frames have come, and what follows from them is to be done.
  func readEarly() -> Bool {
    let slot = early.slot
    guard slot != .max else { return false }
    early.slot = .max
    guard now.nanoseconds &- early.lookedAt < EarlyReads.longest, early.isDue() else { return false }
    return place(slot)?._withUnsafeGuaranteedRef { worker in
      guard worker.phase == .ready, !worker.isChoked, !worker.watch.hasPrinted else { return false }
      readClock()
      let hasCome = readResponses(worker)
      early.note(hasCome)
      return hasCome
    } ?? false
  }
}
