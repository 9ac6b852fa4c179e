/// What the simulated world may do wrong, or merely unusual.
package enum Fault: Int, CaseIterable, Sendable {
  case spawnFails, startFails, startFailsForEver, diesStarting, neverReady, readyTwice
  case diesIdle, diesAtWork, diesUnstarted, liesAboutWork, diesBeforeUse, closesPipe, garbage
  case wrongRequest, answersTwice, staleEvent, answersInSpiteOfCancel, ignoresCancel, ignoresRetire,
    ignoresTerm
  case learnsNothing, recycles, exceedsLimit, unkillable, changesLimit
  case performFails, performRetries, poisoned, overLimit, undecodable, givesUpUnasked
  case refusesAtRandom, staleTask, hookFails, unsendable
  case ends, addsChildren, pins, replaces, settlesItself, asksForRetry, settlesLate, usesLate
  case cancels, cancelsAll, clockJumps, clockBack, closes, drains, stops, cancelsDuringOffer, diesDuringOffer,
    declinesCopy
  case setsPriority, clears, cancelsAlone, keeps, resizes, letsGo, reconsiders, triesOnce
}

/// The dials of one seed: most kinds of fault are off, so that the others meet in long runs.
struct Dials {
  private var chance: [UInt8]
  package private(set) var counts = [Int](repeating: 0, count: Fault.allCases.count)

  init() { chance = [UInt8](repeating: 0, count: Fault.allCases.count) }

  mutating func draw(_ dice: inout Dice) {
    let share = 10 + dice.below(50)
    for fault in chance.indices {
      chance[fault] = dice.percent(share) ? [1, 3, 10, 40][dice.below(4)] : 0
    }
    // These end a run, so they come seldom.
    for fault in [Fault.closes, .drains, .stops, .startFailsForEver] where chance[fault.rawValue] > 1 {
      chance[fault.rawValue] = 1
    }
  }

  mutating func silence() {
    for fault in chance.indices { chance[fault] = 0 }
  }

  mutating func happens(_ fault: Fault, _ dice: inout Dice) -> Bool {
    let chance = Int(chance[fault.rawValue])
    guard chance > 0, dice.percent(chance) else { return false }
    counts[fault.rawValue] += 1
    return true
  }
}
