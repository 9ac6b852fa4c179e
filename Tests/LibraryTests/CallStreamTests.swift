import Synchronization
import TaskHost
import TestSupport
import Testing

/// Numbers as items, so many bytes each, and how far they were asked for.
private struct Numbers: AsyncSequence, Sendable {
  var count: UInt64
  var size = 8
  let taken = Counter()
  var fails = false

  struct Failed: Error {}

  struct Iterator: AsyncIteratorProtocol {
    var numbers: Numbers
    var next: UInt64 = 0

    mutating func next() async throws -> [UInt8]? {
      guard next < numbers.count else {
        if numbers.fails { throw Failed() }
        return nil
      }
      defer { next += 1 }
      numbers.taken.add()
      return item(next, numbers.size)
    }
  }

  func makeAsyncIterator() -> Iterator { Iterator(numbers: self) }
}

private final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)
  var value: UInt64 { count.load(ordering: .relaxed) }
  func add() { count.add(1, ordering: .relaxed) }
}

private func item(_ number: UInt64, _ size: Int) -> [UInt8] {
  var item = withUnsafeBytes(of: number) { Array($0) }
  item += [UInt8](repeating: 0, count: max(0, size - 8))
  return item
}

private func number(_ item: [UInt8]) -> UInt64 {
  item.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
}

