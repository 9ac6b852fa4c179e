import Foundation
import TaskHost
import TestSupport
import Testing

@Suite struct WorkerCallTests {
  @Test func anAnswerIsWhatPerformWrote() async throws {
    let worker = try await Worker.spawn(Lab.kind(), shared: bytes("for all"))
    #expect(await worker.run(bytes("echo:hello")).text == "hello")
    #expect(await worker.run(bytes("echo:")) == .answer([]))
    #expect(await worker.run(bytes("pid")).text == "\(worker.pid)")
    #expect(await worker.run(bytes("shared")).text == "for all")
    #expect(await worker.run(bytes("count")).text == "5")
    let report = try await worker.shutdown()
    #expect(report.reason == .retired && report.exitCode == 0 && !report.isAbnormal)
    #expect(report.peakMemoryBytes > 0)
  }

  @Test(arguments: [-1000, -3, -7, -6, -9999])
  func aFailureOfTheKindIsItsOwnResult(code: Int32) async throws {
    let worker = try await Worker.spawn(Lab.kind())
    let failure = try #require(await worker.run(bytes("fail:\(code)")).kindFailure)
    #expect(failure.code == code && failure.message == "as asked for")
    // It lives on.
    #expect(await worker.run(bytes("echo:on")).text == "on")
    try await worker.shutdown()
  }

  @Test(arguments: [
    ("abort", ExitReport.Reason.crashed(signal: SIGABRT)), ("segv", .crashed(signal: SIGSEGV)),
    ("exit:3", .exited(code: 3)), ("exit:0", .exited(code: 0)), ("die", .crashed(signal: SIGKILL)),
  ])
  func aDeathIsReportedOnceWithItsCause(request: String, reason: ExitReport.Reason) async throws {
    let worker = try await Worker.spawn(Lab.kind())
    let failure = try #require(await worker.run(bytes(request)).failure)
    #expect(failure.cause == .workerDied)
    let exit = try #require(failure.exit)
    #expect(exit.reason == reason && exit.pid == -1 || exit.pid == worker.pid)
    #expect(exit.reason == reason && exit.isAbnormal)
    if request == "abort" { #expect(exit.errorTail.contains("about to abort")) }
    // Whoever asks later is told so, too.
    let late = try #require(await worker.run(bytes("echo:late")).failure)
    #expect(late.cause == .closed || late.cause == .workerGone)
    let report = try await worker.shutdown()
    #expect(report.reason == reason && report.pid == worker.pid && worker.exit == report)
    let reports = await worker.events.reports()
    #expect(reports == [report])
    #expect(!ProcessTable.isAlive(Int(worker.pid)))
  }

  /// Each call gets its one result, also those that wait behind the one that kills the worker.
  @Test func whatWaitsBehindADeathFailsForIt() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    let results = await withTaskGroup(of: CallResult.self) { group in
      for _ in 0..<20 { group.addTask { await worker.run(bytes("exit:5")) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let causes = results.compactMap { $0.failure?.cause }
    #expect(causes.count == 20)
    #expect(causes.filter { $0 == .workerDied }.count == 1)
    #expect(causes.allSatisfy { $0 == .workerDied || $0 == .workerGone || $0 == .closed })
    try await worker.shutdown()
  }

  @Test(arguments: [
    ("fails", "init", "the worker has no licence"), ("aborts", "init", "signal 6"),
    ("crashes", "init", "signal 11"),
    ("exits", "init", "exit code 7"), ("is-killed", "init", "signal 9"),
  ])
  func aStartThatFailsComesBackWithItsText(mode: String, phase: String, text: String) async throws {
    let failure = try await #require(throws: SpawnFailure.self) {
      _ = try await Worker.spawn(Lab.start(mode))
    }
    let exit = try #require(failure.exit)
    guard case .startFailed(let where_, let message) = exit.reason else {
      Issue.record("\(exit.reason)")
      return
    }
    #expect(where_ == phase && message.contains(text))
    if mode == "aborts" { #expect(exit.errorTail == "last words\n" && "\(failure)".contains("last words")) }
  }

  @Test func aStartThatHangsIsGivenUp() async throws {
    var changed = WorkerOptions()
    changed.startLimit = .milliseconds(300)
    let options = changed
    let failure = try await #require(throws: SpawnFailure.self) {
      _ = try await Worker.spawn(Lab.start("hangs"), options)
    }
    #expect("\(failure)".contains("it was not ready in time"))
  }

  @Test func aPartOfTheStartThatHangsIsNamed() async throws {
    var changed = WorkerOptions()
    changed.startLimit = .seconds(3600)
    changed.handshakeLimit = .seconds(60)
    changed.loadLimit = .milliseconds(300)
    let options = changed
    let failure = try await #require(throws: SpawnFailure.self) {
      _ = try await Worker.spawn(Lab.start("hangs"), options)
    }
    #expect("\(failure)".contains("`worker_new` had not returned 0.30 s after its first word"))
    guard case .startFailed("init", _)? = failure.exit?.reason else {
      Issue.record("\(String(describing: failure.exit?.reason))")
      return
    }
  }

  @Test func aSpawnThatIsCancelledLeavesNothing() async throws {
    let spawn = Task { try await Worker.spawn(Lab.start("hangs")) }
    spawn.cancel()
    await #expect(throws: CancellationError.self) { try await spawn.value }
  }

  @Test func aCancelReachesThePerformer() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    let call = Task { await worker.run(bytes("wait:")) }
    try await worker.events.performing()
    call.cancel()
    #expect(await call.value.failure?.cause == .cancelled)
    #expect(await worker.run(bytes("echo:on")).text == "on", "it lives on")
    try await worker.shutdown()
  }

