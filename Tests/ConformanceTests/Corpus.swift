import Foundation
import TestSupport
import Testing

/// A plugin with one mistake, and the check that has to see it.
struct Defect: CustomTestStringConvertible, Sendable {
  /// `Tests/Kinds/defective/FILE.c`, compiled with `-DDEFECT_NAME`.
  var file: String
  var name: String
  var check: String
  /// "fail", "crash" or "warn".
  var verdict: String
  /// Other checks that see the same mistake, with what they make of it. Skips need not be listed.
  var alsoSeenBy: [String: String]
  /// Checks that may see it or not, depending on which worker is quicker.
  var maySee: Set<String>
  /// For the compiler and linker.
  var flags: [String]

  init(
    _ file: String, _ name: String, _ check: String, _ verdict: String = "fail",
    also: [String: String] = [:], maySee: Set<String> = [], flags: [String] = []
  ) {
    self.file = file
    self.name = name
    self.check = check
    self.verdict = verdict
    alsoSeenBy = also
    self.maySee = maySee
    self.flags = flags
  }

  var testDescription: String { "\(file) \(name)" }
}

/// Defective kinds, compiled once for each test.
enum Corpus {
  static let all =
    staticDefects + loadDefects + hostDefects + workerDefects + isolationDefects + processDefects

  static let examples = URL(fileURLWithPath: TestKind.include).deletingLastPathComponent()
    .appendingPathComponent("examples/c").path

  static func build(_ defect: Defect, in shop: Workshop) throws -> String {
    try build("\(TestKind.sources)/defective/\(defect.file).c", [defect.name], defect.flags, in: shop)
  }

  /// `defects`: names without DEFECT_.
  static func build(
    _ source: String, _ defects: [String], _ flags: [String] = [], in shop: Workshop
  ) throws -> String {
    let path = shop.path("\(defects.joined(separator: "-"))-kind.so")
    let isC = source.hasSuffix(".c")
    let compiler = try Child(
      "/usr/bin/env",
      [
        isC ? "cc" : "c++", isC ? "-std=c11" : "-std=c++17", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-Wextra",
        "-Werror", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread",
      ] + defects.map { "-DDEFECT_\($0)" } + ["-I", TestKind.include, source, "-o", path] + flags,
      environment: Taskhost.environment)
    guard try compiler.finish(seconds: 300) == .exited(0) else {
      throw Child.Failure(description: "\(source) \(defects): \(compiler.errorText)")
    }
    guard chmod(path, 0o755) == 0 else {
      throw Child.Failure(description: "chmod \(path): \(String(cString: strerror(errno)))")
    }
    return path
  }
}

/// What `taskhost plugin check --json` has said.
struct Examined {
  struct Line {
    var id: String
    var verdict: String
    var found: String
    var reason: String
  }

  var end: Child.End
  var lines: [Line] = []
  var summary: [String: Any] = [:]
  var text: String

  init(_ arguments: [String]) throws {
    // Where a machine is busy, a check that takes long is no finding.
    let timeout = arguments.contains("--timeout") ? [] : ["--timeout", "120"]
    let run = try Taskhost.plain(["plugin", "check", "--json"] + timeout + arguments, seconds: 600)
    end = run.end
    text = run.output + run.errors
    for line in run.output.split(separator: "\n") {
      guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
        throw Child.Failure(description: "no object: \(line)")
      }
      if object["event"] as? String == "summary" {
        summary = object
      } else {
        lines.append(
          Line(
            id: object["id"] as? String ?? "", verdict: object["verdict"] as? String ?? "",
            found: object["found"] as? String ?? "", reason: object["reason"] as? String ?? ""))
      }
    }
  }

  /// Those that have not passed and were not skipped.
  var seen: [String: String] {
    var seen: [String: String] = [:]
    for line in lines where line.verdict != "pass" && line.verdict != "skip" { seen[line.id] = line.verdict }
    return seen
  }
}
