package import Scheduling

/// Keeps account of the tasks of a submission, each together with all that come of it: a family.
package protocol Journal: AnyObject {
  /// Whether this task is to be performed. Then its family will be called `family`. `shared` is what its kind shares with all workers.
  func admits(_ task: UnsafeRawBufferPointer, as family: UInt32, shared: @autoclosure () -> [UInt8]) -> Bool
  /// One of the family has ended.
  func taskEnded(_ outcome: Outcome, in family: UInt32)
  /// All of it has, and what it had to say has been told.
  func familyEnded(_ family: UInt32)
}

extension Pool {
  /// A task that needs not be performed: it ends without having been queued.
  func skip(_ bytes: UnsafeRawBufferPointer) {
    skippedCount += 1
    let row = makeRow(bytes, parent: nil)
    report(row, .queued(parent: nil))
    finish(row, .skipped, nil)
  }

  /// A family is noted when nothing of it waits for the tasks before it: what a killed run has not told must be told by the next one.
  @inline(never)
  func noteEnd(of row: TaskRow, _ outcome: Outcome, in journal: any Journal) {
    if !row.isInner { journal.taskEnded(outcome, in: row.root) }
    if order.isOver(row.root) {
      if order.hasToldAll(row.root) {
        journal.familyEnded(row.root)
      } else {
        untoldFamilies.insert(row.root)
      }
    }
    while toldFamilies < order.frontier {
      if !untoldFamilies.isEmpty, untoldFamilies.remove(toldFamilies) != nil {
        journal.familyEnded(toldFamilies)
      }
      toldFamilies += 1
    }
  }

  /// At the end of the run everything has been told.
  func noteRest(in journal: any Journal) {
    for family in untoldFamilies.sorted() { journal.familyEnded(family) }
    untoldFamilies = []
  }
}
