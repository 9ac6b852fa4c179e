import Foundation
import TestSupport
import Testing

/// What the SDKs promise of themselves.
@Suite(.serialized) struct HeaderPromiseTests {
  /// Examples and a kind with every hook, with every warning as an error.
  @Test(
    arguments: ["g++", "clang++"],
    [
      "examples/cpp/lines.cpp", "examples/cpp/primes.cpp", "examples/cpp/ledger.cpp",
      "../Tests/Kinds/thrower.cpp",
      "../Tests/Kinds/services/services.cpp",
    ])
  func theHeaderForCPlusPlusIsClean(compiler: String, source: String) throws {
    let workshop = try Workshop()
    try Language.run(
      [compiler] + Language.plusPlusFlags + ["-o", workshop.path("kind.so"), "\(Language.sdk)/\(source)"])
  }

  struct Mistake: CustomTestStringConvertible, Sendable {
    var source: String
    var message: String
    var testDescription: String { message }
  }

  /// A hook that would silently be missing does not compile.
  @Test(arguments: [
    Mistake(
      source: "struct queue { void plan(taskhost::call &, taskhost::words) {} };", message: "the hook 'plan'"),
    Mistake(source: "void worker_forked() {}", message: "the hook 'worker_forked'"),
    Mistake(source: "static void name_of_task(int) {}", message: "the hook 'name_of_task'"),
    Mistake(source: "static void line_of_task(taskhost::bytes) {}", message: "the hook 'line_of_task'"),
  ])
  func aHookWithOtherParametersIsAnError(mistake: Mistake) throws {
    let text = try Self.refusal(of: mistake.source, id: "org.example.k")
    #expect(text.contains(mistake.message) && text.contains("has other parameters"), "\(text)")
  }

  @Test func anIdThatNoHostTakesIsAnError() throws {
    #expect(try Self.refusal(of: "", id: "org/example").contains("the id may have letters, digits"))
    let workshop = try Workshop()
    try workshop.copyDirectory("\(Language.sdk)/rust", as: "rust")
    try workshop.copyDirectory("\(TestKind.sources)/panicker", as: "panicker")
    let path = workshop.path("panicker/src/lib.rs")
    let text = String(decoding: try workshop.read(path), as: UTF8.self)
    try workshop.write(text.replacing("org.example.panicker", with: "org/example"), as: "panicker/src/lib.rs")
    do {
      _ = try Language.cargoBuild(workshop.path("panicker"), "panicker", in: workshop)
      Issue.record("it was compiled")
    } catch let failure as Child.Failure {
      #expect(failure.description.contains("ids and names may have letters, digits"), "\(failure)")
    }
  }

  /// A hook that is new in the header is not forgotten in an SDK.
  @Test func eachSDKHasEachHook() throws {
    func text(_ paths: String...) throws -> String {
      try paths.map { try String(contentsOfFile: "\(Language.sdk)/\($0)", encoding: .utf8) }.joined()
    }
    let header = try text("include/taskhost.h")
    let table = try #require(
      header.firstMatch(of: /(?s)typedef struct TH_SENDABLE th_kind \{(.*)\} th_kind;/)
    ).1
    let hooks = table.matches(of: /\(\*(\w+)\)\s*\(/).map { String($0.1) }
    #expect(hooks.count > 15)
    let plusPlus = try text(
      "cpp/taskhost.hpp", "cpp/taskhost/queue_hooks.hpp", "cpp/taskhost/worker_hooks.hpp")
    let rust = try text("rust/src/lib.rs")
    let swift = try text(
      "Sources/TaskHostSDK/Plugin+QueueHooks.swift", "Sources/TaskHostSDK/Plugin+WorkerHooks.swift",
      "Sources/TaskHostSDK/Plugin+Extensions.swift")
    for hook in hooks {
      #expect(plusPlus.contains("k.\(hook) = \(hook);"), "C++: \(hook)")
      #expect(rust.contains(" \(hook): "), "Rust: \(hook)")
      #expect(swift.contains("c.\(hook) = {"), "Swift: \(hook)")
    }
  }

  /// The crate compares its structs with the header, and compiles its own example.
  @Test func theCrateIsThatOfTheHeader() throws {
    let workshop = try Workshop()
    try workshop.copyDirectory("\(Language.sdk)/rust", as: "rust")
    try workshop.copyDirectory("\(Language.sdk)/include", as: "include")
    let output = try Language.run([
      Language.cargo, "test", "--offline", "--manifest-path", workshop.path("rust/Cargo.toml"),
      "--target-dir",
      workshop.path("target"),
    ])
    #expect(output.contains("the_structs_are_those_of_the_header ... ok"))
  }

  /// The tools of rustup, where they are; Debian has none.
  @Test(arguments: [
    "rust", "examples/rust/lines", "examples/rust/primes", "examples/rust/ledger", "services",
  ])
  func theCratesAreTidy(crate: String) throws {
    let workshop = try Workshop()
    try workshop.copyDirectory("\(Language.sdk)/rust", as: "sdk/rust")
    try workshop.copyDirectory("\(Language.sdk)/examples/rust", as: "sdk/examples/rust")
    try workshop.copyDirectory("\(TestKind.sources)/services/rust", as: "sdk/services")
    let manifest = workshop.path("sdk/\(crate)/Cargo.toml")
    for tool in [
      ["fmt", "--manifest-path", manifest, "--check"], ["clippy", "--offline", "--manifest-path", manifest],
    ] {
      let there = try Child(
        "/usr/bin/env", ["cargo", tool[0], "--version"], environment: Taskhost.environment)
      guard try there.finish() == .exited(0) else { continue }
      var words = ["env", "-u", "RUSTC", "-u", "RUSTDOC", "cargo"] + tool
      if tool[0] == "clippy" { words += ["--target-dir", workshop.path("target"), "--", "-D", "warnings"] }
      try Language.run(words)
    }
  }

  /// What the compiler says against a kind with these members.
  private static func refusal(of members: String, id: String) throws -> String {
    let workshop = try Workshop()
    let source = try workshop.write(
      """
      #include <taskhost.hpp>
      struct k {
        static constexpr auto description = taskhost::description("\(id)", "k", "1.0.0");
        void perform(taskhost::call &, taskhost::bytes, taskhost::out &) {}
        \(members)
      };
      TASKHOST_PLUGIN(k);
      """, as: "k.cpp")
    do {
      try Language.run(["g++"] + Language.plusPlusFlags + ["-o", workshop.path("k.so"), source])
      return "it was compiled"
    } catch let failure as Child.Failure { return failure.description }
  }
}
