import ShoutManifest
import TaskHostSDK

/// Says words loudly.
final class Shout: WorkerKind {
  static let description = KindDescription(manifest: shout_manifest())

  private let marks: String

  init(host: Host, call: Call) throws {
    marks = String(repeating: "!", count: try host.option("times", in: 1...10) ?? 1)
  }

  func perform(_ word: String, call: Call) throws -> NoPayload {
    guard !word.isEmpty else { throw KindError.badInput("there is nothing to shout") }
    call.diagnostic(Diagnostic(.note, word.uppercased() + marks))
    return NoPayload()
  }
}

/// The one function that the host looks for.
@c(taskhost_plugin_v1)
public func entry(_: HostPointer, _: CallPointer) -> KindPointer { Plugin.table(for: Shout.self) }
