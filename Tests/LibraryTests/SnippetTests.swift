import Foundation
import TaskHost
import TestSupport
import Testing

/// What the articles of the library show, compiled and run.
@Suite struct SnippetTests {
  @Test func hostsKindsAndWorkers() async throws {
    let program = Taskhost.executable
    let path = try TestKind.path("calls.c")

    var options = TaskHost.Host.Options()
    options.workerExecutable = program
    let host = try TaskHost.Host(options)

    let kind = try host.kind(at: path, settings: [(key: "start", value: "logs")])

    let worker = try await Worker.spawn(kind)
    switch await worker.run(Array("echo:hello".utf8)) {
    case .answer(let bytes): print(String(decoding: bytes, as: UTF8.self))
    case .kindError(let failure): print("the kind says no: \(failure.code) \(failure.message)")
    case .infrastructure(let failure): print("no answer: \(failure.cause) \(failure.exit?.errorTail ?? "")")
    }
    let report = try await worker.shutdown()
    #expect(report.reason == .retired)
  }

  @Test func inShort() async throws {
    let (host, path) = (try Lab.host(), try TestKind.path("calls.c"))

    let kind = try host.kind(at: path)
    let worker = try await Worker.spawn(kind)
    let result = await worker.run(Array("echo:hello".utf8))
    #expect(result.text == "hello")
    try await worker.shutdown()
  }

  @Test func oneWay() async throws {
    let worker = try await Worker.spawn(Lab.kind())
    try await worker.send(Array("echo:nobody waits".utf8))
    print(worker.oneWayFailures)
    try await worker.shutdown()
    #expect(worker.oneWayFailures == 0)
  }

  @Test func pools() async throws {
    let kind = try Lab.kind()
    let passed = try await withWorkers(4, of: kind) { pool in
      let one = try pool.enqueue(Array("echo:one".utf8))
      let many = try pool.enqueue(contentsOf: (0..<1000).map { Array("echo:\($0)".utf8) })
      guard await one.result.outcome == .passed else { return 0 }
      return await many.result[.passed]
    }
    #expect(passed == 1000)
  }

  @Test func withoutWorkers() async throws {
    let kind = try Lab.kind()
    var options = WorkerPool.Options()
    options.workers = 0
    let pool = try WorkerPool(kind, options)
    let handle = try pool.enqueue(Array("echo:later".utf8))
    do {
      try await pool.join()
    } catch PoolError.noWorkers(let queued) {
      print("\(queued) wait")
    }
    try pool.resize(to: 2)
    try await pool.join()
    try await pool.close()
    #expect(handle.resultIfEnded?.outcome == .passed)

    for await event in pool.events {
      switch event {
      case .ended(let report) where report.isAbnormal: print(report, report.errorTail)
      case .noMoreWorkers(let why): print(why)
      default: break
      }
    }
  }

  @Test func whichTaskNext() async throws {
    try await withWorkers(1, of: Lab.kind()) { pool in
      var urgent = TaskOptions()
      urgent.priority = 10
      urgent.hardLimit = .seconds(30)
      let first = try pool.enqueue(Array("echo:first".utf8), urgent)
      #expect(await first.result.outcome == .passed)
    }
  }

  @Test func limits() async throws {
    var limits = WorkerLimits()
    limits.softTime = .seconds(10)
    limits.hardTime = .seconds(20)
    limits.memoryBytes = 1 << 30
    limits.tasksOfOneWorker = 10_000
    var options = WorkerPool.Options()
    options.worker.limits = limits
    try await withWorkers(1, of: Lab.kind(), options) { pool in
      #expect(await pool.call(bytes("echo:x")).text == "x")
    }
  }

  @Test func settings() throws {
    let settings = try HostSettings(["window": "8"], files: .none)
    for value in settings.values where value.level != .standard {
      print(value.name, value.text, value.origin)
    }
    #expect(settings["window"]?.number == 8 && settings["window"]?.level == .program)
  }

  @Test func questions() async throws {
    try await withExchange(
      workers: 2,
      change: { options in
        options.worker.onCall = { call in
          guard call.request == Array("time".utf8) else {
            throw CallRefusal(code: -1700, message: "worker \(call.worker) may not ask that")
          }
          return Array("noon".utf8)
        }
      }
    ) { pool in
      #expect(await pool.call(bytes("host time")).text == "0 noon")
      #expect(await pool.call(bytes("host money")).text?.contains("may not ask that") == true)
      // Both are there once both have answered.
      async let here = pool.call(bytes("meet quick"))
      async let there = pool.call(bytes("meet quick"))
      _ = await [here, there]
      let (one, other): (UInt64, UInt64) = (1, 2)
      let address = try await pool.address(of: other)
      let request = Array("peer \(address.id) \(address.epoch) quick".utf8)
      let answer = await pool.call(request, on: one)
      #expect(answer.text == "0 quick")
    }
  }

