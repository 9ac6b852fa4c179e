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

  /// taskhost-plugin(7) says of each hook what the reference says.
  @Test func theManualHasEachHookAndEachExtension() throws {
    let page = try Self.read("docs/man/taskhost-plugin.7").replacing("\\-", with: "-")
    func section(_ start: String, _ end: String) throws -> Substring {
      let start = try #require(page.range(of: start))
      let end = try #require(page.range(of: end))
      return page[start.upperBound..<end.lowerBound]
    }
    func terms(_ text: Substring) -> [String] { text.matches(of: /\n\.B ([\w.\/]+)\n/).map { String($0.1) } }
    let hooks = try section(".SS The hooks", ".SS What becomes of a task")
    #expect(Set(terms(hooks)) == Set(try Self.hooks()))
    let reference = try Self.read("docs/abi/reference.md").replacing(/\[([^\]]*)\]\([^)]*\)/) { $0.1 }
    for row in reference.matches(of: /\n\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|/).prefix(19) {
      let text = "\n.B \(row.1)\nRuns: \(row.2). Asked: \(row.3). Missing: \(row.4).\n"
      #expect(hooks.contains(text), "\(text)")
    }
    let header = try Self.read("SDK/include/taskhost_ext.h")
    let ids = header.matches(of: /#define TH_EXT_\w+ "([^"]+)"/).map { String($0.1) }
    #expect(Set(terms(try section(".SH EXTENSIONS", ".SH CHECKS"))) == Set(ids))
    let main = try Self.read("SDK/include/taskhost.h")
    let codes = main.matches(of: /#define (TH_E_\w+)/).map { String($0.1) }
    #expect(terms(try section(".SH ANSWERS", ".SH SERVICES OF A CALL")) == codes)
    let flags = main.matches(of: /#define (TH_KIND_\w+)/).map { String($0.1) }
    #expect(terms(try section(".SH FLAGS", ".SH EXTENSIONS")) == flags)
    // The services of a call are its function pointers.
    let call = try #require(main.range(of: "typedef struct th_call {"))
    let end = try #require(main.range(of: "} th_call;"))
    let services = main[call.upperBound..<end.lowerBound].matches(of: /\(\*(\w+)\)\(/).map { String($0.1) }
    #expect(Set(terms(try section(".SH SERVICES OF A CALL", ".SH FLAGS"))) == Set(services))
    for name in ["MEMORY", "LOAD RULES", "TOOLS", "FILES", "ENVIRONMENT", "SEE ALSO"] {
      #expect(page.contains("\n.SH \(name)\n"))
    }
  }

  /// The kind in taskhost-plugin(7) is one.
  @Test func theExampleOfTheManualCompiles() throws {
    let page = try Self.read("docs/man/taskhost-plugin.7")
    let start = try #require(page.range(of: "#include \"taskhost.h\"\n"))
    let end = try #require(page[start.lowerBound...].range(of: "\n.RE\n"))
    let text = page[start.lowerBound..<end.lowerBound].replacing("\\-", with: "-").replacing(
      "\\e", with: "\\")
    let place = FileManager.default.temporaryDirectory.appending(path: "taskhost-manual-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
    let source = place.appending(path: "echo.c")
    try text.appending("\n").write(to: source, atomically: true, encoding: .utf8)
    try Self.compile(
      ["cc", "-std=c11", "-fPIC", "-fvisibility=hidden"], source, to: place.appending(path: "echo.o"))
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
    try Self.compile(compiler, source, to: place.appending(path: "use.o"))
  }

  private static func compile(_ compiler: [String], _ source: URL, to object: URL) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      compiler + [
        "-Wall", "-Wextra", "-pedantic", "-Werror", "-I",
        DocumentationTests.root.appending(path: "SDK/include").path,
        "-c", source.path, "-o", object.path,
      ]
    let output = Pipe()
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
