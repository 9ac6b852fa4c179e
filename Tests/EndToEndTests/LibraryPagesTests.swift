import Foundation
import TestSupport
import Testing

/// The documentation of the library, made by the script that makes it for everybody.
@Suite struct LibraryPagesTests {
  private struct Graph: Decodable {
    struct Symbol: Decodable {
      struct Comment: Decodable {}

      var pathComponents: [String]
      var docComment: Comment?
    }

    var symbols: [Symbol]
  }

  /// Links that lead nowhere and parameters that are not there are warnings of the tool, and errors of the script.
  @Test func thePagesAreMadeWithoutAWarning() throws {
    let workshop = try Workshop()
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var environment = Taskhost.environment
    environment["BUILD"] = Taskhost.directory
    let script = try Child(
      "/bin/bash", [root.appending(path: "Scripts/docs").path, workshop.path("pages")],
      environment: environment)
    #expect(try script.finish(seconds: 300) == .exited(0), "\(script.outputText)\(script.errorText)")
    #expect(!script.errorText.contains("warning:"), "\(script.errorText)")
    let pages = workshop.path("pages/site/documentation/taskhost")
    for page in ["index.html", "firstworker/index.html", "workerpool/index.html"] {
      #expect(FileManager.default.fileExists(atPath: "\(pages)/\(page)"), "\(page)")
    }

    let file = URL(filePath: workshop.path("pages/symbols/TaskHost.symbols.json"))
    let graph = try JSONDecoder().decode(Graph.self, from: Data(contentsOf: file))
    #expect(graph.symbols.count > 300)
    let bare = graph.symbols.filter { $0.docComment == nil }.map {
      $0.pathComponents.joined(separator: ".")
    }
    #expect(bare.isEmpty, "public, and nothing is said of it: \(bare)")
  }
}
