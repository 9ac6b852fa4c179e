import Foundation
import TaskHost
import TestSupport
import Testing

@Suite struct EventTests {
  @Test func theLifeOfAWorkerInItsOrder() async throws {
    let worker = try await Worker.spawn(Lab.start("logs"))
    _ = await worker.run(bytes("feedback:news"))
    try await worker.shutdown()
    var words: [String] = []
    for await event in worker.events {
      switch event {
      case .spawned(let number, let pid): words.append("spawned \(number) \(pid == worker.pid)")
      case .ready(let number, _): words.append("ready \(number)")
      case .ended(let report): words.append("ended \(report.worker) \(report.reason == .retired)")
      case .log(let number, let line): words.append("log \(number) \(line.level) \(line.message)")
      case .feedback(let number, let text):
        words.append("feedback \(number) \(String(decoding: text, as: UTF8.self))")
      default: words.append("\(event)")
      }
    }
    #expect(
      words == [
        "spawned 1 true", "log 1 warn from the start", "ready 1", "feedback 1 news", "ended 1 true",
      ])
  }

  @Test func oneReportForEachAbnormalEnd() async throws {
    let pool = try Lab.pool(2)
    let deeds = ["abort", "segv", "exit:1", "die", "exit:0"]
    for deed in deeds + deeds { #expect(await pool.call(bytes(deed)).failure?.cause == .workerDied) }
    try await pool.close()
    let reports = await pool.events.reports()
    #expect(reports.filter(\.isAbnormal).count == 10)
    #expect(Set(reports.map(\.worker)).count == reports.count)
    #expect(Set(reports.map(\.pid)).count == reports.count)
    for report in reports { #expect(!ProcessTable.isAlive(Int(report.pid))) }
  }

  /// Nobody reads: so many are kept, reports of ends before others, and what is given up is counted.
  @Test func eventsThatNobodyReadsAreBounded() async throws {
    let pool = try Lab.pool(1) { $0.worker.eventLimit = 10 }
    for _ in 0..<50 { #expect(await pool.call(bytes("feedback:x")).text == "fed") }
    for _ in 0..<3 { _ = await pool.call(bytes("exit:1")) }
    try await pool.close()
    var (kept, dropped, ends) = (0, 0, 0)
    for await event in pool.events {
      switch event {
      case .dropped(let count): dropped += count
      case .ended:
        ends += 1
        kept += 1
      default: kept += 1
      }
    }
    #expect(ends >= 3 && dropped > 40 && kept < 20)
    // 50 of feedback; each worker is spawned, ready and ended, and may have been seen to die.
    #expect((50 + 3 * ends...50 + 4 * ends).contains(kept + dropped))
  }

  @Test func aReaderThatIsCancelledStops() async throws {
    let pool = try Lab.pool(1)
    let reader = Task { await pool.events.first { _ in false } == nil }
    reader.cancel()
    #expect(await reader.value)
    #expect(await pool.call(bytes("echo:on")).text == "on")
    try await pool.close()
  }
}
