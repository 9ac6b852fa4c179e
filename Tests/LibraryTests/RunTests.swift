import Foundation
import Synchronization
import TaskHost
import TestSupport
import Testing

/// A whole run, as an embedding program has it.
@Suite struct RunTests {
  func host(_ kinds: String...) throws -> TaskHost.Host {
    var options = TaskHost.Host.Options()
    options.workerExecutable = Taskhost.executable
    options.pluginFiles = try kinds.map { try TestKind.path($0) }
    options.searchesNothingElse = true
    return try TaskHost.Host(options)
  }

  func run(
    _ words: [String], _ kind: String = "calls.c", settings: [(key: String, value: String)] = [],
    _ change: (inout RunOptions) -> Void = { _ in }
  ) throws -> Run {
    var options = RunOptions()
    options.words = words
    options.workers = 1
    change(&options)
    return try Run(host(kind), kind: nil, settings: settings, options)
  }

  func error(_ body: () async throws -> RunSummary) async throws -> RunError {
    do {
      let summary = try await body()
      throw Child.Failure(description: "a run that can not be: \(summary.text)")
    } catch let error as RunError {
      return error
    }
  }

  /// On the thread that asks, where SIGPIPE would be the end of a program that has not thought of it.
  @Test func aWorkerThatIsGoneAheadOfItsRequestIsNoEndOfTheProgram() throws {
    let run = try run(["echo:a", "echo:b"]) {
      $0.wantsTaskEvents = true
      $0.worker.usesForkServer = false
    }
    var killed = 0
    let summary = try run.execute { event in
      guard case .worker(let worker) = event, case .ready = worker.change, killed == 0 else { return }
      killed = 1
      kill(worker.pid, SIGKILL)
      var info = siginfo_t()
      while waitid(P_PID, id_t(worker.pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    }
    #expect(killed == 1 && summary.ended[.passed] == 2)
  }

  // MARK: What is told

  @Test func withoutTheWishForMoreItTellsWhatWentWrong() async throws {
    let told = Mutex<[String]>([])
    let run = try run(["echo:a", "fail:-1001", "abort", "echo:b"])
    let summary = try await run.execute { event in
      switch event {
      case .task(let task):
        if case .ended(let outcome, _, _, _, let message) = task.change {
          told.withLock { $0.append("\(task.number) \(outcome) \(message.contains("as asked for"))") }
        } else {
          told.withLock { $0.append("\(task)") }
        }
      case .worker(let worker): told.withLock { $0.append("\(worker.change)") }
      case .trial(let trial): told.withLock { $0.append("\(trial)") }
      default: break
      }
    }
    #expect(
      told.withLock { $0 } == [
        "2 error true", "ended(worker 1 was ended by signal 6 (SIGABRT))", "3 crashed false",
      ])
    #expect(summary.ended[.passed] == 2 && summary.exitCode == .infrastructure)
    #expect(summary.workersStarted == 2 && summary.text == "4 tasks: 2 passed, 1 crashed, 1 error")
  }

  @Test func somebodyMayAskWhatItIsAt() async throws {
    let run = try run(["wait", "echo:a"])
    let said = Mutex<[String]>([])
    let summary = try await run.execute { event in
      switch event {
      case .feedback: run.askStatus()
      case .status(let status):
        let tasks = status.running.map { "\($0.task) \($0.state) on \($0.worker)" }
        said.withLock { $0.append("\(tasks) \(status.queued) \(status.done)") }
        run.cancel()
      default: break
      }
    }
    #expect(said.withLock { $0 } == [#"["1 performing on 1"] 1 0"#])
    #expect(summary.isCancelled)
  }

  // MARK: Input

  @Test func wordsComeFromAPipeWhileItGoesOn() async throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let (readEnd, writeEnd) = (ends[0], ends[1])
    defer { close(readEnd) }
    @Sendable func send(_ text: String) { _ = text.withCString { write(writeEnd, $0, strlen($0)) } }
    send("feedback:first\n")
    let run = try run(["feedback:word"]) { $0.input = WordInput(descriptor: readEnd, name: "the pipe") }
    let heard = Mutex<[String]>([])
    let summary = try await run.execute { event in
      guard case .feedback(_, let bytes) = event else { return }
      let text = String(decoding: bytes, as: UTF8.self)
      heard.withLock { $0.append(text) }
      // There is no more before the first has been performed.
      if text == "first" {
        send("feedback:second\nfeedback:last")
        close(writeEnd)
      }
    }
    #expect(heard.withLock { $0 } == ["word", "first", "second", "last"])
    #expect(summary.exitCode == .ok && summary.ended[.passed] == 4)
  }

