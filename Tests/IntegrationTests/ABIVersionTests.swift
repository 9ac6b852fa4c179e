import Foundation
import TestSupport
import Testing

/// Plugins and hosts of different minor versions of the ABI, in both directions.
@Suite struct ABIVersionTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  private func driver(_ headers: String, _ defines: [String] = []) throws -> String {
    let path = workshop.path("driver-\(UUID().uuidString)")
    try TestKind.compile(
      TestKind.sources + "/../Programs/driver.c", to: path, defines, asLibrary: false, headers: headers)
    return path
  }

  private func newer(needs: Int = 0) throws -> String {
    let path = workshop.path("newer-\(needs).so")
    try TestKind.compile(
      TestKind.sources + "/newer.c", to: path, ["NEEDS=\(needs)", "NEEDS_TEXT=\"\(needs)\""],
      headers: try NewerABI.headers(workshop))
    return path
  }

  private func drive(_ driver: String, _ arguments: [String]) throws -> (end: Child.End?, output: [Substring])
  {
    let child = try Child(driver, arguments, environment: Taskhost.environment)
    let end = try child.finish(seconds: 60)
    return (end, child.outputText.split(separator: "\n"))
  }

  private func run(_ plugin: String, _ words: [String]) throws -> [String] {
    let run = try Taskhost.run(["--plugin", plugin] + words)
    #expect(run.end == .exited(0), "\(run.errors)")
    return run.events.filter { $0.text("type") == "diagnostic" }.compactMap { $0.text("message") }
  }

  /// A plugin of each release does what it did.
  @Test func pluginsOfEachReleaseRunOnThisHost() throws {
    for version in try ABISnapshotTests.versions {
      let headers = "\(ABISnapshotTests.snapshots)/\(version)"
      let plugin = workshop.path("lines-\(version).so")
      try TestKind.compile(TestKind.sources + "/../../SDK/examples/c/lines.c", to: plugin, headers: headers)
      let words = workshop.path("words")
      try "a\nb\n".write(toFile: words, atomically: true, encoding: .utf8)
      #expect(try run(plugin, [words]) == ["2 lines"])
      // And one that has every hook.
      let golden = workshop.path("golden-\(version).so")
      try TestKind.compile(TestKind.sources + "/golden.c", to: golden, headers: headers)
      let (end, output) = try drive(try driver(headers), [golden])
      #expect(end == .exited(0), "\(output)")
    }
  }

  /// What a plugin of today was compiled with is what every host of this major version has, or it asks.
  @Test func aNewerPluginRunsOnThisHostWithoutWhatIsMissing() throws {
    #expect(try run(try newer(), ["x"]) == ["x: host -1, call -1, out without"])
  }

  @Test func aPluginThatNeedsANewerHostIsRefused() throws {
    let run = try Taskhost.plain(["run", "--plugin", try newer(needs: 1), "x"])
    #expect(run.end == .exited(101) && run.errors.contains("L08"))
    #expect(try drive(try driver(TestKind.include), [try newer(needs: 1), "x"]).end == .exited(3))
  }

  /// The structs of an older host end earlier, at memory that can not be read.
  @Test func pluginsReadNothingThatAnOlderHostDoesNotHave() throws {
    for version in try ABISnapshotTests.versions {
      let (end, output) = try drive(
        try driver("\(ABISnapshotTests.snapshots)/\(version)"), [try newer(), "x", "y"])
      #expect(end == .exited(0))
      #expect(
        output == [
          "diagnostic: x: host -1, call -1, out without", "response: x: host -1, call -1, out without",
          "diagnostic: y: host -1, call -1, out without", "response: y: host -1, call -1, out without",
        ])
    }
  }

  @Test func aNewerHostRunsOlderPluginsAndUsesTheNewOnes() throws {
    let host = try driver(try NewerABI.headers(workshop), ["NEWER"])
    let new = try drive(host, [try newer(needs: 1), "x"])
    #expect(
      new.output == [
        "diagnostic: x: host 41, call 42, out with marks", "response: x: host 41, call 42, out with marks",
        "feedback: told",
      ])
    for version in try ABISnapshotTests.versions {
      let plugin = workshop.path("lines.so")
      try TestKind.compile(
        TestKind.sources + "/../../SDK/examples/c/lines.c", to: plugin,
        headers: "\(ABISnapshotTests.snapshots)/\(version)")
      let (end, output) = try drive(host, [plugin, plugin + ".none"])
      #expect(end == .exited(0) && output == ["failed -3: No such file or directory", "perform returned -3"])
    }
  }

  /// The shortest table there can be: all that follows `perform` is missing, and the memory behind it, too.
  @Test func aTableMayEndWithPerform() throws {
    let plugin = try TestKind.path("short.c")
    #expect(try run(plugin, ["one", "two"]).sorted() == ["one", "two"])
    #expect(try run(plugin, ["--in-process", "three"]) == ["three"])
    let (end, output) = try drive(try driver(TestKind.include), [plugin, "x"])
    // The driver copies as much as both know, as a host must.
    #expect(end == .exited(0) && output == ["diagnostic: x", "response: x"])
  }
}