@Suite struct CallStreamTests {
  @Test(arguments: WorkerPlace.allCases, [0, 1, 8, 1000, 300_000])
  func itemsComeInOrderAheadOfTheResult(place: WorkerPlace, size: Int) async throws {
    try await withExchange(place) { pool in
      let count: UInt64 = size > 100_000 ? 20 : 3000
      let stream = try pool.stream(bytes("emit \(count) \(size)"))
      var next: UInt64 = 0
      for await item in stream {
        #expect(item.count == size)
        if size >= 8 { #expect(number(item) == next) }
        next += 1
      }
      #expect(next == count)
      #expect(await stream.result.text == "\(count)")
    }
  }

  @Test(arguments: WorkerPlace.allCases, [8, 1000, 300_000])
  func inputComesInOrder(place: WorkerPlace, size: Int) async throws {
    try await withExchange(place) { pool in
      let count: UInt64 = size > 100_000 ? 20 : 3000
      let stream = try pool.stream(bytes("echo"), input: Numbers(count: count, size: size))
      var next: UInt64 = 0
      for await item in stream {
        #expect(item.count == size && number(item) == next)
        next += 1
      }
      #expect(next == count)
      #expect(await stream.result.text == "\(count) \(count * UInt64(size))")
    }
  }

  @Test(arguments: WorkerPlace.allCases)
  func noInputIsTheEndAtOnce(place: WorkerPlace) async throws {
    try await withExchange(place) { pool in
      let streams = [try pool.stream(bytes("sum"), input: Numbers(count: 0)), try pool.stream(bytes("sum"))]
      for stream in streams { #expect(await stream.result.text == "0 0") }
      #expect(await pool.call(bytes("sum")).text == "0 0")
      #expect(await pool.call(bytes("emit 1 8")).text == "-2 emit", "nobody takes its items")
    }
  }

  /// Input that nobody asks for is not read, and is not in the way.
  @Test func inputThatIsNotWantedIsLeft() async throws {
    try await withExchange { pool in
      let numbers = Numbers(count: 1_000_000, size: 1000)
      let stream = try pool.stream(bytes("quick"), input: numbers)
      #expect(await stream.result.text == "quick")
      #expect(numbers.taken.value < 2000)
      #expect(await pool.call(bytes("quick")).text == "quick")
    }
  }

  /// Nothing but what is under way is kept in the host, however far the worker could be ahead. In a process of its own, so that
  /// nobody else has a part in its memory.
  @Test func aSlowConsumerHoldsTheWorkerBack() throws {
    let program = try Child(
      Taskhost.directory + "/embedder", ["drip", TestKind.path("exchange.c")],
      environment: Taskhost.environment)
    #expect(try program.finish() == .exited(0), "\(program.outputText)\(program.errorText)")
    let words = program.outputText.split(whereSeparator: { $0 == " " || $0 == "\n" })
    let sizes = words.compactMap { Int($0) }
    try #require(sizes.count == 2, "\(program.outputText)")
    #expect(sizes[1] - sizes[0] < 8 << 20, "800 MB could have come")
  }

  /// The consumer waits, and so does not look: the worker makes an item now and then.
  @Test func aSlowProducerIsWaitedFor() async throws {
    try await withExchange { pool in
      let stream = try pool.stream(bytes("slowsum"), input: Numbers(count: 500, size: 64))
      #expect(await stream.result.text == "500 32000")
      let items = try pool.stream(bytes("hold"))
      for await item in items {
        #expect(item == bytes("holding"))
        items.cancel()
      }
      #expect(await items.result.failure?.cause == .cancelled)
    }
  }

  /// Input waits for a worker that takes it slowly.
  @Test func inputIsHeldBack() async throws {
    try await withExchange { pool in
      let numbers = Numbers(count: 100_000, size: 10_000)
      let stream = try pool.stream(bytes("echo"), input: numbers)
      var iterator = stream.makeAsyncIterator()
      for expected in UInt64(0)..<100 { #expect(await iterator.next().map { number($0) } == expected) }
      // Two windows of input, two of items, and what was taken.
      #expect(numbers.taken.value < 100 + 4 * 30 + 30)
    }
  }

  // MARK: Cancel

  @Test(arguments: WorkerPlace.allCases)
  func aCancelReachesEmit(place: WorkerPlace) async throws {
    try await withExchange(place) { pool in
      let stream = try pool.stream(bytes("emit 1000000000 100"))
      var iterator = stream.makeAsyncIterator()
      #expect(await iterator.next() != nil)
      stream.cancel()
      let result = await stream.result
      #expect(result.failure?.cause == .cancelled)
      #expect(result.failure?.message == "emit was told to give up")
      #expect(await pool.call(bytes("quick")).text == "quick", "the worker lives on")
    }
  }

  @Test(arguments: WorkerPlace.allCases)
  func aCancelReachesNext(place: WorkerPlace) async throws {
    try await withExchange(place) { pool in
      let (never, source) = AsyncStream.makeStream(of: [UInt8].self)
      let stream = try pool.stream(bytes("echo"), input: never)
      source.yield(bytes("one"))
      var iterator = stream.makeAsyncIterator()
      #expect(await iterator.next() == bytes("one"), "it waits for the next one now, or will")
      stream.cancel()
      #expect(await stream.result.failure?.message == "next was told to give up")
      source.finish()
      #expect(await pool.call(bytes("quick")).text == "quick", "the worker lives on")
    }
  }

  @Test func leavingTheLoopCancels() async throws {
    try await withExchange { pool in
      let stream = try pool.stream(bytes("emit 1000000000 100"))
      for await _ in stream { break }
      #expect(await stream.result.failure?.cause == .cancelled)
    }
  }

  @Test func aCancelledTaskCancels() async throws {
    try await withExchange { pool in
      let stream = try pool.stream(bytes("hold"))
      let (started, signal) = AsyncStream.makeStream(of: Void.self)
      let task = Task {
        var count = 0
        for await _ in stream {
          count += 1
          signal.yield()
        }
        return count
      }
      for await _ in started { break }
      task.cancel()
      #expect(await task.value == 1)
      #expect(await stream.result.failure?.cause == .cancelled)
    }
  }

  @Test func inputThatFailsCancelsTheCall() async throws {
    try await withExchange { pool in
      let stream = try pool.stream(bytes("sum"), input: Numbers(count: 10, fails: true))
      let failure = await stream.result.failure
      #expect(failure?.cause == .cancelled)
      #expect(failure?.message == "its input failed: Failed()")
    }
  }

  @Test func aTimeLimitHoldsWhileTheWorkerWaits() async throws {
    try await withExchange { pool in
      let (never, source) = AsyncStream.makeStream(of: [UInt8].self)
      var options = TaskOptions()
      options.softLimit = .milliseconds(200)
      let stream = try pool.stream(bytes("echo"), input: never, options)
      #expect(await stream.result.failure?.cause == .timedOut)
      source.finish()
      #expect(await pool.call(bytes("quick")).text == "quick", "the worker lives on")
    }
  }

  // MARK: The worker dies

  @Test(arguments: LastDeed.all)
  func aDeathInTheMiddleEndsTheStreamOnce(deed: LastDeed) async throws {
    try await withExchange { pool in
      let stream = try pool.stream(bytes("emit 1000 100 \(deed.word)"))
      var next: UInt64 = 0
      for await item in stream {
        #expect(number(item) == next)
        next += 1
      }
      #expect(next == 1000, "what it had sent is delivered")
      let failure = await stream.result.failure
      #expect(failure?.cause == .workerDied)
      #expect(failure?.exit?.reason == deed.reason)
      #expect(await pool.call(bytes("quick")).text == "quick")
      try await pool.close()
      #expect(await pool.events.reports().filter(\.isAbnormal).map(\.reason) == [deed.reason])
    }
  }

  @Test func anErrorInTheMiddleEndsTheStream() async throws {
    try await withExchange { pool in
      let stream = try pool.stream(bytes("emit 3 8 error"))
      var count = 0
      for await _ in stream { count += 1 }
      #expect(count == 3)
      #expect(await stream.result.code == -1234)
    }
  }

  @Test(arguments: LastDeed.all)
  func aDeathWhileInputComesEndsTheStream(deed: LastDeed) async throws {
    try await withExchange { pool in
      let (input, source) = AsyncStream.makeStream(of: [UInt8].self)
      let stream = try pool.stream(bytes("echo"), input: input)
      source.yield(bytes("one"))
      source.yield(bytes(deed.word))
      var items: [[UInt8]] = []
      for await item in stream { items.append(item) }
      #expect(items == [bytes("one"), bytes(deed.word)])
      let failure = await stream.result.failure
      #expect(failure?.cause == .workerDied)
      #expect(failure?.exit?.reason == deed.reason)
      source.finish()
    }
  }

  @Test func manyStreamsAtOnce() async throws {
    try await withExchange(workers: 3) { pool in
      try await withThrowingTaskGroup(of: UInt64.self) { group in
        for number in UInt64(0)..<60 {
          group.addTask {
            let stream = try pool.stream(bytes("echo"), input: Numbers(count: 100 + number, size: 500))
            var count: UInt64 = 0
            for await _ in stream { count += 1 }
            let text = await stream.result.text
            #expect(text == "\(100 + number) \((100 + number) * 500)")
            return count
          }
        }
        var sum: UInt64 = 0
        for try await count in group { sum += count }
        #expect(sum == 60 * 100 + 59 * 60 / 2)
      }
    }
  }
}
