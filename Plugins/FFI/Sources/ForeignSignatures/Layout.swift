/// Where the members of a struct lie, by the rules of C on 64-bit Linux.
package struct StructLayout: Equatable, Sendable {
  package struct Member: Equatable, Sendable {
    package var name: String
    package var type: ValueType
    package var offset: Int
  }

  package var size = 0
  package var alignment = 1
  package var members: [Member] = []
  /// 1: it holds no other struct.
  package var depth = 1
}

/// The structs of a file.
package struct Layouts: Equatable, Sendable {
  package var structures: [String: StructLayout] = [:]

  package init() {}

  /// Size and alignment; nil for a struct that is not known.
  package func measure(_ type: ValueType) -> (size: Int, alignment: Int)? {
    switch type {
    case .scalar(let scalar): return (scalar.byteCount, scalar.byteCount)
    case .pointer, .text, .reference: return (8, 8)
    case .structure(let name):
      guard let layout = structures[name] else { return nil }
      return (layout.size, layout.alignment)
    }
  }

  /// Puts a struct behind those that it holds.
  mutating func add(_ structure: Structure) {
    var layout = StructLayout()
    var offset = 0
    for member in structure.members {
      guard let (size, alignment) = measure(member.type) else { return }
      if case .structure(let name) = member.type {
        layout.depth = max(layout.depth, 1 + (structures[name]?.depth ?? 0))
      }
      offset = Self.align(offset, alignment)
      layout.members.append(StructLayout.Member(name: member.name, type: member.type, offset: offset))
      offset += size
      layout.alignment = max(layout.alignment, alignment)
    }
    layout.size = Self.align(offset, layout.alignment)
    structures[structure.name] = layout
  }

  package static func align(_ offset: Int, _ alignment: Int) -> Int {
    (offset + alignment - 1) / alignment * alignment
  }
}
