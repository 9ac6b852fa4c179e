import Foundation
import TestSupport
import Testing

/// What lies between a kind and a host that means harm: inputs that nobody has made, outputs that refuse, services that answer with
/// any code. The plugins in C++ are built with sanitizers, so that the first byte too many ends the test.
@Suite(.serialized) struct HostileEdgeTests {
  @Test(arguments: [
    "Tests/Kinds/services/services.cpp", "Tests/Kinds/thrower.cpp", "SDK/examples/cpp/primes.cpp",
    "SDK/examples/cpp/ledger.cpp",
  ])
  func noInputIsReadBeyondItsEndInCPlusPlus(source: String) throws {
    let workshop = try Workshop()
    let plugin = workshop.path("plugin.so")
    try Self.build("\(Language.sdk)/../\(source)", to: plugin, in: workshop, ["-shared", "-fPIC"])
    let ends = try Self.ends(of: plugin, rounds: 200, in: workshop)
    #expect(ends.contains("worker_new passed") && ends.contains("perform failed"))
    #expect(ends.contains("queue_new passed"))
    #expect(ends.contains("use_response passed") || ends.contains("on_call passed"))
  }

  /// Without the sanitizers inside, as its compiler has none: the reads of the C library are seen.
  @Test func theSameHoldsInRust() throws {
    let workshop = try Workshop()
    let ends = try Self.ends(of: try Language.rust.services(), rounds: 200, in: workshop)
    #expect(ends.contains("perform passed") && ends.contains("line_of_task passed"))
    #expect(ends.contains("use_response passed") && ends.contains("session_perform failed"))
  }

  /// What it looks for is found: a plugin that reads one byte too many.
  @Test func oneByteTooManyIsFound() throws {
    let workshop = try Workshop()
    let source = try String(contentsOfFile: "\(TestKind.sources)/services/services.cpp", encoding: .utf8)
    let line =
      "std::string_view rest = request;\n            const std::string_view verb = word(rest);\n            if (verb == \"out\""
    #expect(source.contains(line))
    let changed = try workshop.write(
      source.replacing(line, with: "if (request.data()[request.size()] == 7) return;\n            " + line),
      as: "services.cpp")
    let plugin = workshop.path("plugin.so")
    try Self.build(changed, to: plugin, in: workshop, ["-shared", "-fPIC"])
    let (end, text) = try Self.run(plugin, rounds: 20, in: workshop)
    #expect(end != .exited(0) && text.contains("perform"), "\(text)")
  }

  private static func build(
    _ source: String, to path: String, in workshop: Workshop, _ more: [String] = []
  ) throws {
    try Language.run(
      [
        "g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all", "-fvisibility=hidden", "-I", "\(Language.sdk)/include", "-I",
        "\(Language.sdk)/cpp", "-o", path, source,
      ] + more)
  }

  private static func run(
    _ plugin: String, rounds: Int, in workshop: Workshop
  ) throws -> (end: Child.End, text: String) {
    let edge = workshop.path("edge")
    try build("\(TestKind.sources)/../Programs/edge.cpp", to: edge, in: workshop)
    let child = try Child(edge, [plugin, "\(rounds)", "1"], environment: Language.environment)
    let end = try child.finish(seconds: 300)
    return (end, child.outputText + child.errorText)
  }

  /// Which hooks have passed and failed.
  private static func ends(of plugin: String, rounds: Int, in workshop: Workshop) throws -> String {
    let (end, text) = try run(plugin, rounds: rounds, in: workshop)
    #expect(end == .exited(0), "\(text)")
    return text
  }
}
