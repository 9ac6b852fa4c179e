internal import PluginLoading

/// A hook as somebody sees it who wants to call it.
package struct CallableHook: Hashable, Sendable {
  package enum InputKind: Hashable, Sendable {
    case bytes
    /// May be left out.
    case optionalBytes
    /// All that follows.
    case words
    /// Bytes without NUL.
    case text
    case integer(smallest: Int64, largest: UInt64)
    case number
  }

  package struct Input: Hashable, Sendable {
    package var name: String
    package var kind: InputKind
  }

  package enum Result: Hashable, Sendable {
    case status, none, number, table
  }

  let hook: Hook

  init(_ hook: Hook) { self.hook = hook }

  /// "perform", "taskhost.session/1:session_open".
  package var id: String { hook.id }
  package var name: String { hook.name }
  /// "status(worker, call, bytes request, out response)".
  package var signature: String { hook.signature.description }
  package var offset: Int { hook.offset }
  /// Only the manifest says that it is there.
  package var isDeclared: Bool { hook.isDeclared }

  package var result: Result {
    switch hook.signature.result {
    case .status: .status
    case .void: .none
    case .int: .number
    case .table: .table
    }
  }

  package var inputs: [Input] {
    hook.signature.inputs.map { parameter in
      let kind: InputKind =
        switch parameter.kind {
        case .optionalBytes: .optionalBytes
        case .words: .words
        case .text: .text
        case .i32: .integer(smallest: Int64(Int32.min), largest: UInt64(Int32.max))
        case .u32: .integer(smallest: 0, largest: UInt64(UInt32.max))
        case .i64: .integer(smallest: .min, largest: UInt64(Int64.max))
        case .u64: .integer(smallest: 0, largest: .max)
        case .f64: .number
        default: .bytes
        }
      return Input(name: parameter.name, kind: kind)
    }
  }

  /// Their names.
  package var outputs: [String] {
    hook.signature.parameters.filter { $0.kind == .out || $0.kind == .items }.map(\.name)
  }
}
