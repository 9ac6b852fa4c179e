import CTaskHost
import Foundation
import PluginLoading
import Testing

/// The table of hooks against the headers, in three ways that do not know of each other: as Swift sees them, as a C compiler does,
/// and as text.
@Suite struct HookTableTests {
  @Test func offsetsAreThoseThatSwiftSees() throws {
    let members: [(String, PartialKeyPath<th_kind>)] = [
      ("queue_new", \.queue_new), ("queue_free", \.queue_free), ("extra_env", \.extra_env), ("plan", \.plan),
      ("request_of_task", \.request_of_task), ("task_match", \.task_match), ("use_response", \.use_response),
      ("on_marshal_error", \.on_marshal_error), ("on_task_gone", \.on_task_gone),
      ("forward_feedback", \.forward_feedback), ("worker_new", \.worker_new),
      ("worker_forked", \.worker_forked), ("worker_free", \.worker_free), ("perform", \.perform),
      ("on_feedback", \.on_feedback), ("name_of_task", \.name_of_task),
      ("name_of_request", \.name_of_request), ("extension", \.extension), ("summary", \.summary),
    ]
    #expect(Hook.kind.map(\.name) == members.map(\.0))
    for (hook, member) in zip(Hook.kind, members) {
      #expect(MemoryLayout<th_kind>.offset(of: member.1) == hook.offset, "\(hook.name)")
    }
    let session: [PartialKeyPath<th_session_hooks>] = [\.session_open, \.session_perform, \.session_close]
    #expect(Hook.session.map(\.offset) == session.map { MemoryLayout<th_session_hooks>.offset(of: $0) })
    #expect(Hook.hostService.map(\.offset) == [MemoryLayout<th_host_service>.offset(of: \.on_call)])
    #expect(Hook.line.map(\.offset) == [MemoryLayout<th_task_line>.offset(of: \.line_of_task)])
    #expect(Hook.firstUnknownOffset(in: nil) == MemoryLayout<th_kind>.size)
  }

  /// Of each signature, the type of a C function is written down; the compiler compares it with that of the member.
  @Test func typesAreThoseThatTheCompilerSees() throws {
    var lines = ["#include <taskhost_ext.h>"]
    for hook in Hook.known {
      let table = Self.type(of: hook.table)
      let member = "((\(table) *)0)->\(hook.name)"
      lines.append(
        """
        _Static_assert(offsetof(\(table), \(hook.name)) == \(hook.offset), "offset of \(hook.id)");
        _Static_assert(__builtin_types_compatible_p(__typeof__(\(member)), \(Self.type(of: hook.signature))), "\(hook.id)");
        _Static_assert(_Generic(\(member), \(Self.type(of: hook.signature)): 1, default: 0), "\(hook.id) by _Generic");
        """)
    }
    lines.append("int main(void) { return 0; }")
    let shop = try Workshop()
    try shop.compile(lines.joined(separator: "\n"), as: "table", flags: [])
    // It notices an argument that is missing, another one, and another result.
    for wrong in [
      "th_status (*)(th_worker *, th_call *, th_bytes)",
      "void (*)(th_worker *, th_call *, th_bytes, th_out *)",
    ] {
      let text = """
        #include <taskhost_ext.h>
        _Static_assert(!__builtin_types_compatible_p(__typeof__(((th_kind *)0)->perform), \(wrong)), "");
        int main(void) { return 0; }
        """
      try shop.compile(text, as: "wrong", flags: [])
    }
  }

  /// No function pointer of the headers' tables of kinds is missing.
  @Test func everyHookOfTheHeadersIsThere() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../SDK/include")
    // What a plugin hands out is marked, as its functions are called by any thread.
    var seen: [String] = []
    for file in ["taskhost.h", "taskhost_ext.h"] {
      let header = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      for match in header.matches(of: /typedef struct TH_SENDABLE (\w+) \{/) {
        let table = String(match.1)
        let end = try #require(header.range(of: "} \(table);"))
        let names = header[match.range.upperBound..<end.lowerBound].matches(of: /\(\*(\w+)\)\s*\(/)
          .map { String($0.1) }
        #expect(names == Hook.known.filter { Self.type(of: $0.table) == table }.map(\.name), "\(table)")
        seen.append(table)
      }
    }
    #expect(seen == ["th_kind", "th_session_hooks", "th_host_service", "th_task_line"])
  }

  private static func type(of table: String?) -> String {
    switch table {
    case nil: "th_kind"
    case TH_EXT_SESSION: "th_session_hooks"
    case TH_EXT_HOST_SERVICE: "th_host_service"
    case TH_EXT_LINE: "th_task_line"
    default: "no_table"
    }
  }

  private static func type(of signature: HookSignature) -> String {
    let result =
      switch signature.result {
      case .status: "th_status"
      case .void: "void"
      case .int: "int32_t"
      case .table: "const void *"
      }
    let arguments = signature.parameters.map { parameter in
      switch parameter.kind {
      case .host: "const th_host *"
      case .call: "th_call *"
      case .queue: "th_queue *"
      case .worker: "th_worker *"
      case .session: "th_session *"
      case .newQueue: "th_queue **"
      case .newWorker: "th_worker **"
      case .newSession: "th_session **"
      case .bytes: "th_bytes"
      case .optionalBytes: "const th_bytes *"
      case .words: "const th_bytes *, size_t"
      case .text: "const char *"
      case .i32: "int32_t"
      case .u32: "uint32_t"
      case .i64: "int64_t"
      case .u64: "uint64_t"
      case .f64: "double"
      case .workerStatus: "const th_worker_status *"
      case .gone: "const th_gone *"
      case .totals: "const th_totals *"
      case .workerHandle: "const th_worker_handle *"
      case .out, .items: "th_out *"
      }
    }
    return "\(result) (*)(\(arguments.isEmpty ? "void" : arguments.joined(separator: ", ")))"
  }
}
