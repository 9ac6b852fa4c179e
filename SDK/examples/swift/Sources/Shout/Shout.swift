public import CTaskHost
import ShoutManifest
import TaskHostSDK

/// Says words loudly.
enum Shout: TaskKind {
  static let description = KindDescription(
    id: "org.example.shout", name: "shout", version: "1.0.0", wire: "shout/1",
    flags: [.stateless, .idempotent])

  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> Shouter {
    Shouter(marks: String(repeating: "!", count: try host.option("times", in: 1...10) ?? 1))
  }
}

final class Shouter: TaskWorker {
  private let marks: String

  init(marks: String) { self.marks = marks }

  func perform(request: Bytes, call: Call, response: Output) throws {
    guard !request.isEmpty else { throw KindError.badInput("there is nothing to shout") }
    call.diagnostic(Diagnostic(.note, request.text.uppercased() + marks))
  }
}

/// The one function that the host looks for.
@c @implementation
public func taskhost_plugin_v1(
  _ host: UnsafePointer<th_host>!, _ call: UnsafeMutablePointer<th_call>!
) -> UnsafePointer<th_kind>! {
  shout_manifest_keep()
  return Plugin.table(for: Shout.self)
}
