import Foundation
import TestSupport
import Testing

/// The fuzzer of the reader of plugin files, for a few seconds.
@Suite struct FuzzTests {
  private let workshop: Workshop
  private let seeds: [String]

  init() throws {
    workshop = try Workshop()
    let script = TestKind.sources + "/../../Scripts/fuzz-seeds"
    let child = try Child("/bin/bash", [script, workshop.directory], environment: Taskhost.environment)
    guard try child.finish(seconds: 300) == .exited(0) else {
      throw Child.Failure(description: child.errorText)
    }
    let path = workshop.directory
    seeds = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".so") }.sorted()
      .map {
        path + "/" + $0
      }
  }

  private func fuzz(_ options: String...) throws -> (end: Child.End, output: [UInt8], text: String) {
    let child = try Child(
      Taskhost.directory + "/fuzz-plugin-files", options + seeds, environment: Taskhost.environment)
    let end = try child.finish(seconds: 300)
    return (end, child.output, child.errorText)
  }

  @Test func theReaderAnswersForChangedPlugins() throws {
    #expect(seeds.count == 11)
    let first = try fuzz("--runs", "40000", "--seed", "20261121")
    #expect(first.end == .exited(0), "\(first.text)")
    let line =
      #/seed 20261121: 40000 files, 0 traps; (\d+) read to their end, (\d+) with a valid manifest; refused: (.*)\n/#
    let match = try #require(try line.wholeMatch(in: first.text))
    // It comes far beyond the first check, and is stopped at each of the others.
    #expect(Int(match.1) ?? 0 > 10_000 && Int(match.2) ?? 0 > 5_000)
    for rule in ["L05", "L06", "L07"] { #expect(match.3.contains(rule)) }
    // The same seed is the same work, and another one is not.
    #expect(try fuzz("--runs", "40000", "--seed", "20261121").text == first.text)
    #expect(try fuzz("--runs", "40000", "--seed", "2").text.dropFirst(13) != first.text.dropFirst(13))
  }

  /// The copy at which it stopped can be had again.
  @Test func aCopyComesBackByItsNumber() throws {
    let copies = try (0..<4).map { try fuzz("--only", "\(20 + $0)").output }
    #expect(try fuzz("--only", "21").output == copies[1])
    #expect(Set(copies).count == 4)
    #expect(try fuzz("--runs").end == .exited(2))
  }
}