  @Test func prints() async throws {
    let kind = try Lab.host().kind(at: TestKind.path("printer.c"))
    var options = WorkerPool.Options()
    options.worker.onPrint = { printed in
      if printed.stream == 1 { print(String(decoding: printed.bytes, as: UTF8.self)) }
    }
    try await withWorkers(1, of: kind, options) { pool in
      #expect(await pool.call(bytes("out printed by a call")).failure == nil)
    }
  }

  @Test func surroundings() async throws {
    let workshop = try Workshop()
    let directory = workshop.directory
    var surroundings = WorkerSurroundings()
    surroundings.environment.removed = ["DISPLAY"]
    surroundings.environment.set = ["LANG": "C"]
    surroundings.directory = directory
    surroundings.umask = 0o077
    surroundings.standardError = .append(path: directory + "/errors")
    var options = WorkerOptions()
    options.surroundings = surroundings
    let worker = try await Worker.spawn(Lab.kind(), options)
    #expect(await worker.run(bytes("env:LANG")).text == "C")
    try await worker.shutdown()
  }

  @Test func sequences() async throws {
    let requests = (0..<20).map { Array("x:<\($0)>".utf8) }
    try await withFolder { pool in
      var lengths: [Int] = []
      for try await answer in pool.map(requests) { lengths.append(answer.bytes.count) }
      let found = try await pool.findFirst(requests) { $0.starts(with: Array("<7".utf8)) }
      let joined = try await pool.reduce(requests) { left, right in left + right }
      #expect(lengths == (0..<20).map { "<\($0)>".count } && found?.index == 7)
      #expect(joined == bytes((0..<20).map { "<\($0)>" }.joined()))
    }
  }

  @Test func wholeRuns() async throws {
    let (program, path) = (Taskhost.executable, try TestKind.path("calls.c"))

    var places = TaskHost.Host.Options()
    places.workerExecutable = program
    places.pluginFiles = [path]
    let host = try TaskHost.Host(places)

    var options = RunOptions()
    options.words = ["echo:one", "fail:-1001", "print:two"]
    options.workers = 2
    let run = try Run(host, kind: "calls", options)
    let summary = try await run.execute { event in
      switch event {
      case .finding(let finding): print("\(finding.file):\(finding.line): \(finding.message)")
      case .task(let task): print("\(task.name): \(task.change)")
      case .warning(let text): print("warning: \(text)")
      default: break
      }
    }
    print(summary.text, summary.exitCode.meaning)
    #expect(summary.ended[.passed] == 2 && summary.exitCode == .failed)

    for plugin in host.plugins.entries where plugin.shadowedBy == nil {
      print(plugin.manifest.name, plugin.manifest.version, plugin.path)
    }

    let workshop = try Workshop()
    let (journal, jobs) = (workshop.path("journal"), workshop.path("jobs"))
    options.journal = RunJournal(path: journal, resumes: true)
    options.jobLog = jobs
    options.halt = HaltRule(.failure, .percent(30))
    let resumed = try await Run(host, kind: "calls", options).execute()
    print(resumed.ended[.skipped], "were done before")
    for line in try Run(host, kind: "calls", options).list() { print(line) }
    #expect(resumed.ended[.skipped] == 0 && resumed.exitCode == .failed)

    let settings = try HostSettings(["timeout": "1m"], files: .search(from: "/"))
    var configured = RunOptions(settings)
    configured.words = ["echo:three"]
    #expect(try await Run(host, kind: "calls", configured).execute().exitCode == .ok)
  }

  /// Each example of each article stands in one of these files, line by line; they are compiled and run with them.
  @Test func everyExampleIsCompiled() throws {
    let here = URL(filePath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    func lines(_ url: URL) throws -> String {
      try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      }.joined(separator: "\n")
    }
    let program = try lines(root.appending(path: "Tests/embedder/main.swift"))
      .replacing("if !words.contains(\"forgot\") { runWorkerIfAsked() }", with: "runWorkerIfAsked()")
    let ledger = try lines(here.deletingLastPathComponent().appending(path: "SwiftKindTests.swift"))
    let sources = try lines(here) + program + ledger
    let catalogue = root.appending(path: "Sources/TaskHost/TaskHost.docc")
    let articles = try FileManager.default.contentsOfDirectory(
      at: catalogue, includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "md" }
    #expect(articles.count >= 8)
    for article in articles {
      let examples = try lines(article).matches(of: /```swift\n([^`]*)```/).map { String($0.1) }
      #expect(!examples.isEmpty, "\(article.lastPathComponent)")
      for example in examples {
        let isThere = sources.contains(example)
        #expect(isThere, "\(article.lastPathComponent): \(example)")
      }
    }
  }
}
