import Foundation
import Testing

/// The ABI reference against the header.
@Suite struct ReferenceTests {
  private static func read(_ path: String) throws -> String {
    try String(contentsOf: DocumentationTests.root.appending(path: path), encoding: .utf8)
  }

  /// The function pointers of th_kind, in the order of the header.
  private static func hooks() throws -> [String] {
    let header = try read("SDK/include/taskhost.h")
    let start = try #require(header.range(of: "typedef struct TH_SENDABLE th_kind {"))
    let end = try #require(header.range(of: "} th_kind;"))
    return header[start.upperBound..<end.lowerBound].matches(of: /\(\*(\w+)\)\s*\(/).map { String($0.1) }
  }

  @Test func everyHookIsInTheReferenceAndNoOther() throws {
    let page = try Self.read("docs/abi/reference.md")
    let section = try #require(page.range(of: "## Hooks of `th_kind`"))
    let end = try #require(page.range(of: "## Outcomes"))
    let rows = page[section.upperBound..<end.lowerBound].matches(of: /\n\| `(\w+)` \|/).map { String($0.1) }
    let hooks = try Self.hooks()
    #expect(hooks.count > 15)
    #expect(Set(rows) == Set(hooks))
    #expect(rows.count == hooks.count)
  }

  /// The function pointers of all extensions.
  @Test func everyMemberOfAnExtensionIsInItsPageAndNoOther() throws {
    let header = try Self.read("SDK/include/taskhost_ext.h")
    let members = header.matches(of: /\(\*(\w+)\)\s*\(/).map { String($0.1) }
    let page = try Self.read("docs/abi/extensions.md")
    let section = try #require(page.range(of: "## Members"))
    let end = try #require(page.range(of: "## Sessions"))
    let rows = page[section.upperBound..<end.lowerBound].matches(of: /\n\| `(\w+)` \|/).map { String($0.1) }
    #expect(members.count == 14)
    #expect(rows == members)
    for id in header.matches(of: /#define TH_EXT_\w+ "([^"]+)"/) {
      #expect(page.contains("| `\(id.1)` |"), "\(id.1)")
    }
  }

  /// taskhost-plugin(7) has the hooks in the order of the reference, and the extensions.
  @Test func theManualHasEachHookAndEachExtension() throws {
    let page = try Self.read("docs/man/taskhost-plugin.7")
    let start = try #require(page.range(of: ".SH HOOKS"))
    let middle = try #require(page.range(of: ".SH ANSWERS"))
    let end = try #require(page.range(of: ".SH FILES"))
    func terms(_ text: Substring) -> [String] { text.matches(of: /\n\.B ([\w.\/]+)\n/).map { String($0.1) } }
    #expect(Set(terms(page[start.upperBound..<middle.lowerBound])) == Set(try Self.hooks()))
    let header = try Self.read("SDK/include/taskhost_ext.h")
    let ids = header.matches(of: /#define TH_EXT_\w+ "([^"]+)"/).map { String($0.1) }
    #expect(Set(terms(page[middle.upperBound..<end.lowerBound])) == Set(ids))
    for code in try Self.read("SDK/include/taskhost.h").matches(of: /#define (TH_E_\w+)/) {
      #expect(page.contains("\\fB\(code.1)\\fR"), "\(code.1)")
    }
  }

  @Test(arguments: [
    ["cc", "-std=c11"], ["cc", "-std=c17"], ["clang", "-std=c11"], ["g++", "-std=c++17"],
    ["clang++", "-std=c++17"],
  ])
  func theHeaderIsClean(compiler: [String]) throws {
    let place = FileManager.default.temporaryDirectory.appending(path: "taskhost-header-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
    let isPlusPlus = compiler[0].hasSuffix("++")
    let source = place.appending(path: isPlusPlus ? "use.cpp" : "use.c")
    try "#include \"taskhost_ext.h\"\nTH_MANIFEST(\"{}\");\n".write(
      to: source, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      compiler + [
        "-Wall", "-Wextra", "-pedantic", "-Werror", "-I",
        DocumentationTests.root.appending(path: "SDK/include").path,
        "-c", source.path, "-o", place.appending(path: "use.o").path,
      ]
    let output = Pipe()
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
