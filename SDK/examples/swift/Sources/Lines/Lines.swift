import Glibc
import LinesManifest
import TaskHostSDK

/// Counts the lines of files. The request is the word of the command line: a path.
final class Lines: WorkerKind {
  static let description = KindDescription(manifest: lines_manifest())

  init(host: Host, call: Call) {}

  func perform(_ path: String, call: Call) throws -> NoPayload {
    guard let file = fopen(path, "r") else { throw KindError.badInput(String(cString: strerror(errno))) }
    defer { fclose(file) }
    var count = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let length = fread(&chunk, 1, chunk.count, file), length > 0 {
      count += chunk[..<length].count { $0 == UInt8(ascii: "\n") }
    }
    var found = Diagnostic(.note, "\(count) lines")
    found.file = path
    call.diagnostic(found)
    return NoPayload()
  }
}

/// The one function that the host looks for.
@c(taskhost_plugin_v1)
public func entry(_: HostPointer, _: CallPointer) -> KindPointer { Plugin.table(for: Lines.self) }
