import Foundation
import TestSupport
import Testing

/// `config show` with workers: both ends have the same.
@Suite struct ConfigTests {
  private static let limits = [
    "--max-frame", "3M", "--memory-limit", "2G", "--open-files", "99", "--processes", "30000", "--file-size",
    "5M",
    "--core-dumps",
  ]

  struct Way: CustomTestStringConvertible, Sendable {
    var options: [String]
    var start: String
    var testDescription: String { "\(start) \(options)" }
  }

  @Test(arguments: [
    Way(options: [], start: "forked"),
    Way(options: ["--no-fork-server"], start: "executed"),
    Way(options: ["--launcher", "nice"], start: "launched"),
    Way(options: ["--launcher", "nice", "--launcher-io", "stdio"], start: "launched"),
  ])
  func aWorkerSaysWhatItHas(way: Way) throws {
    let shown = try Taskhost.plain(
      ["config", "show", "--json", "--no-config", "--plugin", try TestKind.path("forked.c")] + Self.limits
        + way.options)
    #expect(shown.end == .exited(0), "\(shown.errors)")
    let report = try Event(Array(shown.output.utf8)[...])
    let worker = try #require(report.object("worker"))
    #expect(worker["start"] as? String == way.start && worker["agrees"] as? Bool == true)
    #expect(worker["kind"] as? String == "forked")
    var told: [String: String] = [:]
    for case let setting as [String: Any] in report.list("settings") {
      guard let value = setting["worker"], let key = setting["key"] as? String else { continue }
      told[key] = "\(value)"
      #expect("\(value)" == "\(setting["value"] ?? "")", "\(key)")
    }
    #expect(
      told == [
        "run.max-frame": "\(3 << 20)", "run.memory-limit": "\(2 << 30)", "run.open-files": "99",
        "run.processes": "30000", "run.file-size": "\(5 << 20)",
        "run.core-dumps": told["run.core-dumps"] ?? "",
      ])
  }

  /// Nothing is performed, and no hook sees a task.
  @Test func noTaskIsShownToTheKind() throws {
    let shown = try Taskhost.plain(
      ["config", "show", "--no-config", "--plugin", try TestKind.path("golden.c"), "ok", "fails"])
    #expect(shown.end == .exited(0), "\(shown.errors)")
    #expect(shown.errors.contains("queue freed after 0 responses, 0 gone"))
    #expect(shown.errors.contains("of kind golden, executed: it has what the host has."))
  }

  @Test func aWorkerThatCanNotStartIsNamed() throws {
    let shown = try Taskhost.plain(
      [
        "config", "show", "--no-config", "--plugin", try TestKind.path("starts.c"), "--set",
        "mode=worker-fails",
      ])
    #expect(shown.end == .exited(101) && shown.output == "")
    #expect(shown.errors.contains("could not start (init): the worker has no licence"))
    #expect(shown.errors.contains("(hint: a kind may need words, as in a run)"))
  }

  /// For root every file can be read, so this is done as somebody else.
  @Test func aFileThatMayNotBeReadIsAnErrorOfConfiguration() throws {
    let workshop = try Workshop()
    let copy = try workshop.copy(Taskhost.executable, as: "taskhost")
    let file = try workshop.write("[run]\nwindow = 3", as: "secret.toml")
    for (path, mode) in [(workshop.directory, 0o755), (copy, 0o755), (file, 0)] {
      try #require(chmod(path, mode_t(mode)) == 0)
    }
    let words = [copy, "config", "show", "--config", file]
    let isRoot = geteuid() == 0
    let child = try Child(
      isRoot ? "/usr/bin/setpriv" : copy,
      isRoot ? ["--reuid=65534", "--regid=65534", "--clear-groups"] + words : Array(words.dropFirst()),
      environment: Taskhost.environment)
    #expect(try child.finish() == .exited(96))
    #expect(child.errorText == "error: \(file) could not be read: Permission denied\n")
  }

  /// How many requests one worker held at most; the kind is one whose requests are sent ahead.
  private func mostHeld(_ options: [String]) throws -> Int {
    let workshop = try Workshop()
    let trace = workshop.path("trace.json")
    let words = [String](repeating: "3", count: 200)
    let run = try Taskhost.run(
      ["-j1", "--no-config", "--plugin", try TestKind.path("family.c"), "--trace", trace] + options + words)
    #expect(run.end == .exited(0))
    let data = Data(try workshop.read(trace))
    let events = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    let counts = events.filter { $0["ph"] as? String == "C" }.compactMap { $0["args"] as? [String: Int] }
    return counts.compactMap { $0["running"] }.max() ?? 0
  }

  @Test func theWindowIsABound() throws {
    #expect(try mostHeld(["--window", "1"]) == 1)
    #expect(try mostHeld(["--window", "3"]) <= 3)
    #expect(try mostHeld([]) > 3)
  }
}
