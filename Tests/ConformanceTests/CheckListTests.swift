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
