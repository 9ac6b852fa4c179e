import CommandLineInterface
import Foundation
import TaskHost
import Testing

/// `docs/events.schema.json` against what is really written.
struct EventSchemaTests {
  private let schema: SchemaChecker

  init() throws {
    schema = try SchemaChecker(contentsOf: Repository.root.appending(path: "docs/events.schema.json"))
  }

  private static func written() throws -> [[String: Any]] {
    let capture = try Capture()
    let reporter = JSONLReporter(output: capture.output)
    report(Script.all, to: reporter)
    var summary = Script.summary(.pluginRefused, signal: 15)
    summary.failure = "f"
    reporter.report(.finished(summary))
    reporter.report(Script.ended(.exited(code: 2), exitCode: 2))
    reporter.fail(RunError(.badInput, "m", causes: ["c"], hint: "h"))
    return try capture.lines().map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  @Test func `every line is valid`() throws {
    for line in try EventSchemaTests.written() {
      #expect(try schema.problems(of: line) == [])
    }
  }

  @Test(arguments: ["v", "ts", "run", "seq", "type", "event"])
  func `no line is valid without what all have`(name: String) throws {
    for line in try EventSchemaTests.written() {
      var spoilt = line
      spoilt[name] = nil
      #expect(try schema.problems(of: spoilt) != [])
    }
  }

  @Test func `a member of another type is invalid`() throws {
    var checked = 0
    for line in try EventSchemaTests.written() {
      for name in line.keys where name != "found" {
        var spoilt = line
        spoilt[name] = ["an": "object", "of": ["a kind"]] as [String: Any]
        #expect(try schema.problems(of: spoilt) != [], "\(line["type"] ?? "") \(name)")
        checked += 1
      }
    }
    #expect(checked > 200)
  }

  @Test func `the page names every member`() throws {
    let page = try Repository.text("docs/events.md")
    for line in try EventSchemaTests.written() {
      for name in line.keys where name != "found" { #expect(page.contains("`\(name)`"), "\(name)") }
    }
  }
}
