import TaskHost
import TestSupport
import Testing

@Suite struct SessionTests {
  @Test(arguments: WorkerPlace.allCases)
  func eachSessionHasItsOwnState(place: WorkerPlace) async throws {
    try await withExchange(place) { pool in
      let a = try await pool.session(open: bytes("100"))
      let b = try await pool.session(open: bytes("5"))
      #expect(a.worker == b.worker)
      for _ in 0..<3 {
        _ = await a.run(bytes("add 1"))
        _ = await b.run(bytes("add 10"))
      }
      // Calls that belong to no session go between them.
      #expect(await pool.call(bytes("quick")).text == "quick")
      #expect(await a.run(bytes("add 0")).text == "103")
      #expect(await a.close().text == "103", "its last output")
      #expect(a.end == .closed)
      #expect(await b.run(bytes("add 0")).text == "35")
      #expect(await b.close().text == "35")
      #expect(await a.run(bytes("add 1")).failure?.message == "the session is closed")
      #expect(await a.close().failure?.message == "the session is closed")
    }
  }

  @Test func sessionsStayWithTheirWorkers() async throws {
    try await withExchange(workers: 2) { pool in
      var sessions: [Session] = []
      for number in 0..<8 { sessions.append(try await pool.session(open: bytes("\(number)"))) }
      await withTaskGroup(of: Void.self) { group in
        for session in sessions {
          group.addTask { for _ in 0..<50 { _ = await session.run(bytes("add 2")) } }
        }
      }
      for (number, session) in sessions.enumerated() {
        #expect(await session.close().text == "\(number + 100)")
      }
    }
  }

  @Test func aSingleWorkerHasSessions() async throws {
    let kind = try Lab.host().kind(at: TestKind.path("exchange.c"))
    let worker = try await Worker.spawn(kind)
    let session = try await worker.session(open: bytes("1"))
    #expect(await session.run(bytes("add 1")).text == "2")
    #expect(await session.close().text == "2")
    try await worker.shutdown()
  }

  @Test func aKindWithoutSessionsSaysSo() async throws {
    try await withExchange(source: "toolbox.c") { pool in
      do {
        _ = try await pool.session()
        Issue.record("it was opened")
      } catch let failure as KindFailure {
        #expect(failure.code == -2)
        #expect(failure.message == "kind toolbox has no taskhost.session/1")
      }
    }
  }

  @Test func anErrorInOpenMakesNoSession() async throws {
    try await withExchange { pool in
      do {
        _ = try await pool.session(open: bytes("error"))
        Issue.record("it was opened")
      } catch let failure as KindFailure {
        #expect(failure.code == -1234 && failure.message == "as it was told")
      }
      #expect(await pool.call(bytes("quick")).text == "quick", "the worker lives on")
    }
  }

  @Test func anErrorInPerformLeavesTheSessionOpen() async throws {
    try await withExchange { pool in
      let session = try await pool.session(open: bytes("7"))
      #expect(await session.run(bytes("error")).code == -1234)
      #expect(await session.run(bytes("add 1")).text == "8")
      #expect(await session.close().text == "8")
    }
  }

  @Test func anErrorInCloseEndsIt() async throws {
    try await withExchange { pool in
      let session = try await pool.session(open: bytes("at-close error"))
      #expect(await session.close().code == -1234)
      #expect(session.end == .closed)
      #expect(await pool.call(bytes("quick")).text == "quick", "the worker lives on")
    }
  }

  // MARK: Requests that wait for each other

