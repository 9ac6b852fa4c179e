internal import Foundation

/// One line of `--message-format jsonl`.
package struct Event {
  package let members: [String: Any]

  package init(_ line: some Sequence<UInt8>) throws {
    let value = try JSONSerialization.jsonObject(with: Data(line))
    guard let members = value as? [String: Any] else {
      throw Child.Failure(description: "not an object: \(value)")
    }
    self.members = members
  }

  /// For example `task.finished`.
  package var name: String { "\(text("type") ?? "?").\(text("event") ?? "?")" }

  package func text(_ member: String) -> String? { members[member] as? String }
  package func number(_ member: String) -> Int? { members[member] as? Int }
  package func flag(_ member: String) -> Bool? { members[member] as? Bool }
  package func list(_ member: String) -> [Any] { members[member] as? [Any] ?? [] }
  package func object(_ member: String) -> [String: Any]? { members[member] as? [String: Any] }

  /// Without what differs from run to run.
  package var normalised: String {
    let varying: Set = [
      "v", "ts", "run", "seq", "type", "event", "pid", "exec_time", "elapsed", "peak_memory", "cpu_time",
      "plugin",
    ]
    let rest = members.keys.filter { !varying.contains($0) }.sorted()
    return ([name] + rest.map { "\($0)=\(Self.shown(members[$0]))" }).joined(separator: " ")
  }

  private static func shown(_ value: Any?) -> String {
    switch value {
    case let object as [String: Any]:
      "{" + object.keys.sorted().map { "\($0):\(shown(object[$0]))" }.joined(separator: ",") + "}"
    case let list as [Any]: "[" + list.map { shown($0) }.joined(separator: ",") + "]"
    case let text as String: text.replacing("\n", with: "\\n")
    case let value?: "\(value)"
    case nil: ""
    }
  }
}

extension Sequence<Event> {
  package func named(_ name: String) -> [Event] { filter { $0.name == name } }
}
