import TaskHost
import TestSupport
import Testing

/// Calls of workers, as the program around the host sees them.
@Suite struct CallsOfWorkersTests {
  @Test(arguments: WorkerPlace.allCases)
  func theProgramAnswers(place: WorkerPlace) async throws {
    try await withExchange(
      place,
      change: {
        $0.worker.onCall = { call in
          switch String(decoding: call.request, as: UTF8.self) {
          case "refuse me": throw CallRefusal(code: -1700, message: "not today")
          case "break": throw CancellationError()
          default: return call.request + bytes(" from \(call.worker)")
          }
        }
      }
    ) { pool in
      #expect(await pool.call(bytes("host hello")).text == "0 hello from 1")
      #expect(await pool.call(bytes("host say hello")).text == "0 hello", "the kind's own side goes first")
      #expect(await pool.call(bytes("host refuse me")).text == "-1500 refused by the host")
      #expect(await pool.call(bytes("host break")).text == "-1 CancellationError()")
    }
  }

  /// The answer takes as long as it takes; others go on meanwhile.
  @Test func anAnswerMayBeLate() async throws {
    let (asked, signal) = AsyncStream.makeStream(of: Void.self)
    let (answers, answer) = AsyncStream.makeStream(of: [UInt8].self)
    try await withExchange(
      workers: 2,
      change: {
        $0.worker.onCall = { _ in
          signal.yield()
          for await bytes in answers { return bytes }
          return []
        }
      }
    ) { pool in
      async let waiting = pool.call(bytes("host question"))
      for await _ in asked { break }
      #expect(await pool.call(bytes("quick")).text == "quick")
      answer.yield(bytes("late"))
      #expect(await waiting.text == "0 late")
    }
  }

  /// An answer that comes when its worker has died is for nobody.
  @Test func anAnswerAfterADeathIsDropped() async throws {
    let (asked, signal) = AsyncStream.makeStream(of: Void.self)
    let (answers, answer) = AsyncStream.makeStream(of: [UInt8].self)
    try await withExchange(change: {
      $0.worker.onCall = { _ in
        signal.yield()
        for await bytes in answers { return bytes }
        return []
      }
    }) { pool in
      var options = TaskOptions()
      options.hardLimit = .milliseconds(100)
      let result = await pool.call(bytes("host question"), options)
      #expect(result.failure?.cause == .timedOut)
      for await _ in asked { break }
      answer.yield(bytes("late"))
      #expect(await pool.call(bytes("quick")).text == "quick")
    }
  }

  /// A cancel reaches a worker that waits for an answer.
  @Test func aCancelReachesACall() async throws {
    let (asked, signal) = AsyncStream.makeStream(of: Void.self)
    let (answers, answer) = AsyncStream.makeStream(of: [UInt8].self)
    try await withExchange(change: {
      $0.worker.onCall = { _ in
        signal.yield()
        for await bytes in answers { return bytes }
        return []
      }
    }) { pool in
      let call = Task { await pool.call(bytes("host question")) }
      for await _ in asked { break }
      call.cancel()
      let result = await call.value
      #expect(result.failure?.cause == .cancelled)
      #expect(result.failure?.message == "call was told to give up")
      answer.yield(bytes("late"))
      #expect(await pool.call(bytes("quick")).text == "quick", "the worker lives on")
    }
  }

  /// The limit of the caller strikes: what the other worker does for it is given up too.
  @Test func whatNobodyWaitsForIsGivenUp() async throws {
    try await withExchange(workers: 2) { pool in
      async let one = pool.call(bytes("meet quick"))
      async let other = pool.call(bytes("meet quick"))
      _ = await [one, other]
      let address = try await pool.address(of: 2)
      var options = TaskOptions()
      options.softLimit = .milliseconds(200)
      let request = "peer \(address.id) \(address.epoch) hold"
      #expect(await pool.call(bytes(request), on: 1, options).failure?.cause == .timedOut)
      #expect(await pool.call(bytes("quick"), on: 2).text == "quick")
      // A worker that dies leaves nothing behind either.
      options.softLimit = nil
      options.hardLimit = .milliseconds(200)
      #expect(await pool.call(bytes(request), on: 1, options).failure?.cause == .timedOut)
      #expect(await pool.call(bytes("quick"), on: 2).text == "quick")
    }
  }

  /// The address of a worker is passed on in a request.
  @Test func aWorkerIsCalledByItsAddress() async throws {
    try await withExchange(workers: 2) { pool in
      // Both are there once both have answered.
      async let one = pool.call(bytes("meet quick"))
      async let other = pool.call(bytes("meet quick"))
      let answers = await [one.text ?? "", other.text ?? ""].sorted()
      #expect(answers[0].hasPrefix("-10 worker"))
      #expect(answers[1] == "0 quick")
      let address = try await pool.address(of: 2)
      let request = "peer \(address.id) \(address.epoch) self"
      #expect(await pool.call(bytes(request), on: 1).text == "0 2 \(address.epoch)")
      try await pool.retire(worker: 2)
      for await event in pool.events {
        if case .ended(let report) = event, report.worker == 2 { break }
      }
      #expect(await pool.call(bytes(request), on: 1).text == "-9 worker 2 is not there any more")
    }
  }
}