  /// The program answers a worker with what that worker would have to do: told at once, and not waited for.
  @Test(arguments: WorkerPlace.allCases.filter { $0 != .inProcess })
  func anAnswerThatWaitsForTheWorkerItselfIsAnError(place: WorkerPlace) async throws {
    let other = Later<Session>()
    let pools = Later<WorkerPool>()
    @Sendable func told(_ result: CallResult) -> [UInt8] {
      bytes(result.failure.map { "\($0.cause)" } ?? "\(result)")
    }
    try await withExchange(
      place,
      change: {
        $0.mostWorkers = 2
        $0.worker.onCall = { call in
          switch String(decoding: call.request, as: UTF8.self) {
          case "session": return told(await other.value.run(bytes("add 1")))
          case "close": return told(await other.value.close())
          case "pinned": return told(await pools.value.call(bytes("quick"), on: call.worker))
          case "any": return told(await pools.value.call(bytes("quick")))
          case "open":
            do {
              _ = try await pools.value.session()
              return bytes("opened")
            } catch {
              return told(.infrastructure(try #require(error as? InfrastructureFailure)))
            }
          default:
            // Nobody awaits that, so it may wait.
            Task { await pools.value.call(bytes("quick")) }
            return bytes("begun")
          }
        }
      }
    ) { pool in
      pools.set(pool)
      let one = try await pool.session(open: bytes("1"))
      let two = try await pool.session(open: bytes("2"))
      #expect(one.worker == two.worker)
      other.set(two)
      for word in ["session", "close", "pinned", "any", "open"] {
        #expect(await one.run(bytes("host \(word)")).text == "0 cycle", "\(word)")
      }
      #expect(await one.run(bytes("host begin")).text == "0 begun")
      #expect(await two.run(bytes("add 1")).text == "3", "it is open, and nothing was done to it")
      // Another worker may answer.
      try pool.resize(to: 2)
      #expect(await one.run(bytes("host any")).text?.contains("answer") == true)
      #expect(await one.run(bytes("host pinned")).text == "0 cycle")
      try await pool.join()
      pools.forget()
      other.forget()
    }
  }

  // MARK: The worker dies

  @Test(arguments: LastDeed.all)
  func aDeathInOpenIsReportedOnce(deed: LastDeed) async throws {
    try await withExchange { pool in
      let other = try await pool.session(open: bytes("1"))
      do {
        _ = try await pool.session(open: bytes(deed.word), on: other.worker)
        Issue.record("it was opened")
      } catch let failure as InfrastructureFailure {
        #expect(failure.cause == .workerDied)
        #expect(failure.exit?.reason == deed.reason)
      }
      try await expectLost(other, deed, pool)
    }
  }

  @Test(arguments: LastDeed.all)
  func aDeathInPerformIsReportedOnce(deed: LastDeed) async throws {
    try await withExchange { pool in
      let session = try await pool.session(open: bytes("1"))
      let other = try await pool.session(open: bytes("2"))
      let failure = await session.run(bytes(deed.word)).failure
      #expect(failure?.cause == .workerDied)
      #expect(failure?.exit?.reason == deed.reason)
      try await expectLost(other, deed, pool)
      guard case .worker(let report) = await session.ended() else {
        Issue.record("it was closed")
        return
      }
      #expect(report.reason == deed.reason && report.pid > 0)
    }
  }

  @Test(arguments: LastDeed.all)
  func aDeathInCloseIsReportedOnce(deed: LastDeed) async throws {
    try await withExchange { pool in
      let session = try await pool.session(open: bytes("at-close \(deed.word)"))
      let other = try await pool.session(open: bytes("2"))
      let failure = await session.close().failure
      #expect(failure?.cause == .workerDied)
      #expect(failure?.exit?.reason == deed.reason)
      try await expectLost(other, deed, pool)
    }
  }

  /// A session that had nothing to do with the death: it ends once, with the report, and says so from then on. There is one event
  /// about the worker.
  private func expectLost(_ session: Session, _ deed: LastDeed, _ pool: WorkerPool) async throws {
    guard case .worker(let report) = await session.ended() else {
      Issue.record("it was closed")
      return
    }
    #expect(report.reason == deed.reason)
    let failure = await session.run(bytes("add 1")).failure
    #expect(failure?.cause == .workerGone && failure?.exit == report)
    #expect(await pool.call(bytes("quick")).text == "quick", "another worker takes its place")
    try await pool.close()
    var ends = 0
    for await event in pool.events {
      if case .ended(let report) = event, report.isAbnormal { ends += 1 }
    }
    #expect(ends == 1)
  }

  /// Sessions end with a worker that ends in order, after its last hooks.
  @Test func anOrderlyEndClosesSessions() async throws {
    let session = try await withExchange { pool in
      let session = try await pool.session(open: bytes("at-close say"))
      try await pool.close()
      var said = ""
      for await event in pool.events {
        if case .output(_, _, let bytes) = event { said += String(decoding: bytes, as: UTF8.self) }
      }
      #expect(said.contains("closed"), "session_close was called")
      return session
    }
    guard case .worker(let report) = await session.ended() else {
      Issue.record("it was closed")
      return
    }
    #expect(report.reason == .retired)
  }

  @Test func aForgottenSessionClosesItself() async throws {
    try await withExchange { pool in
      var session: Session? = try await pool.session(open: bytes("at-close exit"))
      #expect(session != nil)
      session = nil
      for await event in pool.events {
        if case .ended(let report) = event {
          #expect(report.reason == .exited(code: 3))
          break
        }
      }
    }
  }

  /// A worker that has sessions is not replaced for its age.
  @Test func aWorkerWithSessionsIsNotRecycled() async throws {
    try await withExchange(change: { $0.worker.limits.tasksOfOneWorker = 3 }) { pool in
      let session = try await pool.session(open: bytes("0"))
      for _ in 0..<10 { _ = await session.run(bytes("add 1")) }
      #expect(await session.close().text == "10")
    }
  }

  @Test func aSessionStreams() async throws {
    try await withExchange { pool in
      let session = try await pool.session(open: bytes("3"))
      let stream = try session.stream(bytes("emit 10 8"))
      var count = 0
      for await _ in stream { count += 1 }
      #expect(count == 10)
      #expect(await stream.result.text == "10")
      #expect(await session.close().text == "3")
    }
  }
}
