import CommandLineInterface
import Foundation
import TaskHost
import TestSupport
import Testing

/// `plugin inspect`: what it shows of good and bad files, and how it exits.
struct PluginInspectTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  private func execute(_ arguments: String...) throws -> (end: CommandEnd, data: String, text: String) {
    let harness = try CommandHarness()
    let end = CommandLineInterface.execute(["plugin", "inspect"] + arguments, harness.context())
    return (end, try harness.data.text(), try harness.text.text())
  }

  private func report(_ file: String) throws -> (end: CommandEnd, report: [String: Any]) {
    let (end, data, _) = try execute("--json", file)
    let list = try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])
    let schema = try SchemaChecker(
      contentsOf: Repository.root.appending(path: "docs/plugin-inspect.schema.json"))
    #expect(try schema.problems(of: list) == [])
    return (end, try #require((list["plugins"] as? [[String: Any]])?.first))
  }

  private func broken(_ report: [String: Any]) -> [String] {
    (report["rules"] as? [[String: Any]] ?? []).filter { $0["result"] as? String == "broken" }.compactMap {
      $0["rule"] as? String
    }
  }

  @Test func `a good plugin is shown with all that it says`() throws {
    let plugin = try TestKind.path("golden.c")
    let (end, report) = try report(plugin)
    #expect(end == .exit(.ok) && report["refused"] as? Bool == false && broken(report) == [])
    let manifest = try #require(report["manifest"] as? [String: Any])
    #expect(
      (manifest["id"] as? String)?.isEmpty == false
        && manifest["abi_range"] as? String == "1.0 and newer, below 2.0")
    let contents = try #require(report["contents"] as? [String: Any])
    #expect(
      contents["libraries"] as? [String] == ["libc.so.6"] && contents["missing_symbols"] as? [String] == [])
    #expect((contents["exports"] as? [String])?.contains("taskhost_plugin_v1") == true)
    #expect((report["sha256"] as? String)?.count == 64 && report["size"] as? Int ?? 0 > 4096)
    let rules = try #require(report["rules"] as? [[String: Any]]).compactMap { $0["rule"] as? String }
    #expect(rules == (1...20).map { $0 < 10 ? "L0\($0)" : "L\($0)" })
    let text = try execute(plugin)
    #expect(text.end == .exit(.ok) && text.data.contains("L20 ok") && text.data.contains("It may be loaded"))
    #expect(text.data.contains(report["sha256"] as? String ?? "?"))
  }

  /// For the kernel a name is its bytes: two that look alike may be two directories, and only one of them everybody's.
  @Test func `directories whose names look alike are two`() throws {
    let composed = try workshop.makeDirectory("caf\u{E9}")
    let decomposed = try workshop.makeDirectory("cafe\u{301}")
    let plugin = try TestKind.path("golden.c")
    for directory in [composed, decomposed] {
      try FileManager.default.copyItem(atPath: plugin, toPath: directory + "/k.so")
    }
    try #require(chmod(decomposed, 0o777) == 0)
    for order in [[composed, decomposed], [decomposed, composed]] {
      let shown = try execute(order[0] + "/k.so", order[1] + "/k.so").data
      let reports = shown.components(separatedBy: "\n\n")
      try #require(reports.count == 2)
      for (report, directory) in zip(reports, order) {
        let isOpen = directory.utf8.elementsEqual(decomposed.utf8)
        #expect(report.contains("L04 warning") == isOpen && report.contains("L04 ok") != isOpen, "\(report)")
      }
    }
  }

  /// None of these is a plugin, and each says why.
  @Test func `files that are no plugins are refused by their rule`() throws {
    let text = workshop.path("text.so")
    try "no library\n".write(toFile: text, atomically: true, encoding: .utf8)
    let empty = workshop.path("empty.so")
    try Data().write(to: URL(filePath: empty))
    let large = workshop.path("large.so")
    try Data().write(to: URL(filePath: large))
    try #require(truncate(large, 600 << 20) == 0)
    let fifo = workshop.path("fifo.so")
    try #require(mkfifo(fifo, 0o600) == 0)
    let library = try #require(
      ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64"].map { $0 + "/libc.so.6" }.first {
        FileManager.default.fileExists(atPath: $0)
      })
    for (file, rule) in [(text, "L05"), (empty, "L05"), (large, "L01"), (fifo, "L01"), (library, "L05")] {
      let (end, report) = try report(file)
      #expect(end == .exit(.pluginRefused) && broken(report) == [rule], "\(file)")
      #expect(report["readable"] as? Bool == true && report["manifest"] == nil)
      let shown = try execute(file)
      #expect(shown.data.contains("\(rule) broken") && shown.data.contains("It is refused"), "\(file)")
    }
  }

  @Test func `what can not be read has an exit code of its own`() throws {
    let (end, report) = try report(workshop.path("missing.so"))
    #expect(end == .exit(.badInput) && report["readable"] as? Bool == false && broken(report) == ["L01"])
    let none = try execute(workshop.directory)
    #expect(none.end == .exit(.badInput) && none.text.contains("holds no files *.so"))
    #expect(try execute().end == .exit(.usage))
  }

  @Test func `a directory is looked at in the order of its names`() throws {
    let plugin = try TestKind.path("golden.c")
    for name in ["b.so", "a.so"] { _ = try workshop.copy(plugin, as: name) }
    try "x".write(toFile: workshop.path("c.so"), atomically: true, encoding: .utf8)
    try "x".write(toFile: workshop.path(".hidden.so"), atomically: true, encoding: .utf8)
    let (end, data, _) = try execute(workshop.directory)
    #expect(end == .exit(.pluginRefused))
    let files = data.split(separator: "\n").filter { !$0.hasPrefix(" ") }.map {
      $0.split(separator: "/").last ?? ""
    }
    #expect(files == ["a.so", "b.so", "c.so"])
  }

  /// More words than the parser of the command line likes.
  @Test func `a thousand files at a time`() throws {
    let plugin = try TestKind.path("golden.c")
    let harness = try CommandHarness()
    let end = CommandLineInterface.execute(
      ["plugin", "inspect", "--json"] + Array(repeating: plugin, count: 1000), harness.context())
    #expect(end == .exit(.ok))
    let list = try JSONSerialization.jsonObject(with: Data(try harness.data.text().utf8)) as? [String: Any]
    #expect((list?["plugins"] as? [Any])?.count == 1000)
  }

  /// The schema names every member there is, in every shape.
  @Test func `the schema knows every member`() throws {
    let schema = try Repository.text("docs/plugin-inspect.schema.json")
    let page = try Repository.text("docs/plugin-inspect.md")
    func names(_ value: Any) -> Set<String> {
      if let object = value as? [String: Any] {
        return object.reduce(into: Set(object.keys)) { $0.formUnion(names($1.value)) }
      }
      return (value as? [Any] ?? []).reduce(into: []) { $0.formUnion(names($1)) }
    }
    let source = workshop.path("rich.c")
    try """
    #include "taskhost.h"
    TH_MANIFEST("{\\"schema\\":1,\\"id\\":\\"org.a\\",\\"name\\":\\"a\\",\\"version\\":\\"1\\",\\"abi\\":{\\"major\\":1},\\"wire\\":\\"a\\",\\"license\\":\\"MIT\\","
      "\\"needs\\":{\\"network\\":false,\\"filesystem\\":\\"read\\",\\"spawn\\":true,\\"threads\\":false},\\"limits\\":{\\"max_request\\":1,\\"max_response\\":2,"
      "\\"max_rss_mib\\":3},\\"config\\":[{\\"key\\":\\"k\\",\\"type\\":\\"int\\",\\"default\\":1}]}");
    int other(void) { return 1; }
    const th_kind *taskhost_plugin_v1(const th_host *h, th_call *c) { (void)h; (void)c; return 0; }
    """.write(toFile: source, atomically: true, encoding: .utf8)
    let plugin = workshop.path("rich.so")
    try TestKind.compile(source, to: plugin)
    let (end, report) = try report(plugin)
    #expect(end == .exit(.ok))
    let manifest = try #require(report["manifest"] as? [String: Any])
    #expect((manifest["needs"] as? [String: Any])?["filesystem"] as? String == "read")
    #expect(
      (manifest["limits"] as? [String: Any])?["max_rss_mib"] as? Int == 3
        && manifest["license"] as? String == "MIT")
    for name in names(report) {
      #expect(schema.contains("\"\(name)\""), "\(name)")
      #expect(page.contains("`\(name)`"), "\(name)")
    }
  }
}
