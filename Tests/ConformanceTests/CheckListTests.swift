import Conformance
import Foundation
import TestSupport
import Testing

@Suite struct CheckListTests {
  private static let page = "docs/abi/checks.md"

  @Test func idsAreUniqueAndKebabCase() {
    var seen: Set<String> = []
    for check in Check.all {
      #expect(seen.insert(check.id).inserted, "\(check.id) comes twice")
      #expect(check.id.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(check.id)")
      #expect(check.rule.hasSuffix(".") && check.consequence.hasSuffix("."), "\(check.id)")
      #expect(!check.rule.contains("|") && !check.consequence.contains("|"), "\(check.id)")
    }
    #expect(Check.all.count >= 50)
    let order = CheckGroup.allCases
    let groups = Check.all.map { order.firstIndex(of: $0.group) ?? 0 }
    #expect(groups == groups.sorted(), "checks of a group stand together")
  }

  /// taskhost-plugin(7) has the ids, group by group.
  @Test func theManualHasTheChecks() throws {
    let root = URL(fileURLWithPath: TestKind.include).appendingPathComponent("../..").standardizedFileURL
    let text = try String(
      contentsOf: root.appendingPathComponent("docs/man/taskhost-plugin.7"), encoding: .utf8)
    let start = try #require(text.range(of: ".SH CHECKS\n"))
    let end = try #require(text.range(of: ".SH TOOLS\n"))
    let section = text[start.upperBound..<end.lowerBound].replacing("\\-", with: "-")
    let found = section.matches(of: /\n\.B (\S+)\n(.*)/).map { "\($0.1): \($0.2)" }
    let expected = CheckGroup.allCases.compactMap { group -> String? in
      let ids = Check.all.filter { $0.group == group }.map(\.id)
      return ids.isEmpty ? nil : "\(group.rawValue): \(ids.joined(separator: ", "))"
    }
    #expect(found == expected)
  }

  /// The page has a table for each group, which is that of the list.
  @Test func thePageIsTheList() throws {
    let root = URL(fileURLWithPath: TestKind.include).appendingPathComponent("../..").standardizedFileURL
    let text = try String(contentsOf: root.appendingPathComponent(Self.page), encoding: .utf8)
    for group in CheckGroup.allCases {
      let checks = Check.all.filter { $0.group == group }
      guard !checks.isEmpty else { continue }
      let rows = checks.map { check in
        "| `\(check.id)` | \(check.rule) | \(check.consequence) | \(check.enforcement.text) |"
      }
      let table = (["| check | rule | if broken | enforced |", "|-|-|-|-|"] + rows).joined(separator: "\n")
      #expect(
        text.contains("## \(group.rawValue)\n") && text.contains(table + "\n"),
        "the table of \(group.rawValue):\n\(table)")
    }
    let count = Check.all.count
    #expect(text.contains("] \(count) checks: \(count) passed\n"))
    let listed = text.matches(of: /\n\| `([a-z0-9-]+)` \|[^|\n]+\|[^|\n]+\|[^|\n]+\|/).map { String($0.1) }
    #expect(listed == Check.all.map(\.id))
  }
}
