import Foundation
import Synchronization
import TaskHost
import TestSupport
import Testing

/// Random items of the kind `folder.c`, some of which kill the worker that has them first. Repeated exactly by its seed.
struct Items: CustomTestStringConvertible {
  let seed: UInt64
  let texts: [String]
  let requests: [[UInt8]]
  let window: Int
  let batch: Int

  var testDescription: String { "seed \(seed): \(texts.count) items, window \(window), batches of \(batch)" }

  init(seed: UInt64, in workshop: Workshop) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func below(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    self.seed = seed
    let count = [0, 1, 2, 7, 60][below(5)]
    window = 1 + below(9)
    batch = 1 + below(12)
    texts = (0..<count).map { "<\($0)>" }
    requests = texts.map { text in
      below(12) == 0 ? bytes("once:\(workshop.path("\(seed)-\(text)")):\(text)") : bytes("x:\(text)")
    }
  }

  /// All deaths of an item can be those of the others in its batch.
  static let tries = 80
}

/// A pool of workers that map and fold.
func withFolder<R: Sendable>(
  _ workers: Int = 2, _ body: @Sendable (WorkerPool) async throws -> R
) async throws -> R {
  try await withExchange(workers: workers, source: "folder.c", body)
}

@Suite struct MappingTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func aMapIsAMap(seed: UInt64) async throws {
    let items = Items(seed: seed, in: workshop)
    var options = MappingOptions()
    options.window = items.window
    options.tries = Items.tries
    let (ordered, unordered) = try await withFolder { [options] pool in
      var ordered: [MappedAnswer] = []
      for try await answer in pool.map(items.requests, options) { ordered.append(answer) }
      var unordered: [MappedAnswer] = []
      for try await answer in pool.mapUnordered(items.requests, options) { unordered.append(answer) }
      return (ordered, unordered)
    }
    let expected = items.texts.enumerated().map { MappedAnswer(index: $0.offset, bytes: bytes($0.element)) }
    #expect(ordered == expected, "\(items.testDescription)")
    #expect(unordered.sorted { $0.index < $1.index } == expected, "\(items.testDescription)")
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func theFirstOneIsFound(seed: UInt64) async throws {
    let items = Items(seed: seed, in: workshop)
    var options = MappingOptions()
    options.window = items.window
    options.tries = Items.tries
    let wanted = items.texts.count / 2
    let found = try await withFolder { [options] pool in
      try await pool.findFirst(items.requests, options) { $0.count >= 3 && $0 == bytes("<\(wanted)>") }
    }
    #expect(found?.index == (items.texts.isEmpty ? nil : wanted), "\(items.testDescription)")
  }

  @Test func whatIsBehindTheFirstOneIsCancelled() async throws {
    try await withFolder { pool in
      let requests = [bytes("x:no"), bytes("x:yes")] + Array(repeating: bytes("wait"), count: 20)
      let found = try await pool.findFirst(requests) { $0 == bytes("yes") }
      #expect(found == MappedAnswer(index: 1, bytes: bytes("yes")))
      // Those that wait would never end by themselves.
      try await pool.join()
    }
  }

  @Test func theFirstFailureEndsItInItsTurn() async throws {
    try await withFolder { pool in
      let requests = [bytes("x:a"), bytes("x:b"), bytes("fail"), bytes("wait"), bytes("fail")]
      var seen: [String] = []
      var answers = pool.map(requests).makeAsyncIterator()
      do {
        while let answer = try await answers.next() {
          seen.append(String(decoding: answer.bytes, as: UTF8.self))
        }
        Issue.record("it came to an end")
      } catch let failure as ItemFailure {
        #expect(failure.index == 2 && (failure.reason as? KindFailure)?.code == -1000, "\(failure)")
      }
      #expect(seen == ["a", "b"])
      #expect(try await answers.next() == nil)
      try await pool.join()
    }
  }

  @Test func withoutMoreTriesADeathIsAFailure() async throws {
    let requests = [bytes("once:\(workshop.path("once")):text")]
    try await withFolder { pool in
      let failure = await #expect(throws: ItemFailure.self) {
        for try await _ in pool.map(requests) {}
      }
      let reason = try #require(failure?.reason as? InfrastructureFailure)
      #expect(reason.cause == .workerDied && reason.exit?.reason == .crashed(signal: 9))
    }
  }

  @Test func theInputIsNotReadFurtherThanTheWindow() async throws {
    let read = Reads()
    var options = MappingOptions()
    options.window = 5
    try await withFolder { [options] pool in
      let requests = (0...).lazy.map { number in
        read.count.store(number + 1, ordering: .relaxed)
        return bytes("x:\(number)")
      }
      var taken = 0
      for try await answer in pool.map(Endless(base: requests), options) {
        #expect(answer.index == taken)
        taken += 1
        if taken == 30 { break }
      }
      try await pool.join()
    }
    // One more is in the hands of whoever waits for room.
    #expect((30...30 + 5 + 1).contains(read.count.load(ordering: .relaxed)))
  }

  @Test func aReaderThatIsCancelledCancels() async throws {
    try await withFolder { pool in
      let reader = Task {
        for try await _ in pool.map(Array(repeating: bytes("wait"), count: 10)) {}
      }
      while try await pool.snapshot(limit: 0).running < 2 { await Task.yield() }
      reader.cancel()
      await #expect(throws: CancellationError.self) { try await reader.value }
      try await pool.join()
    }
  }

  @Test func aFailureOfTheInputComesBehindItsAnswers() async throws {
    struct Broken: Error {}
    let (stream, continuation) = AsyncThrowingStream.makeStream(of: [UInt8].self)
    continuation.yield(bytes("x:a"))
    continuation.finish(throwing: Broken())
    try await withFolder { pool in
      var seen: [MappedAnswer] = []
      let failure = await #expect(throws: ItemFailure.self) {
        for try await answer in pool.map(stream) { seen.append(answer) }
      }
      #expect(failure?.index == 1 && failure?.reason is Broken)
      #expect(seen == [MappedAnswer(index: 0, bytes: bytes("a"))])
    }
  }
}

/// How far an input was read.
final class Reads: Sendable {
  let count = Atomic(0)
}

/// A lazy sequence that is only read by one task.
struct Endless<Base: Sequence<[UInt8]>>: Sequence, @unchecked Sendable {
  let base: Base

  func makeIterator() -> Base.Iterator { base.makeIterator() }
}
