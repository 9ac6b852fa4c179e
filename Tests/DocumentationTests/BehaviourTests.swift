import Foundation
import Testing

/// docs/behaviour.md against the tests that it names.
@Suite struct BehaviourTests {
  private static let page = "docs/behaviour.md"

  private struct Row {
    var id: String
    var claim: String
    var proof: String
  }

  private static func rows() throws -> [Row] {
    try Repository.text(page).matches(of: /\n\| ([A-Z]\d+) \| ([^|]+) \| ([^|]+) \|(?=\n)/).map {
      Row(id: String($0.1), claim: String($0.2), proof: String($0.3))
    }
  }

  /// `Suite/function` of each test, read from the sources.
  private static func tests() throws -> Set<String> {
    var found: Set<String> = []
    for path in try Repository.files(under: "Tests", withExtensions: ["swift"]) {
      var suite = ""
      var isTest = false
      for line in try Repository.text(path).components(separatedBy: "\n") {
        if let match = line.firstMatch(of: /^(?:@Suite.*\s)?(?:final class|struct|class|enum|actor) (\w+)/) {
          suite = String(match.1)
          isTest = false
        }
        if line.contains("@Test") { isTest = true }
        guard isTest, let match = line.firstMatch(of: /\bfunc (?:`([^`]+)`|(\w+))/) else { continue }
        found.insert("\(suite)/\(match.1 ?? match.2 ?? "")")
        isTest = false
      }
    }
    return found
  }

  @Test func everyRowIsThereOnceAndInOrder() throws {
    let sizes = [
      ("A", 24), ("B", 23), ("C", 22), ("D", 15), ("E", 12), ("F", 12), ("G", 10), ("H", 10), ("J", 10),
      ("K", 18),
    ]
    let expected = sizes.flatMap { group, count in (1...count).map { "\(group)\($0)" } }
    #expect(try Self.rows().map(\.id) == expected)
  }

  @Test func everyTestThatIsNamedExists() throws {
    let tests = try Self.tests()
    #expect(tests.count > 200)
    for row in try Self.rows() {
      for match in row.proof.matches(of: /`([^`]+)`/) {
        #expect(tests.contains(String(match.1)), "\(row.id): no test \(match.1)")
      }
    }
  }

  /// What is there has a test; what has none says that it is not there.
  @Test func everyClaimIsProved() throws {
    for row in try Self.rows() {
      if row.proof == "none" {
        #expect(row.claim.hasPrefix("Not yet: "), "\(row.id) claims something and names no test")
      } else {
        #expect(row.proof.contains("`"), "\(row.id) names no test")
        #expect(!row.claim.hasPrefix("Not yet: "), "\(row.id) names a test for what is not there")
      }
    }
  }

  /// The invariants, by their numbers; the files that check them are there.
  @Test func everyInvariantHasItsPlace() throws {
    let text = try Repository.text(Self.page)
    let section = try #require(text.range(of: "## Invariants"))
    let rows = text[section.upperBound...].matches(of: /\n\| (\d+) \| [^|]+ \| ([^|]+) \|/)
    #expect(rows.map { Int($0.1) } == Array(1...15) + [17, 18, 22, 23, 24, 25, 27, 28])
    for row in rows {
      let files = row.2.matches(of: /`([^`]+)`/).map { "Tests/Simulation/\($0.1).swift" }
      #expect(!files.isEmpty || row.2.contains("audit"), "invariant \(row.1) is checked nowhere")
      for file in files {
        let url = DocumentationTests.root.appending(path: file)
        #expect(FileManager.default.fileExists(atPath: url.path), "\(file)")
      }
    }
  }

  /// The outcomes of the page are those of the scheduler, in its order.
  @Test func everyOutcomeIsExplained() throws {
    let text = try Repository.text(Self.page)
    let start = try #require(text.range(of: "## Outcomes"))
    let end = try #require(text.range(of: "## Invariants"))
    let listed = text[start.upperBound..<end.lowerBound].matches(of: /\n\| `(\w+)` \|/).map { String($0.1) }
    let source = try Repository.text("Sources/Scheduling/Outcome.swift")
    let cases = try #require(source.firstMatch(of: /case (passed[^}]*?)\n(?:\n|})/)).1
    let defined = cases.components(separatedBy: ",").map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(listed == defined)
  }
}
