internal import Foundation
internal import Glibc

/// A directory that goes away with its owner.
package final class Workshop {
  package let directory: String

  package init() throws {
    let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    var template = Array("\(base)/taskhost-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw Child.Failure(description: "mkdtemp in \(base): \(String(cString: strerror(errno)))")
    }
    directory = String(cString: made)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: directory)
    } catch {
      print("warning: \(directory) stays: \(error)")
    }
  }

  package func path(_ name: String) -> String { directory + "/" + name }

  @discardableResult
  package func write(_ text: String, as name: String) throws -> String {
    try write(Array(text.utf8), as: name)
  }

  @discardableResult
  package func write(_ bytes: [UInt8], as name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  package func read(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @discardableResult
  package func copy(_ source: String, as name: String) throws -> String {
    try FileManager.default.copyItem(atPath: source, toPath: path(name))
    return path(name)
  }

  /// With directories of our own: those of another user can not be copied with all that they are.
  package func copyDirectory(_ source: String, as name: String) throws {
    _ = try makeDirectory(name)
    for entry in try FileManager.default.contentsOfDirectory(atPath: source) where entry != ".build" {
      var isDirectory: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(source)/\(entry)", isDirectory: &isDirectory)
      if isDirectory.boolValue {
        try copyDirectory("\(source)/\(entry)", as: "\(name)/\(entry)")
      } else {
        try copy("\(source)/\(entry)", as: "\(name)/\(entry)")
      }
    }
  }

  package func makeDirectory(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    return path(name)
  }
}

/// The kinds of `Tests/Kinds`, compiled as a third party would: with the C compiler and the header alone.
package enum TestKind {
  private struct Built {
    var workshop: Workshop?
    var paths: [String: String] = [:]
  }
  /// Guarded by a lock that the thread sanitizer knows.
  nonisolated(unsafe) private static var built = Built()
  private static let lock = NSLock()

  package static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Kinds").standardizedFileURL.path
  package static let include = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../SDK/include").standardizedFileURL.path

  /// The path of the shared library; each is built once in a test process.
  package static func path(_ source: String, _ defines: [String] = []) throws -> String {
    try lock.withLock {
      let key = ([source] + defines).joined(separator: " ")
      if let path = built.paths[key] { return path }
      let workshop = try built.workshop ?? Workshop()
      if built.workshop == nil {
        built.workshop = workshop
        atexit { TestKind.cleanUp() }
      }
      let path = workshop.path("\(built.paths.count)-\(source).so")
      try compile("\(sources)/\(source)", to: path, defines)
      built.paths[key] = path
      return path
    }
  }

  /// A program of `Tests/Programs`, built once in a test process.
  package static func program(_ source: String) throws -> String {
    try lock.withLock {
      if let path = built.paths[source] { return path }
      let workshop = try built.workshop ?? Workshop()
      if built.workshop == nil {
        built.workshop = workshop
        atexit { TestKind.cleanUp() }
      }
      let path = workshop.path("\(built.paths.count)-\(source).program")
      try compile("\(sources)/../Programs/\(source)", to: path, asLibrary: false)
      built.paths[source] = path
      return path
    }
  }

  package static func compile(
    _ source: String, to path: String, _ defines: [String] = [], asLibrary: Bool = true,
    headers: String = TestKind.include
  ) throws {
    let isC = source.hasSuffix(".c")
    let compiler = try Child(
      "/usr/bin/env",
      [
        isC ? "cc" : "c++", isC ? "-std=c11" : "-std=c++17", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra",
        "-Werror",
      ]
        + defines.map { "-D\($0)" }
        + (asLibrary ? ["-shared", "-fPIC"] : []) + ["-I", headers, source, "-o", path],
      environment: Taskhost.environment)
    guard try compiler.finish(seconds: 300) == .exited(0) else {
      throw Child.Failure(description: "\(source): \(compiler.errorText)")
    }
    guard chmod(path, 0o755) == 0 else {
      throw Child.Failure(description: "chmod \(path): \(String(cString: strerror(errno)))")
    }
  }

  private static func cleanUp() { lock.withLock { built.workshop = nil } }
}
