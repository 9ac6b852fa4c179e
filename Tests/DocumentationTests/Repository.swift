import Foundation
import Testing

/// The files of this repository as they lie in the work tree.
enum Repository {
  static func text(_ path: String) throws -> String {
    try String(contentsOf: DocumentationTests.root.appending(path: path), encoding: .utf8)
  }

  /// Paths from the root, sorted, without build products.
  static func files(under folder: String, withExtensions extensions: Set<String>) throws -> [String] {
    let base = DocumentationTests.root.appending(path: folder)
    let walk = try #require(FileManager.default.enumerator(atPath: base.path))
    var found: [String] = []
    while let path = walk.nextObject() as? String {
      guard !path.split(separator: "/").contains(".build") else { continue }
      if extensions.contains((path as NSString).pathExtension) { found.append("\(folder)/\(path)") }
    }
    return found.sorted()
  }

  /// What git knows of.
  static func tracked() throws -> [String] {
    let git = Process()
    git.executableURL = URL(filePath: "/usr/bin/env")
    git.arguments = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    git.currentDirectoryURL = DocumentationTests.root
    let output = Pipe()
    git.standardOutput = output
    try git.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    git.waitUntilExit()
    #expect(git.terminationStatus == 0, "git ls-files")
    return String(decoding: bytes, as: UTF8.self).split(separator: "\0").map(String.init)
  }
}
