import Foundation
import Settings
import Testing

/// docs/configuration.md repeats the declarations of the settings.
@Suite struct SettingsPageTests {
  private static let start = "<!-- settings: begin -->\n"
  private static let end = "<!-- settings: end -->"

  static var table: String {
    var text = "| key | variable | option | default | meaning |\n|-|-|-|-|-|\n"
    for setting in Setting.all {
      let option =
        !setting.hasFlag
        ? ""
        : setting.type == .onOff ? "`\(setting.flag)`, `--no-\(setting.name)`" : "`\(setting.flag)`"
      let meaning =
        ([setting.help, setting.details].filter { !$0.isEmpty } + ["Expects \(setting.expected)."])
        .joined(separator: " ").replacing("|", with: "\\|")
      let standard = setting.standardText.isEmpty ? "" : "`\(setting.standardText)`"
      text += "| `\(setting.key)` | `\(setting.variable)` | \(option) | \(standard) | \(meaning) |\n"
    }
    return text
  }

  /// With TASKHOST_WRITE_DOCS=1 the table is written instead of compared.
  @Test func theTableIsThatOfTheDeclarations() throws {
    let file = DocumentationTests.root.appending(path: "docs/configuration.md")
    let page = try String(contentsOf: file, encoding: .utf8)
    let from = try #require(page.range(of: Self.start))
    let to = try #require(page.range(of: Self.end))
    if ProcessInfo.processInfo.environment["TASKHOST_WRITE_DOCS"] == "1" {
      let written = page[..<from.upperBound] + Self.table + page[to.lowerBound...]
      try String(written).write(to: file, atomically: true, encoding: .utf8)
      return
    }
    #expect(page[from.upperBound..<to.lowerBound] == Self.table, "write it with TASKHOST_WRITE_DOCS=1")
  }

  @Test func theExampleIsReadWithoutAWarning() throws {
    let page = try String(
      contentsOf: DocumentationTests.root.appending(path: "docs/configuration.md"), encoding: .utf8)
    let examples = page.matches(of: #/(?s)```toml\n(.*?)```/#).map { String($0.1) }
    #expect(examples.count >= 2)
    for (index, text) in examples.enumerated() {
      let role: ConfigurationFile.Role = index == 0 ? .project : .user
      let file = try ConfigurationFile(path: "example.toml", role: role, text: text)
      #expect(file.warnings.isEmpty, "\(file.warnings)")
      var files = ConfigurationFiles()
      files.files = [file]
      let settings = try Resolution([], files: files)
      #expect(Setting.all.contains { settings[$0].origin != .standard })
    }
  }
}
