internal import Hooks
internal import WorkerPool

/// Tasks that the kind makes of words as they come: it plans for each lot of them. Nothing is read before the pool asks.
final class InputTasks: TaskSource {
  private var reader: WordReader
  private let isStream: Bool
  private let plan: ([[UInt8]]) throws(RunError) -> KindQueue.Plan
  /// Words that come before those of the input, until they are planned.
  private var words: [[UInt8]]
  private var current: PlannedTasks?
  private var first: [UInt8]?
  /// Why no more is read, if that is not the end of the input.
  private(set) var failure: RunError?
  /// No task has come of it.
  private(set) var isEmpty = true
  private var isClosed = false

  init(
    words: [[UInt8]], input: WordInput, limit: Int,
    plan: @escaping ([[UInt8]]) throws(RunError) -> KindQueue.Plan
  ) {
    self.words = words
    reader = WordReader(input, limit: limit)
    self.plan = plan
    isStream = input.isStream
  }

  /// What the first plan shares with all workers.
  var shared: [UInt8] { first ?? [] }
  var wantsAll: Bool { current?.wantsAll ?? false }

  /// The run has ended before the input.
  var isCutShort: Bool { isClosed && failure == nil && !reader.isAtEnd }

  var state: TaskSourceState {
    if let current, current.state == .ready { return .ready }
    if isClosed || failure != nil { return .ended }
    if !words.isEmpty { return .ready }
    if reader.isAtEnd { return .ended }
    return isStream ? .waiting(reader.input.descriptor) : .ready
  }

  func take(_ count: Int, _ body: (UnsafeRawBufferPointer, ItemOptions) -> Void) {
    if let current, current.state == .ready {
      current.take(count, body)
    } else {
      readOn()
    }
  }

  func close() { isClosed = true }

  func readOn() {
    do throws(RunError) {
      let next = words.isEmpty ? try reader.read() : words
      words = []
      guard !next.isEmpty else { return }
      let planned = try plan(next)
      guard first == nil || planned.shared == first else {
        throw RunError(
          .badInput,
          "the kind shares other bytes with its workers for later words of \(reader.input.name) than for the first ones",
          hint: "give all words on the command line")
      }
      first = planned.shared
      current = PlannedTasks(planned)
      if planned.count > 0 { isEmpty = false }
    } catch {
      failure = error
    }
  }
}
