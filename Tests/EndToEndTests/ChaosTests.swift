import Foundation
import TestSupport
import Testing

private let setDatabase = "/usr/share/metamath/databases/set.mm"

/// The real database, while its workers are killed.
@Suite(.enabled(if: FileManager.default.isReadableFile(atPath: setDatabase), "no set.mm: make setup"))
struct ChaosTests {
  private static let arguments = ["--kind", "proof", "-j2", "--set", "batch_bytes=16384", setDatabase]

  /// A run in which one worker is killed after this many answers; nil if the kill came too late.
  private func disturbed(after answers: Int) throws -> Taskhost.Finished? {
    let child = try Taskhost.start(["run", "--message-format", "jsonl"] + Self.arguments)
    // Counted without parsing: thousands of lines come while this looks again and again.
    let mark = Array("\"type\":\"trial\"".utf8)
    var looked = 0
    var seen = 0
    try child.wait(for: "\(answers) answers") { child in
      while let newline = child.output[looked...].firstIndex(of: 10) {
        let line = child.output[looked..<newline]
        // Behind the members that every line has.
        if line.dropFirst(60).prefix(80).contains(mark) { seen += 1 }
        looked = newline + 1
      }
      return seen >= answers
    }
    guard child.end == nil, let victim = ProcessTable.children(of: Int(child.pid)).randomElement() else {
      return nil
    }
    kill(pid_t(victim), SIGKILL)
    try child.finish(seconds: 300)
    let run = try Taskhost.finished(child)
    return run.events.named("worker.ended").contains { $0.number("signal") == 9 } ? run : nil
  }

  /// Nobody can tell from the verdict that a worker was killed.
  @Test func aKilledWorkerChangesNoVerdict() throws {
    let whole = try Taskhost.run(Self.arguments)
    try #require(whole.end == .exited(0))
    let verdict = try #require(whole.summary?.text("summary")?.split(separator: ";").first)
    var hits = 0
    for attempt in 0..<30 where hits < 3 {
      guard let run = try disturbed(after: 1 + 37 * (attempt % 10)) else { continue }
      hits += 1
      #expect(run.end == .exited(0))
      #expect(run.summary?.text("summary")?.split(separator: ";").first == verdict)
      #expect(run.events.named("diagnostic.reported").isEmpty)
    }
    #expect(hits == 3, "three runs must have lost a worker")
  }
}
