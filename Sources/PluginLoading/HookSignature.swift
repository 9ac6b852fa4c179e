/// What a hook takes and gives, as data: "status(worker, call, bytes request, out response)".
///
/// The words are those of `taskhost.h` without `th_`. Each stands for one way in which hooks of this ABI pass things, so that a hook can
/// be called and watched by somebody who was compiled without it.
package struct HookSignature: Hashable, Sendable {
  package enum Result: String, CaseIterable, Sendable {
    /// `th_status`
    case status
    case void
    /// `int32_t`
    case int
    /// `const void *`: a table, or NULL
    case table
  }

  package enum Kind: String, CaseIterable, Sendable {
    /// `const th_host *`
    case host
    /// `th_call *`
    case call
    /// `th_queue *`, `th_worker *`, `th_session *`
    case queue, worker, session
    /// `th_queue **` and so on: the hook makes one
    case newQueue = "new queue"
    case newWorker = "new worker"
    case newSession = "new session"
    /// `th_bytes`
    case bytes
    /// `const th_bytes *`, which may be NULL
    case optionalBytes = "bytes?"
    /// `const th_bytes *` and `size_t`
    case words
    /// `const char *`
    case text
    case i32, u32, i64, u64, f64
    /// `const th_worker_status *`, `const th_gone *`, `const th_totals *`, `const th_worker_handle *`
    case workerStatus = "worker_status"
    case gone, totals
    case workerHandle = "worker_handle"
    /// `th_out *`, of a single output
    case out
    /// `th_out *`, of a list
    case items

    /// Something that whoever calls the hook has to give.
    package var isInput: Bool {
      switch self {
      case .bytes, .optionalBytes, .words, .text, .i32, .u32, .i64, .u64, .f64: true
      default: false
      }
    }
  }

  package struct Parameter: Hashable, Sendable {
    package var kind: Kind
    /// For messages; the last word of the kind where none is given.
    package var name: String
  }

  /// How a value crosses, as a C compiler passes it.
  package enum Passing: Hashable, Sendable {
    case void, i32, u32, i64, u64, f64, pointer
    /// `th_bytes` by value
    case bytes
  }

  package var result: Result
  package var parameters: [Parameter]

  package init(result: Result, parameters: [Parameter]) {
    self.result = result
    self.parameters = parameters
  }

  package func has(_ kind: Kind) -> Bool { parameters.contains { $0.kind == kind } }

  package var inputs: [Parameter] { parameters.filter(\.kind.isInput) }

  package var passedResult: Passing {
    switch result {
    case .status, .int: .i32
    case .void: .void
    case .table: .pointer
    }
  }

  /// The arguments of the C function; `words` are two of them.
  package var passedArguments: [Passing] {
    parameters.flatMap { parameter -> [Passing] in
      switch parameter.kind {
      case .bytes: [.bytes]
      case .words: [.pointer, .u64]
      case .i32: [.i32]
      case .u32: [.u32]
      case .i64: [.i64]
      case .u64: [.u64]
      case .f64: [.f64]
      default: [.pointer]
      }
    }
  }
}

extension HookSignature: CustomStringConvertible {
  /// "status(worker, call, bytes request, out response)".
  package var description: String { description(named: nil) }

  /// "status perform(worker, call, bytes request, out response)".
  package func description(named name: String?) -> String {
    let list = parameters.map { parameter in
      parameter.name == Self.defaultName(parameter.kind)
        ? parameter.kind.rawValue : "\(parameter.kind.rawValue) \(parameter.name)"
    }
    return "\(result.rawValue)\(name.map { " \($0)" } ?? "")(\(list.joined(separator: ", ")))"
  }

  static func defaultName(_ kind: Kind) -> String {
    switch kind {
    case .optionalBytes: "bytes"
    case .newQueue, .newWorker, .newSession: "self"
    default: kind.rawValue
    }
  }
}