  @Test func wordsComeFromAFile() async throws {
    let workshop = try Workshop()
    let path = try workshop.write("echo:a\u{0}\u{0}echo:b\nc\u{0}", as: "words")
    var input = try WordInput(path: path, separator: 0)
    let all = try await run([]) { [input] in $0.input = input }.execute()
    #expect(all.ended.tasks == 3, "an empty one is one")
    input = try WordInput(path: path, separator: 0)
    input.skipsEmptyWords = true
    let summary = try await run([]) { [input] in $0.input = input }.execute()
    #expect(summary.ended.tasks == 2 && summary.exitCode == .ok)
    #expect {
      try WordInput(path: path + ".not")
    } throws: { error in
      (error as? RunError)?.exitCode == .badInput
    }
  }

  // MARK: Cancel

  @Test(arguments: [false, true])
  func itIsCancelledByAnotherTask(asItsTask: Bool) async throws {
    let run = try run(["wait", "echo:a", "echo:b"])
    let (performing, isPerforming) = AsyncStream<Void>.makeStream()
    let task = Task {
      try await run.execute { event in if case .feedback = event { isPerforming.yield() } }
    }
    for await _ in performing { break }
    if asItsTask { task.cancel() } else { run.cancel() }
    let summary = try await task.value
    #expect(summary.isCancelled && summary.ended.outcomes == [.cancelled: 3])
    #expect(summary.exitCode == .failed && summary.signal == nil)
  }

  @Test func oneThatIsCancelledBeforehandStartsNoTask() async throws {
    let run = try run(["echo:a", "echo:b"])
    run.cancel()
    let summary = try await run.execute()
    #expect(summary.isCancelled && summary.ended.outcomes == [.cancelled: 2] && summary.workersStarted == 0)
  }

  @Test func itsTimeIsLimited() async throws {
    let causes = Mutex<[CancelCause]>([])
    let run = try run(["wait"]) { $0.timeLimit = .milliseconds(50) }
    let summary = try await run.execute { event in
      if case .cancelling(let cause, _) = event { causes.withLock { $0.append(cause) } }
    }
    #expect(causes.withLock { $0 } == [.timeout(.milliseconds(50))])
    #expect(summary.isOverTime && !summary.isCancelled && summary.exitCode == .failed)
  }

  // MARK: Errors of the run

  @Test func whatCanNotBeRunIsAnErrorWithItsExitCode() async throws {
    let unknown = try await error { try await Run(host("calls.c"), kind: "cals").execute() }
    #expect(unknown.exitCode == .pluginRefused && unknown.message.contains("did you mean \"calls\""))
    let unnamed = try await error { try await Run(host(), kind: nil).execute() }
    #expect(unnamed.exitCode == .usage)
    let empty = try await error { try await run([]).execute() }
    #expect(empty.exitCode == .nothingToRun && empty.message.hasPrefix("there is nothing to run"))
    let plan = try await error { try await run(["senseless"], "demands.c").execute() }
    #expect(plan.exitCode == .badInput && plan.message == "expected NAME MILLISECONDS DEMAND")
    let queue = try await error { try await run(["x"], settings: [("start", "queue-fails")]).execute() }
    #expect(queue.exitCode == .pluginRefused && queue.message.hasSuffix("the queue has no licence"))
    #expect(queue.causes == ["queue_new returned kind's own -1001"] || queue.causes.count == 1)
    let none = try await error { try await run(["x"]) { $0.workers = 0 }.execute() }
    #expect(none.exitCode == .usage && none.message == "0 workers: expected 1 to 4096")
    let frame = try await error { try await run(["x"]) { $0.worker.maxFrameBytes = 0 }.execute() }
    #expect(frame.exitCode == .usage)
  }

  /// Workers that can not start are no error of the run: it tells and sums up.
  @Test func workersThatCanNotStartAreInTheSummary() async throws {
    let summary = try await run(["x"], settings: [("start", "fails")]).execute()
    #expect(summary.exitCode == .pluginRefused && summary.ended[.lost] == 1)
    #expect(summary.failure?.contains("the worker has no licence") == true)
  }

  @Test func itIsExecutedOnce() async throws {
    let run = try run(["echo:a"])
    #expect(try await run.execute().exitCode == .ok)
    #expect(try await error { try await run.execute() }.exitCode == .internalError)
  }

  /// The error of a reporter ends the run, and no worker is left.
  @Test func outputThatIsLostEndsIt() async throws {
    final class Broken: RunReporter, @unchecked Sendable {
      // Of the thread of the run, which the test waits for.
      var pids: [Int32] = []

      func report(_ event: consuming RunEvent) {
        if case .worker(let worker) = event, case .ready = worker.change { pids.append(worker.pid) }
      }

      func flush() throws {
        if !pids.isEmpty { throw RunError(.cannotWrite, "the disk is full") }
      }
    }
    let (run, reporter) = (try run(["deaf", "echo:a"]) { $0.wantsTaskEvents = true }, Broken())
    let failure = Mutex<RunError?>(nil)
    try await onItsOwnThread {
      do throws(RunError) { _ = try run.execute(reporter) } catch { failure.withLock { $0 = error } }
    }
    #expect(failure.withLock { $0 } == RunError(.cannotWrite, "the disk is full"))
    #expect(reporter.pids.count == 1 && !reporter.pids.contains { ProcessTable.isAlive(Int($0)) })
  }

  // MARK: Beside others

  @Test func manyGoOnAtATimeWithOneKind() async throws {
    let kind = try Lab.kind()
    try await withThrowingTaskGroup(of: RunSummary.self) { group in
      for number in 0..<4 {
        group.addTask {
          var options = RunOptions()
          options.words = (0..<50).map { "echo:\(number) \($0)" }
          options.workers = 2
          return try await Run(kind, options).execute()
        }
      }
      for try await summary in group { #expect(summary.ended.outcomes == [.passed: 50]) }
    }
  }

  @Test func whatSettingsSayIsDone() async throws {
    let settings = try HostSettings(["workers": "1", "timeout": "50ms", "grace": "20ms", "retries": "0"])
    var options = RunOptions(settings)
    options.words = ["deaf", "echo:a"]
    let summary = try await Run(host("calls.c"), kind: "calls", options).execute()
    #expect(summary.ended.outcomes == [.timeout: 1, .passed: 1])
  }

  /// A program whose signals and descriptors are its own.
  @Test func itLeavesTheProcessAlone() async throws {
    try await onItsOwnThread {
      let child = try Child(
        Taskhost.directory + "/embedder", ["runs", TestKind.path("calls.c")],
        environment: Taskhost.environment)
      #expect(try child.finish(seconds: 120) == .exited(0), "\(child.outputText)")
      #expect(child.outputText == "20 runs, nothing left\n")
    }
  }
}
