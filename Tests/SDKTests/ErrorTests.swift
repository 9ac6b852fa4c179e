import Foundation
import TestSupport
import Testing

/// What the code of a kind throws arrives as the error of its task, and its worker lives.
@Suite(.serialized) struct ErrorTests {
  struct Deed: CustomTestStringConvertible, Sendable {
    var word: String
    var code: Int
    var message: String
    var testDescription: String { word }
  }

  private static let plusPlus = [
    Deed(word: "runtime_error", code: -1, message: "of the standard library"),
    Deed(word: "error", code: -1234, message: "with a code of its own"),
    Deed(word: "bad_input", code: -3, message: "would be wrong again"),
    Deed(word: "positive", code: -1, message: "a code that is none"),
    Deed(word: "text", code: -1, message: "a text alone"),
    Deed(word: "string", code: -1, message: "a string alone"),
    Deed(word: "number", code: -1, message: "a value of type int was thrown"),
    Deed(word: "memory", code: -4, message: "there is no memory for it"),
    Deed(word: "size", code: -3, message: "found 4 bytes, expected 8"),
    Deed(word: "truth", code: -3, message: "found the byte 120, expected 0 or 1"),
    Deed(word: "null", code: -1, message: "something without a text was thrown"),
    Deed(word: "speechless", code: -1, message: "something without a text was thrown"),
    Deed(word: "range", code: -3, message: "option unset: found '50', expected a number from 0 to 10"),
  ]

  private static let rust = [
    Deed(word: "panic", code: -1, message: "a text (panicked at src/lib.rs:"),
    Deed(word: "format", code: -1, message: "a number: 42 (panicked at src/lib.rs:"),
    Deed(
      word: "index", code: -1, message: "index out of bounds: the len is 5 but the index is 100 (panicked at"),
    Deed(word: "value", code: -1, message: "a panic without a text (panicked at"),
    Deed(word: "error", code: -1234, message: "with a code of its own"),
    Deed(word: "positive", code: -1, message: "a code that is none"),
    Deed(word: "parse", code: -1, message: "invalid digit found in string"),
  ]

  @Test func whatIsThrownInCPlusPlusIsAMessage() throws {
    let workshop = try Workshop()
    let library = workshop.path("thrower.so")
    try Language.run(
      ["g++"] + Language.plusPlusFlags + ["-o", library, "\(TestKind.sources)/thrower.cpp"])
    try Self.expect(Self.plusPlus, of: library)
  }

  @Test func aPanicInRustIsAMessage() throws {
    let workshop = try Examples.place()
    try workshop.copyDirectory("\(Language.sdk)/rust", as: "panics/rust")
    try workshop.copyDirectory("\(TestKind.sources)/panicker", as: "panics/panicker")
    try Self.expect(
      Self.rust, of: try Language.cargoBuild(workshop.path("panics/panicker"), "panicker", in: workshop))
  }

  /// The error of the example is a type of its own.
  @Test(arguments: Language.allCases)
  func theNextTaskOfTheSameWorkerPasses(language: Language) throws {
    let run = try ExampleTests.run(language, "primes", ["-j1", "--set", "fail=300", "1-1000"])
    let failed = try #require(run.events.named("trial.finished").first { $0.text("result") == "failed" })
    #expect(failed.text("message")?.hasPrefix("300 is an unlucky number") == true)
    #expect(failed.number("code") == -1)
    let later = run.events.drop { $0.number("seq") != failed.number("seq") }.named("trial.finished")
      .dropFirst()
    #expect(
      later.contains { $0.text("result") == "answered" && $0.number("worker") == failed.number("worker") })
    #expect(run.events.named("worker.spawned").count == 1)
    #expect(run.outcomes() == ["passed": 6, "error": 1])
  }

  /// One worker does all of it, in turn with a task that passes.
  private static func expect(_ deeds: [Deed], of library: String) throws {
    let words = deeds.flatMap { [$0.word, "ok"] }
    let run = try Taskhost.run(["--plugin", library, "-j1"] + words, environment: ["RUST_BACKTRACE": "0"])
    #expect(run.events.named("worker.spawned").count == 1, "\(run.output)")
    #expect(run.events.named("output.written").isEmpty)
    let trials = run.events.named("trial.finished").sorted { $0.number("task") ?? 0 < $1.number("task") ?? 0 }
    #expect(trials.count == words.count)
    for (index, deed) in deeds.enumerated() {
      let trial = try #require(trials.first { $0.number("task") == index * 2 + 1 })
      #expect(trial.number("code") == deed.code, "\(deed.word)")
      #expect(
        trial.text("message")?.hasPrefix(deed.message) == true, "\(deed.word): \(trial.text("message") ?? "")"
      )
    }
    #expect(run.outcomes() == ["passed": deeds.count, "error": deeds.count])
    #expect(run.summary?.text("summary") == "\(deeds.count) answers, \(deeds.count) gone")
  }
}
