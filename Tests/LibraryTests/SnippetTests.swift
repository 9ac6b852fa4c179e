import Foundation
import TaskHost
import TestSupport
import Testing

/// What docs/embedding.md shows, compiled and run.
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

  /// Each line of each example stands in this file or in the program that embeds the library, and one after the other.
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

  @Test func everyExampleIsCompiled() throws {
    let here = URL(filePath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    func lines(_ url: URL) throws -> [String] {
      try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
    let sources =
      try lines(here).joined(separator: "\n")
      + lines(root.appending(path: "Tests/embedder/main.swift")).map {
        $0.replacing("if !words.contains(\"forgot\") { runWorkerIfAsked() }", with: "runWorkerIfAsked()")
      }.joined(separator: "\n")
    let page = try lines(root.appending(path: "docs/embedding.md")).joined(separator: "\n")
    let examples = page.matches(of: /```swift\n([^`]*)```/).map { String($0.1) }
    #expect(examples.count == 10)
    for example in examples { #expect(sources.contains(example), "\(example)") }
  }
}
