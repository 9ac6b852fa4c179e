import CommandLineInterface
import Foundation
import TaskHost
import Testing

/// `plugin list` and `--set` on real shared libraries.
struct KindListTests {
  let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "kinds-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  }

  /// Compiles a plugin with this manifest, whose hooks are never called.
  private func plugin(_ name: String, manifest: String) throws -> String {
    let source = directory.appending(path: "\(name).c")
    let library = directory.appending(path: "\(name).so")
    let literal = String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self).replacing(
      "\\/", with: "/")
    try Data(
      """
      #include "taskhost.h"
      TH_MANIFEST(\(literal));
      TH_EXPORT const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) { return NULL; }
      """.utf8
    ).write(to: source)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "cc", "-std=gnu11", "-shared", "-fPIC", "-fvisibility=hidden", "-I",
      Repository.root.appending(path: "SDK/include").path, source.path, "-o", library.path,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return library.path
  }

  private static let good = """
    {"schema":1,"id":"org.example.good","name":"good","version":"1.2.0","abi":{"major":1,"needs_minor":0},\
    "wire":"g1","summary":"A kind for a test.","config":[{"key":"depth","type":"int","default":3,"help":"How deep."},\
    {"key":"width","type":"int","help":"How wide."}]}
    """

  private func execute(_ arguments: [String]) throws -> (end: CommandEnd, data: String, text: String) {
    let harness = try CommandHarness()
    let end = CommandLineInterface.execute(arguments, harness.context())
    return (end, try harness.data.text(), try harness.text.text())
  }

  @Test func `kinds and refusals are listed`() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let good = try plugin("good", manifest: KindListTests.good)
    let bad = directory.appending(path: "bad.so").path
    try Data("no library".utf8).write(to: URL(filePath: bad))
    for command in [["kinds"], ["plugin", "list"]] {
      let (end, data, _) = try execute(command + ["--plugin", good, "--plugin", bad])
      #expect(end == .exit(.ok))
      let lines = data.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines[0].split(separator: " ").joined(separator: " ") == "KIND VERSION ID FILE FOUND REMARK")
      #expect(lines[1].hasPrefix("good  1.2.0    org.example.good  \(good)"))
      #expect(lines[2].contains(bad) && lines[2].contains("refused: L0"))
    }
  }

  @Test func `the same as JSON`() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let good = try plugin("good", manifest: KindListTests.good)
    let (end, data, _) = try execute(["kinds", "--json", "--plugin", good, "--plugin", "/nowhere.so"])
    #expect(end == .exit(.ok))
    let list = try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])
    let kinds = try #require(list["kinds"] as? [[String: Any]])
    #expect(kinds.count == 1)
    #expect(kinds[0]["kind"] as? String == "good" && kinds[0]["file"] as? String == good)
    let options = try #require(kinds[0]["options"] as? [[String: Any]])
    #expect(options.map { $0["key"] as? String } == ["depth", "width"])
    #expect(options[0]["default"] as? Int == 3 && options[1]["default"] == nil)
    let refused = try #require(list["refused"] as? [[String: Any]])
    #expect(refused.count == 1 && (refused[0]["errors"] as? [Any])?.isEmpty == false)
  }

  @Test func `an option that the kind does not have is refused before the run`() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let good = try plugin("good", manifest: KindListTests.good)
    let (end, _, text) = try execute(["run", "--plugin", good, "--set", "depht=4"])
    #expect(end == .exit(.usage))
    #expect(text.contains("--set depht=4: the kind good has no option 'depht'; did you mean 'depth'?"))
    let (other, _, list) = try execute(["run", "--plugin", good, "--kind", "good", "--set", "x=4"])
    #expect(other == .exit(.usage))
    #expect(list.contains("no option 'x'; it has depth, width"))
    #expect(try execute(["run", "--plugin", good, "--set", "depth=4"]).end == .exit(.ok))
  }
}
