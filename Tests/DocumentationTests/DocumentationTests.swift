import Foundation
import Testing

/// The pages whose examples are run as they stand.
@Suite struct DocumentationTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test(arguments: [
    "README.md", "docs/plugin-authors-guide.md", "docs/operations.md", "docs/kinds/exec.md",
    "docs/kinds/ffi.md", "docs/users-guide.md", "docs/plugins/first-kind-c.md",
    "docs/plugins/first-kind-cpp.md", "docs/plugins/first-kind-swift.md", "docs/plugins/first-kind-rust.md",
    "docs/plugins/state.md", "docs/plugins/surviving-crashes.md",
  ])
  func examplesDoWhatTheySay(page: String) throws {
    let text = try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
    let transcript = Transcript(text)
    let place = FileManager.default.temporaryDirectory.appending(path: "taskhost-docs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
    var commands = 0
    for step in transcript.steps {
      switch step {
      case .file(let name, let text):
        try text.write(to: place.appending(path: name), atomically: true, encoding: .utf8)
      case .command(let line, let text, let output):
        commands += 1
        let printed = try run(text, in: place)
        #expect(
          Transcript.normalised(printed) == Transcript.normalised(output), "\(page), line \(line): \(text)")
      }
    }
    #expect(commands > 0, "\(page) has no examples")
  }

  @Test func theExampleInTheGuideIsTheFileInTheSDK() throws {
    let guide = try String(
      contentsOf: Self.root.appending(path: "docs/plugin-authors-guide.md"), encoding: .utf8)
    let file = try String(contentsOf: Self.root.appending(path: "SDK/examples/c/lines.c"), encoding: .utf8)
    let shown = Transcript(guide).steps.compactMap { step -> String? in
      guard case .file("lines.c", let text) = step else { return nil }
      return text
    }
    #expect(shown == [file])
  }

  /// The built executable, which lies beside the test bundle.
  private var products: String {
    Self.root.appending(path: ".build/release").path
  }

  private func run(_ command: String, in place: URL) throws -> [String] {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = place
    var environment = ProcessInfo.processInfo.environment
    // Tools of the system before those that need the user's own home.
    environment["PATH"] = products + ":/usr/bin:" + (environment["PATH"] ?? "")
    environment["SDK"] = Self.root.appending(path: "SDK").path
    environment["HOME"] = place.path
    for name in environment.keys where name.hasPrefix("TASKHOST_") { environment[name] = nil }
    environment["CI"] = "true"
    process.environment = environment
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n")
  }
}
