import Foundation
import TestSupport
import Testing

/// The same kinds in each language do the same.
@Suite(.serialized) struct ExampleTests {
  private static let primes = [
    ["1-1000", "2000-2100"],
    ["--set", "fail=300", "1-1000"],
    ["--set", "crash=300", "1-600"],
    ["--set", "size=40", "1-100", "90-170", "1000000-1000100"],
  ]

  /// What C does is what is expected of the others.
  @Test(arguments: Language.allCases.dropFirst(), primes)
  func primesAreTheSame(language: Language, words: [String]) throws {
    let expected = try Self.events(.c, "primes", words)
    #expect(expected.count > 10)
    #expect(try Self.events(language, "primes", words) == expected)
  }

  @Test(arguments: Language.allCases)
  func primesAreRight(language: Language) throws {
    let run = try Self.run(language, "primes", ["-j2", "--set", "size=77", "1-10000", "10001-20000"])
    #expect(run.end == .exited(0))
    #expect(run.summary?.text("summary") == "2262 primes, the largest is 19997")
    let wrong = try Self.run(language, "primes", ["-j1", "5-1"])
    #expect(wrong.events.isEmpty == false && wrong.output.contains("'5-1' is no range such as 1-1000"))
  }

  /// What workers know is known to the host: some tasks are pinned, and each request says what its worker knows.
  @Test(arguments: Language.allCases)
  func aCrashIsFoundByHalving(language: Language) throws {
    let run = try Self.run(language, "primes", ["-j2", "--set", "crash=4242", "1-10000"])
    let found = run.events.named("diagnostic.reported").filter { $0.text("severity") == "error" }
    #expect(found.map { $0.text("label") } == ["4242-4242"])
    #expect(found.first?.text("message") == "workers die at this number")
    #expect(run.summary?.text("summary") == "1229 primes, the largest is 9973")
    #expect(!run.events.named("task.pinned").isEmpty)
    #expect(run.outcomes()["error"] == 1 && run.outcomes()["crashed"] == nil)
  }

  @Test(arguments: Language.allCases)
  func linesAreCounted(language: Language) throws {
    let workshop = try Workshop()
    let two = try workshop.write("a\nb\n", as: "two")
    let none = try workshop.write("", as: "none")
    let open = try workshop.write("a\nb", as: "a file without an end")
    let run = try Self.run(language, "lines", ["-j1", two, workshop.path("missing"), none, open])
    #expect(run.end == .exited(104) || run.end == .exited(100))
    let found = run.events.named("diagnostic.reported").map {
      "\($0.text("file") ?? "?"): \($0.text("message") ?? "?")"
    }
    #expect(found == ["\(two): 2 lines", "\(none): 0 lines", "\(open): 1 lines"])
    let failed = run.events.named("trial.finished").filter { $0.text("result") == "failed" }
    #expect(failed.map { $0.text("message") } == ["No such file or directory"])
    #expect(failed.map { $0.number("code") } == [-3])
    #expect(run.events.named("worker.spawned").count == 1)
  }

  /// Manifest and table are made of one description, so the host has nothing to say against them.
  @Test(arguments: Language.allCases, ["lines", "primes"])
  func theLibraryShowsItsEntryAndItsManifest(language: Language, name: String) throws {
    let library = try language.example(name)
    // gcc and ld mark the ends of sections; the load rules do not count these.
    let symbols = try Language.run(["nm", "-D", "--defined-only", library]).split(separator: "\n").compactMap
    {
      $0.split(separator: " ").last.map(String.init)
    }
    #expect(symbols.filter { !["_edata", "_end", "__bss_start"].contains($0) } == ["taskhost_plugin_v1"])
    let listed = try Taskhost.plain(["plugin", "list", "--json", "--plugin", library])
    let list = try Event(Array(listed.output.utf8)[...])
    let kind = list.list("kinds").compactMap { $0 as? [String: Any] }.first {
      $0["found"] as? String == "--plugin"
    }
    #expect(kind?["id"] as? String == "org.example.\(name)", "\(listed.output)")
    #expect(!listed.errors.contains("warning"), "\(listed.errors)")
    let run = try Taskhost.plain(["run", "--plugin", library, "-j1", name == "lines" ? "/dev/null" : "1-2"])
    #expect(run.end == .exited(0) && !run.errors.contains("warning"), "\(run.errors)")
  }

  /// The SDKs are at the edge of their examples, where the checks are.
  @Test(arguments: Language.allCases, ["lines", "primes"])
  func itsCheckIsGreen(language: Language, name: String) throws {
    let word = name == "lines" ? "/dev/null" : "1-300"
    let library = try language.example(name)
    let check = try Taskhost.plain(["plugin", "check", library, "--strict", "--", word], seconds: 300)
    #expect(check.end == .exited(0), "\(check.output)\(check.errors)")
  }

  static func run(_ language: Language, _ name: String, _ arguments: [String]) throws -> Taskhost.Finished {
    try Taskhost.run(
      ["--plugin", try language.example(name)] + arguments, environment: ["RUST_BACKTRACE": "0"])
  }

  /// All that happened, but for how much a competence takes and where a panic was.
  private static func events(
    _ language: Language, _ name: String, _ words: [String]
  ) throws -> [String] {
    // Whether a death is seen before it is over is not in the hands of a kind.
    try run(language, name, ["-j1"] + words).events.filter { $0.name != "worker.dying" }.map {
      $0.normalised.replacing(#/competence_bytes=\d+/#, with: "").replacing(
        #/ \(panicked at [^)]*\)/#, with: "")
    }
  }
}
