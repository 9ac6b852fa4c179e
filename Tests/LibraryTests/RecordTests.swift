import Foundation
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
}