  /// A worker that does not listen is ended; what it might have answered is dropped.
  @Test func aDeafWorkerIsEndedForACancel() async throws {
    var options = WorkerOptions()
    options.limits.grace = .milliseconds(50)
    let worker = try await Worker.spawn(Lab.kind(), options)
    let call = Task { await worker.run(bytes("deaf:")) }
    try await worker.events.performing()
    call.cancel()
    #expect(await call.value.failure?.cause == .cancelled)
    let report = try await worker.shutdown()
    #expect(report.reason == .cancelled && report.signal == SIGKILL)
  }

  /// The answer is on its way or not: there is one result, and the next call gets its own answer.
  @Test func lateAnswersAreDropped() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    for number in 0..<200 {
      let call = Task { await worker.run(bytes("echo:late \(number)")) }
      call.cancel()
      let result = await call.value
      #expect(result.text == "late \(number)" || result.failure?.cause == .cancelled)
      #expect(await worker.run(bytes("echo:\(number)")).text == "\(number)")
    }
    try await worker.shutdown()
  }

  @Test func whatNoFrameHoldsIsRefused() async throws {
    var options = WorkerOptions()
    options.maxFrameBytes = 1000
    let worker = try await Worker.spawn(Lab.kind(), options)
    let large = try #require(await worker.run([UInt8](repeating: 1, count: 1001)).failure)
    #expect(large.cause == .tooLarge(bytes: 1001, limit: 1000))
    #expect(await worker.run(bytes("bytes:1000")).text?.count == 1000)
    let answer = try #require(await worker.run(bytes("bytes:1001")).failure)
    #expect(answer.cause == .tooLarge(bytes: 1001, limit: 1000))
    try await worker.shutdown()
  }

  @Test func aHundredMegabytesGoThrough() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    let size = 100 << 20
    guard case .answer(let answer) = await worker.run(bytes("bytes:\(size)")) else {
      Issue.record("no answer")
      return
    }
    #expect(answer.count == size && answer.last == UInt8(ascii: "b"))
    // The same in the other direction.
    var request = bytes("shared:") + [UInt8](repeating: 98, count: size - 7)
    #expect(await worker.run(request).text == "")
    request.append(98)
    #expect(
      await worker.run(request).failure?.cause == .tooLarge(bytes: UInt64(size + 1), limit: UInt64(size)))
    #expect(
      await worker.run(bytes("bytes:\(size + 1)")).failure?.cause
        == .tooLarge(bytes: 104_857_601, limit: 104_857_600))
    try await worker.shutdown()
  }

  @Test func limitsOfOneCall() async throws {
    var options = WorkerOptions()
    options.limits.grace = .milliseconds(50)
    let worker = try await Worker.spawn(Lab.kind(), options)
    var limits = TaskOptions()
    limits.softLimit = .milliseconds(50)
    #expect(await worker.run(bytes("wait:"), limits).failure?.cause == .timedOut)
    #expect(await worker.run(bytes("echo:on")).text == "on")
    limits.softLimit = nil
    limits.hardLimit = .milliseconds(50)
    let failure = try #require(await worker.run(bytes("deaf:"), limits).failure)
    #expect(failure.cause == .timedOut && failure.exit?.reason == .timedOut)
    #expect(try await worker.shutdown().reason == .timedOut)
  }

  /// It blocks for longer than any heartbeat would have let it: it is not killed.
  @Test func aBusyWorkerIsLeftAlone() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    #expect(await worker.run(bytes("sleep:2500")).text == "slept")
    try await worker.shutdown()
  }

  @Test func aWorkerThatSomebodyStopsIsEnded() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    let failure = try #require(await worker.run(bytes("stop")).failure)
    #expect(failure.cause == .workerDied && failure.exit?.reason == .stopped)
    try await worker.shutdown()
  }

  @Test func oneWayFailuresAreCounted() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    for request in ["echo:a", "fail:-1000", "echo:b", "fail:-1001"] { try await worker.send(bytes(request)) }
    // Behind them.
    #expect(await worker.run(bytes("count")).text == "5")
    #expect(worker.oneWayFailures == 2)
    try await worker.send(bytes("exit:1"))
    try await worker.shutdown()
    #expect(worker.oneWayFailures == 3)
    await #expect(throws: PoolError.closed) { try await worker.send(bytes("echo:c")) }
  }

  @Test func feedbackReachesTheWorker() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    try await worker.feedback(bytes("news"))
    #expect(await worker.run(bytes("heard")).text == "news")
    try await worker.shutdown()
  }

  @Test func shutdownByForce() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    let call = Task { await worker.run(bytes("deaf:")) }
    try await worker.events.performing()
    let report = try await worker.shutdown(.kill)
    #expect(report.reason == .shutdown && report.signal == SIGKILL && !report.isAbnormal)
    #expect(await call.value.failure != nil)
    #expect(try await worker.shutdown() == report, "it can be asked again")
  }

  @Test func aWorkerInThisProcessHasTheSameMethods() async throws {
    let worker = try await Worker.serve(Lab.kind(), shared: bytes("for all"))
    #expect(await worker.run(bytes("echo:hello")).text == "hello")
    #expect(await worker.run(bytes("pid")).text == "\(getpid())")
    #expect(await worker.run(bytes("shared")).text == "for all")
    #expect(await worker.run(bytes("fail:-1000")).kindFailure?.code == -1000)
    try await worker.feedback(bytes("news"))
    #expect(await worker.run(bytes("heard")).text == "news")
    try await worker.send(bytes("fail:-1001"))
    #expect(await worker.run(bytes("count")).text == "7")
    #expect(worker.oneWayFailures == 1 && worker.pid == -1)
    #expect(try await worker.shutdown().reason == .retired)
    await #expect(throws: SpawnFailure.self) { _ = try await Worker.serve(Lab.start("fails")) }
  }

  /// Many at once, again and again.
  @Test func aStormOfStarts() async throws {
    let kind = try Lab.kind()
    for _ in 0..<30 {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          group.addTask {
            let worker = try await Worker.spawn(kind)
            #expect(await worker.run(bytes("echo:\(number)")).text == "\(number)")
            try await worker.shutdown(number % 2 == 0 ? .finish : .kill)
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
