internal import ForeignSignatures

/// A line of a file of calls, taken apart: the function, and a value for each name.
struct CallInput {
  struct Problem {
    var offset: Int
    var message: String
  }

  let reader: JSONReader
  private(set) var function: Int?
  /// As it is written; empty without one.
  private(set) var id = ""
  private(set) var members: [(key: JSONNode, value: JSONNode)] = []
  var problems: [Problem] = []

  init(
    _ reader: inout JSONReader, _ numbers: [[UInt8]: Int], _ interface: Interface
  ) throws(JSONReader.Failure) {
    let node = try reader.read()
    self.reader = reader
    guard case .object(let all) = node.value else {
      add(node, "found \(node.typeName), expected an object with the member \"call\"")
      return
    }
    var called: JSONNode?
    for member in all {
      switch name(member.key) {
      case "call":
        if called != nil { add(member.key, "the member \"call\" is there twice") }
        called = member.value
      case "id": take(id: member.value)
      default: members.append(member)
      }
    }
    guard let called else {
      add(node, "the member \"call\" is missing")
      return
    }
    guard case .text(let range, _) = called.value else {
      add(called, "found \(called.typeName), expected the name of a kind of calls")
      return
    }
    let name = Array(reader.slice(range))
    function = numbers[name]
    if function == nil {
      let known = interface.entries.prefix(10).map(\.function.name).joined(separator: ", ")
      add(called, "unknown call '\(String(decoding: name, as: UTF8.self))'; there are \(known)")
    }
  }

  mutating func add(_ node: JSONNode, _ message: String) {
    problems.append(Problem(offset: node.offset, message: message))
  }

  private func name(_ key: JSONNode) -> String {
    guard case .text(let range, _) = key.value else { return "" }
    return String(decoding: reader.slice(range), as: UTF8.self)
  }

  /// It is told again with the result.
  private mutating func take(id node: JSONNode) {
    switch node.value {
    case .number(let range): id = String(decoding: reader.slice(range), as: UTF8.self)
    case .text(let range, let hasEscapes):
      do throws(JSONReader.Failure) {
        if hasEscapes { _ = try reader.unescaped(range) }
      } catch {
        problems.append(Problem(offset: error.offset, message: error.message))
      }
      id = "\"" + String(decoding: reader.slice(range), as: UTF8.self) + "\""
    default: add(node, "found \(node.typeName), expected a text or a number as the id")
    }
  }

  /// The value of the member with this name, which is then done with.
  mutating func take(_ name: [UInt8]) -> JSONNode? {
    var found: JSONNode?
    var index = 0
    while index < members.count {
      guard case .text(let range, _) = members[index].key.value, reader.slice(range).elementsEqual(name)
      else {
        index += 1
        continue
      }
      let member = members.remove(at: index)
      if found != nil { add(member.key, "this member is there twice") }
      found = member.value
    }
    return found
  }

  /// What no argument is called.
  mutating func refuseRest(_ expected: [String]) {
    for member in members {
      let names = expected.isEmpty ? "none" : expected.joined(separator: ", ")
      add(member.key, "unknown argument '\(name(member.key))', expected \(names)")
    }
    members = []
  }
}
