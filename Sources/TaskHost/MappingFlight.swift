internal import Synchronization
internal import WorkerPool

/// What is under way for one iteration over a sequence. A task of its own reads the input, as far ahead as the window allows, and
/// starts the work on each item; the reader takes the answers and so makes room.
final class MappingFlight<Item: Sendable>: Sendable {
  typealias Answer = Result<MappedAnswer, ItemFailure>
  typealias Wait = @Sendable () async -> Answer

  private struct State {
    var hasBegun = false
    var isOver = false
    var isInputOver = false
    var room: Int
    /// The task that reads the input waits for room here.
    var producer: CheckedContinuation<Bool, Never>?
    var reading: Task<Void, Never>?
    /// Not taken by the reader yet.
    var calls: [Int: Task<Answer, Never>] = [:]
    /// Of these, those without an answer.
    var unanswered = 0
  }

  private let work: @Sendable (Item) async throws -> [UInt8]
  private let tries: Int
  private let isOrdered: Bool
  private let state: Mutex<State>
  /// What the reader is to wait for next; never more than the window.
  private let turns: AsyncStream<Wait>
  private let continuation: AsyncStream<Wait>.Continuation

  /// `work` on an item is begun up to `tries` times, again when its worker was lost.
  init(
    window: Int, tries: Int, isOrdered: Bool, work: @escaping @Sendable (Item) async throws -> [UInt8]
  ) {
    self.work = work
    self.tries = tries
    self.isOrdered = isOrdered
    state = Mutex(State(room: max(window, 1)))
    (turns, continuation) = AsyncStream.makeStream(of: Wait.self)
  }

  // MARK: The reader

  /// The answer whose turn it is; nil behind the last one. Throws what went wrong, after which there is nothing more.
  func next() async throws -> MappedAnswer? {
    if state.guarded({ $0.isOver }) { return nil }
    let answer: Answer? = await withTaskCancellationHandler {
      var iterator = turns.makeAsyncIterator()
      guard let wait = await iterator.next() else { return nil }
      return await wait()
    } onCancel: {
      cancel()
    }
    do {
      try Task.checkCancellation()
      guard let found = try answer?.get() else { return nil }
      took(found.index)
      return found
    } catch {
      cancel()
      throw error
    }
  }

  private func took(_ index: Int) {
    let producer = state.guarded { state -> CheckedContinuation<Bool, Never>? in
      state.calls[index] = nil
      guard let producer = state.producer.take() else {
        state.room += 1
        return nil
      }
      return producer
    }
    producer?.resume(returning: true)
  }

  /// Nobody wants more.
  func cancel() {
    let (reading, calls, producer) = state.guarded { state in
      state.isOver = true
      defer { state.calls = [:] }
      return (state.reading, state.calls, state.producer.take())
    }
    reading?.cancel()
    for call in calls.values { call.cancel() }
    producer?.resume(returning: false)
    continuation.finish()
  }

  // MARK: The input

  func beginOnce<Items: AsyncSequence & Sendable>(_ items: Items) where Items.Element == Item {
    let isFirst = state.guarded { state in
      defer { state.hasBegun = true }
      return !state.hasBegun
    }
    guard isFirst else { return }
    let reading = Task { await read(items) }
    let isOver = state.guarded { state in
      state.reading = reading
      return state.isOver
    }
    if isOver { reading.cancel() }
  }

  private func read<Items: AsyncSequence & Sendable>(_ items: Items) async
  where Items.Element == Item {
    var index = 0
    do {
      for try await item in items {
        guard await hasRoom() else { return }
        start(index, item)
        index += 1
      }
    } catch {
      let failure = ItemFailure(index: index, reason: error)
      guard await hasRoom() else { return }
      continuation.yield { .failure(failure) }
    }
    let isAnswered = state.guarded { state in
      state.isInputOver = true
      return state.unanswered == 0
    }
    if isOrdered || isAnswered { continuation.finish() }
  }

  /// Waits for room in the window. False: nobody wants more.
  private func hasRoom() async -> Bool {
    await withCheckedContinuation { continuation in
      let answer = state.guarded { state -> Bool? in
        if state.isOver { return false }
        if state.room == 0 {
          state.producer = continuation
          return nil
        }
        state.room -= 1
        return true
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  private func start(_ index: Int, _ item: Item) {
    state.guarded { $0.unanswered += 1 }
    let call = Task { () -> Answer in
      let answer = await perform(index, item)
      answered(answer)
      return answer
    }
    let isOver = state.guarded { state in
      if !state.isOver { state.calls[index] = call }
      return state.isOver
    }
    if isOver { call.cancel() }
    if isOrdered { continuation.yield { await call.value } }
  }

  private func answered(_ answer: Answer) {
    let isLast = state.guarded { state in
      state.unanswered -= 1
      return state.isInputOver && state.unanswered == 0
    }
    guard !isOrdered else { return }
    continuation.yield { answer }
    if isLast { continuation.finish() }
  }

  private func perform(_ index: Int, _ item: Item) async -> Answer {
    var begun = 0
    while true {
      begun += 1
      do {
        return .success(MappedAnswer(index: index, bytes: try await work(item)))
      } catch {
        guard Self.isWorkerLost(error), begun < tries, !Task.isCancelled else {
          return .failure(ItemFailure(index: index, reason: error))
        }
      }
    }
  }

  /// Another worker may have more luck.
  private static func isWorkerLost(_ error: any Error) -> Bool {
    guard let failure = error as? InfrastructureFailure else { return false }
    return failure.cause == .workerDied || failure.cause == .workerGone
  }
}

/// What the iterator of a reader holds: when it goes, nobody reads any more.
final class MappingReader<Item: Sendable>: Sendable {
  let flight: MappingFlight<Item>

  init(_ flight: MappingFlight<Item>) { self.flight = flight }

  deinit { flight.cancel() }
}
