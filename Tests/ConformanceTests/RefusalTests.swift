import Foundation
import TestSupport
import Testing

/// Files that are no plugin are refused before anything is checked.
@Suite struct CheckRefusalTests {
  private func refused(_ path: String, _ code: Int32, _ rule: String, _ found: String) throws {
    let run = try Taskhost.plain(["plugin", "check", path])
    #expect(run.end == .exited(code), "\(path): \(run.errors)")
    #expect(run.output.isEmpty)
    let text = run.errors
    #expect(
      text.contains(path) && text.contains("rule \(rule) is broken") && text.contains("found \(found)"),
      "\(text)")
    #expect(text.contains("; expected ") && text.hasSuffix(".\n"), "\(text)")
  }

  @Test func filesOfOtherKinds() throws {
    let shop = try Workshop()
    try refused(try shop.write("#!/bin/sh\necho hello\n", as: "text.so"), 101, "L05", "")
    try refused(try shop.write([UInt8](), as: "empty.so"), 101, "L05", "")
    try refused(try shop.makeDirectory("folder.so"), 101, "L01", "a directory")
    let library = try #require(
      ["/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/aarch64-linux-gnu/libc.so.6"].first {
        FileManager.default.fileExists(atPath: $0)
      })
    let run = try Taskhost.plain(["plugin", "check", library])
    #expect(
      run.end == .exited(101) && run.errors.contains("libc.so.6") && run.errors.contains("rule L0"),
      "\(run.errors)")
    #expect(run.errors.contains("; expected "))
  }

  @Test func aFileThatIsLargerThanAnyPlugin() throws {
    let shop = try Workshop()
    let path = try shop.write([UInt8](), as: "sparse.so")
    try #require(truncate(path, 600 << 20) == 0)
    try refused(path, 101, "L01", "629145600 bytes")
  }

  @Test func aFileThatIsNotThere() throws {
    let shop = try Workshop()
    try refused(shop.path("missing.so"), 104, "L01", "a path that leads to no file")
  }
}
