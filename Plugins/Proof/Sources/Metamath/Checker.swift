/// Checks proofs of one database. It keeps its working memory, so one checker should check many ranges; it is not to be
/// used from two threads at once.
package final class Checker {
  private enum Width {
    case narrow(Engine<UInt16>)
    case wide(Engine<UInt32>)
  }

  private let width: Width
  package let database: Database

  /// Nil when there is no address space for the symbols that `options` allows a proof.
  package init?(_ database: Database, options: CheckOptions = CheckOptions()) {
    self.database = database
    switch database.width {
    case .narrow(let index):
      guard let engine = Engine<UInt16>(index: index, options: options) else { return nil }
      width = .narrow(engine)
    case .wide(let index):
      guard let engine = Engine<UInt32>(index: index, options: options) else { return nil }
      width = .wide(engine)
    }
  }

  /// Checks the proofs of `range` in their order, and reports each that does not pass.
  package func check(
    _ range: Range<Int>, cancelled: () -> Bool = { false }, report: (ProofFailure) -> Void
  ) -> Counts {
    switch width {
    case .narrow(let engine): engine.check(range, cancelled: cancelled, report: report)
    case .wide(let engine): engine.check(range, cancelled: cancelled, report: report)
    }
  }
}
