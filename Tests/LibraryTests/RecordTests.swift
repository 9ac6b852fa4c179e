import Foundation
import Synchronization
import TaskHost
import TestSupport
import Testing

/// What runs of the library leave in files.
@Suite struct RecordTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  @Test func aRunGoesOnWhereAnotherOneStopped() async throws {
    let path = workshop.path("journal")
    func run(_ words: [String], resumes: Bool) async throws -> RunSummary {
      try await RunTests().run(words) { $0.journal = RunJournal(path: path, resumes: resumes) }.execute()
    }
    let first = try await run(["echo:a", "fail:-1001", "echo:b"], resumes: true)
    #expect(first.ended.outcomes == [.passed: 2, .error: 1])
    let second = try await run(["echo:b", "fail:-1001", "echo:c", "echo:a"], resumes: true)
    #expect(second.ended.outcomes == [.skipped: 2, .passed: 1, .error: 1])
    #expect(!TaskOutcome.skipped.isBad && second.exitCode == .failed)
    let third = try await run(["echo:a"], resumes: false)
    #expect(third.ended.outcomes == [.passed: 1])
  }

  @Test func oneJournalIsForOneRunAtATime() async throws {
    let path = workshop.path("journal")
    let journal = RunJournal(path: path)
    let waiting = try RunTests().run(["wait"]) { $0.journal = journal }
    let summary = try await waiting.execute { event in
      guard case .feedback = event else { return }
      do {
        _ = try RunTests().run(["echo:a"]) { $0.journal = journal }.execute { _ in }
        Issue.record("both write it")
      } catch let error as RunError {
        #expect(error.exitCode == .configuration && error.message.contains(path))
      } catch {
        Issue.record(error)
      }
      waiting.cancel()
    }
    #expect(summary.isCancelled)
  }

  @Test func tasksCanBeListedAndLogged() async throws {
    let path = workshop.path("jobs")
    let words = ["echo:a", "fail:-1001", "echo:b"]
    #expect(try RunTests().run(words).list() == words)
    #expect(!FileManager.default.fileExists(atPath: path))
    let summary = try await RunTests().run(words) { $0.jobLog = path }.execute()
    #expect(summary.ended.tasks == 3)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 4 && lines[0].hasPrefix("Seq\t") && lines[2].hasSuffix("\t1\t0\tfail:-1001"))
  }

  @Test func aRunHaltsAsItIsTold() async throws {
    let words = (1...10).map { "echo:\($0)" }
    let rule = try #require(try HaltRule.parse("soon,success=30%"))
    let none = try HaltRule.parse("never")
    #expect(rule == HaltRule(.success, .percent(30)) && none == nil)
    let summary = try await RunTests().run(words) {
      $0.halt = rule
      $0.window = 1
    }.execute()
    #expect(summary.ended.outcomes == [.passed: 3, .cancelled: 7] && summary.exitCode == .ok)
    for wrong in [HaltRule(.end, .count(0)), HaltRule(.end, .percent(0)), HaltRule(.end, .percent(101))] {
      let error = try await RunTests().error { try await RunTests().run(words) { $0.halt = wrong }.execute() }
      #expect(error.exitCode == .usage)
    }
  }

  @Test func whatTasksPrintIsTagged() async throws {
    let printed = Bytes()
    let run = try RunTests().run(["out one", "both 2"], "printer.c") { $0.tagsOutput = true }
    _ = try await run.execute { event in
      if case .printed(let piece) = event, piece.stream == 1 { printed.add(piece.bytes) }
    }
    #expect(printed.text == "out one\tone\nboth 2\tline 0\nboth 2\tline 1\n")
  }
}

private final class Bytes: Sendable {
  private let bytes = Mutex<[UInt8]>([])

  func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}
