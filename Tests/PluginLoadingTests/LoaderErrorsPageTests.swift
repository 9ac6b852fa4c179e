import Foundation
import PluginLoading
import Testing

/// The page for authors whose plugin was refused.
@Suite struct LoaderErrorsPageTests {
  private static func page(_ path: String = "docs/plugins/loader-errors.md") throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  @Test func theManualHasTheRules() throws {
    let page = try Self.page("docs/man/taskhost-plugin.7").replacing("\\-", with: "-")
    let rules = page.matches(of: /\n\.B (L\d\d)\n(.*)/).map { "\($0.1): \($0.2)" }
    #expect(rules == LoadRule.allCases.map { "\($0.id): \($0.title)" })
  }

  @Test func eachRuleHasItsSectionUnderItsTitle() throws {
    let headings = try Self.page().matches(of: /\n## (L\d\d: .*)/).map { String($0.1) }
    #expect(headings == LoadRule.allCases.map { "\($0.id): \($0.title)" })
  }

  @Test func eachSectionSaysWhatToDo() throws {
    let sections = try Self.page().components(separatedBy: "\n## ").filter { $0.hasPrefix("L") }
    #expect(sections.count == LoadRule.allCases.count)
    for section in sections {
      #expect(section.contains("\n\n*Cure*: "), "\(section.prefix(3))")
      #expect(section.count > 150, "\(section.prefix(3)) says next to nothing")
    }
  }
}
