import Foundation
import TaskHost
import TestSupport
import Testing

@Suite struct ReductionTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  private func options(_ items: Items) -> ReductionOptions {
    var options = ReductionOptions()
    options.batch = items.batch
    options.window = items.window
    options.tries = Items.tries
    return options
  }

  /// Joining texts is associative and not commutative, so each item has to be in its place.
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func itemsKeepTheirOrder(seed: UInt64) async throws {
    let items = Items(seed: seed, in: workshop)
    let total = try await withFolder { [options = options(items)] pool in
      try await pool.reduce(items.requests, options) { $0 + $1 }
    }
    let expected = items.texts.isEmpty ? nil : bytes(items.texts.joined())
    #expect(total == expected, "\(items.testDescription)")
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func eachItemCountsOnce(seed: UInt64) async throws {
    let items = Items(seed: seed, in: workshop)
    let total = try await withFolder { [options = options(items)] pool in
      try await pool.reduceCommutative(items.requests, options) { $0 + $1 }
    }
    let parts = total.map { String(decoding: $0, as: UTF8.self).split(separator: ">").map { "\($0)>" } }
    #expect((parts ?? []).sorted() == items.texts.sorted(), "\(items.testDescription)")
    #expect((total == nil) == items.texts.isEmpty)
  }

  /// Accumulators may be combined by a worker, too.
  @Test func combiningMayAskThePool() async throws {
    var options = ReductionOptions()
    options.batch = 3
    let total = try await withFolder { [options] pool in
      try await pool.reduce((0..<20).map { bytes("x:\($0),") }, options) { left, right in
        try await pool.call(bytes("x:") + left + right).get()
      }
    }
    #expect(total == bytes((0..<20).map { "\($0)," }.joined()))
  }

  /// Two accumulators of one worker, whose items wait for each other: the second one is not begun before the first one has ended. A
  /// limit ends that; with a worker for each they come together.
  @Test func itemsOfOneWorkerMustNotWaitForEachOther() async throws {
    for workers in 1...2 {
      let meeting = Meeting(of: 2)
      try await withExchange(
        workers: workers, change: { $0.worker.onCall = { _ in await meeting.come() } }
      ) { pool in
        if workers == 1 {
          var options = ReductionOptions()
          options.batch = 1
          options.call.softLimit = .milliseconds(200)
          let items = [bytes("host a"), bytes("host b")]
          let wanted = options
          let failure = await #expect(throws: ItemFailure.self) {
            try await pool.reduce(items, wanted) { $0 + $1 }
          }
          #expect((failure?.reason as? InfrastructureFailure)?.cause == .timedOut)
        } else {
          var ready = 0
          for await event in pool.events {
            if case .ready = event { ready += 1 }
            if ready == workers { break }
          }
          let (first, second) = (try await pool.session(on: 1), try await pool.session(on: 2))
          async let one = first.run(bytes("host a"))
          async let two = second.run(bytes("host b"))
          #expect(await [one.text, two.text] == ["0 met", "0 met"])
        }
        meeting.end()
      }
    }
  }

  @Test func aFailureEndsIt() async throws {
    try await withFolder { pool in
      var options = ReductionOptions()
      options.batch = 2
      let items = [bytes("x:a"), bytes("x:b"), bytes("x:c"), bytes("fail"), bytes("x:d"), bytes("fail")]
      let wanted = options
      let failure = await #expect(throws: ItemFailure.self) {
        try await pool.reduce(items, wanted) { $0 + $1 }
      }
      #expect(failure?.index == 1 && (failure?.reason as? KindFailure)?.code == -1000)
      try await pool.join()
    }
  }
}

/// Those who come go on when so many are there.
final class Meeting: Sendable {
  private let count: Int
  private let lock = NSLock()
  nonisolated(unsafe) private var arrived = 0
  nonisolated(unsafe) private var waiters: [CheckedContinuation<[UInt8], Never>] = []

  init(of count: Int) { self.count = count }

  func come() async -> [UInt8] {
    await withCheckedContinuation { continuation in
      let isFull = lock.withLock {
        arrived += 1
        waiters.append(continuation)
        return arrived >= count
      }
      if isFull { end() }
    }
  }

  func end() {
    let told = lock.withLock {
      defer { waiters = [] }
      return waiters
    }
    for waiter in told { waiter.resume(returning: bytes("met")) }
  }
}
