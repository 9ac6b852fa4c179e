import TaskHost
import TestSupport
import Testing

/// A worker that writes frames of the extensions that it must not: it ends with a named fault, and nothing else does.
@Suite struct SwindlerTests {
  private static let deeds = [
    "item-unknown", "item-untaken", "credit-unasked", "credit-odd", "call-short", "call-unknown", "call-back",
    "reply", "credit", "session",
  ]

  @Test(arguments: deeds)
  func aFrameOutOfPlaceEndsItsWorkerOnly(deed: String) async throws {
    try await withExchange(source: "swindler.c") { pool in
      try await expectFault(await pool.call(bytes(deed)), pool)
    }
  }

  /// Items beyond the credit: what was within it can be taken, and no more is kept.
  @Test(arguments: ["overrun", "flood"])
  func itemsBeyondTheCredit(deed: String) async throws {
    try await withExchange(source: "swindler.c") { pool in
      let stream = try pool.stream(bytes(deed))
      var iterator = stream.makeAsyncIterator()
      #expect(await iterator.next()?.count == 1 << 15)
      // Nobody takes them until the worker has ended.
      for await event in pool.events {
        if case .ended(let report) = event {
          #expect(report.reason == .protocolFault("bad_frame"))
          break
        }
      }
      var count = 1
      while await iterator.next() != nil { count += 1 }
      #expect(count <= 9, "a window of 256 KiB and one item")
      try await expectFault(await stream.result, pool)
    }
  }

  @Test(arguments: ["credit-huge", "item-unknown"])
  func creditBeyondTheWindow(deed: String) async throws {
    try await withExchange(source: "swindler.c") { pool in
      let (never, source) = AsyncStream.makeStream(of: [UInt8].self)
      let stream = try pool.stream(bytes(deed), input: never)
      try await expectFault(await stream.result, pool)
      source.finish()
    }
  }

  /// One call at a time, also when the program around the host takes long to answer.
  @Test func twoCallsAtOnce() async throws {
    let (never, source) = AsyncStream.makeStream(of: [UInt8].self)
    try await withExchange(
      source: "swindler.c", defines: ["LATE"],
      change: {
        $0.worker.onCall = { _ in
          // For nobody: the worker is gone then.
          for await bytes in never { return bytes }
          return []
        }
      }
    ) { pool in
      try await expectFault(await pool.call(bytes("call-twice")), pool)
      source.finish()
    }
  }

  private func expectFault(_ result: CallResult, _ pool: WorkerPool) async throws {
    #expect(result.failure?.exit?.reason == .protocolFault("bad_frame"), "\(result)")
    let message = result.failure?.message ?? ""
    #expect(message.contains("found") || message.contains("malformed"), "\(result)")
    #expect(await pool.call(bytes("ok")).text == "done", "another worker takes its place")
  }
}
