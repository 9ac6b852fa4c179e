internal import Hooks
internal import WorkerPool

/// Tasks that the kind makes of words as they come: it plans for each lot of them.
final class InputTasks: TaskSource {
  private var input: WordInput
  private let isStream: Bool
  private let plan: ([[UInt8]]) throws(RunError) -> KindQueue.Plan
  private var current: PlannedTasks?
  /// What the first plan shares with all workers.
  private(set) var shared: [UInt8] = []
  /// Why no more is read, if that is not the end of the input.
  private(set) var failure: RunError?
  private(set) var isEmpty = true
  private var isClosed = false

  /// `words` come before those of the input.
  init(
    words: [[UInt8]], input: WordInput, plan: @escaping ([[UInt8]]) throws(RunError) -> KindQueue.Plan
  ) throws(RunError) {
    self.input = input
    self.plan = plan
    isStream = input.isStream
    // Workers are told what is shared before they can start, so the first lot is waited for.
    var first = words
    while first.isEmpty, !self.input.isAtEnd { first = try self.input.read() }
    if !first.isEmpty {
      let planned = try plan(first)
      shared = planned.shared
      take(over: planned)
    }
  }

  var wantsAll: Bool { current?.wantsAll ?? false }

  var state: TaskSourceState {
    if let current, current.state == .ready { return .ready }
    if isClosed || input.isAtEnd || failure != nil { return .ended }
    return isStream ? .waiting(input.descriptor) : .ready
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
      let words = try input.read()
      guard !words.isEmpty else { return }
      let planned = try plan(words)
      guard planned.shared == shared else {
        throw RunError(
          .badInput,
          "the kind shares other bytes with its workers for later words of \(input.name) than for the first ones",
          hint: "give all words on the command line")
      }
      take(over: planned)
    } catch {
      failure = error
    }
  }

  private func take(over planned: KindQueue.Plan) {
    current = PlannedTasks(planned)
    if planned.count > 0 { isEmpty = false }
  }
}
