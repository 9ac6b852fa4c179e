import Foundation
import TaskHost
import TestSupport
import Testing

/// The example of a kind in Swift that has sessions, streams and calls, built as its author would.
@Suite struct SwiftKindTests {
  @Test func theLedgerKeepsAccounts() async throws {
    let plugin = try Self.build()
    let kind = try Lab.host().kind(at: plugin)
    try await withWorkers(1, of: kind) { pool in
      let other = try await pool.session(open: bytes("7"))
      let account = try await pool.session(open: Array("100".utf8))
      let balance = await account.run(Array("-40".utf8))
      let last = await account.close()
      #expect(balance.text == "60" && last.text == "60")
      #expect(await other.run(bytes("1")).text == "8")
      guard case .kindError(let failure) = await other.run(bytes("5000")) else {
        Issue.record("it was booked")
        return
      }
      #expect(failure.code == -5 && failure.message == "5008 is above the limit of 1000")

      let (amounts, source) = AsyncStream.makeStream(of: [UInt8].self)
      for amount in [5, -3, 10] { source.yield(bytes("\(amount)")) }
      source.finish()
      var balances: [String] = []
      let stream = try pool.stream(Array("1".utf8), input: amounts)
      for await item in stream { balances.append(String(decoding: item, as: UTF8.self)) }
      let total = await stream.result
      #expect(balances == ["6", "3", "13"] && total.text == "13")

      await #expect(throws: KindFailure.self) { _ = try await pool.session(open: bytes("much")) }
      #expect(await other.close().text == "8")
    }
    try await onItsOwnThread { try Self.expectSpans(of: plugin) }
  }

  /// In a run of the command with a trace.
  private static func expectSpans(of plugin: String) throws {
    let workshop = try Workshop()
    let file = workshop.path("trace.json")
    let run = try Taskhost.run(["-j1", "--trace", file, "--plugin", plugin, "5", "7"])
    #expect(run.end == .exited(0))
    let trace = try JSONSerialization.jsonObject(with: Data(workshop.read(file))) as? [[String: Any]]
    let spans = try #require(trace).filter { $0["name"] as? String == "read the amount" }
    #expect(spans.count == 2 && spans.allSatisfy { $0["tid"] as? Int == 1 && $0["ph"] as? String == "X" })
  }

  private static func build() throws -> String {
    let sdk = URL(fileURLWithPath: TestKind.include).deletingLastPathComponent()
    let workshop = try Workshop()
    defer { kept.append(workshop) }
    try workshop.copyDirectory(sdk.appendingPathComponent("examples/swift-ledger").path, as: "ledger")
    var environment = Taskhost.environment
    environment["SDK"] = sdk.path
    let builder = try Child(
      "/usr/bin/env", ["swift", "build", "-c", "release", "--package-path", workshop.path("ledger")],
      environment: environment)
    guard try builder.finish(seconds: 900) == .exited(0) else {
      throw Child.Failure(description: builder.outputText + builder.errorText)
    }
    return workshop.path("ledger/.build/release/libledger.so")
  }

  /// Plugins stay loaded.
  nonisolated(unsafe) private static var kept: [Workshop] = []
}
