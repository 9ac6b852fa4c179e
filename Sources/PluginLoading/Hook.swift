internal import CTaskHost

/// One function pointer of a table, with what it takes and gives.
package struct Hook: Hashable, Sendable {
  /// The id of an extension; nil: `th_kind` itself.
  package var table: String?
  package var name: String
  /// Of the member in its table, in bytes.
  package var offset: Int
  package var signature: HookSignature
  /// Only the manifest says that it is there: it is newer than this host.
  package var isDeclared: Bool

  package init(
    table: String?, name: String, offset: Int, signature: HookSignature, isDeclared: Bool = false
  ) {
    self.table = table
    self.name = name
    self.offset = offset
    self.signature = signature
    self.isDeclared = isDeclared
  }

  /// "perform", "taskhost.session/1:session_open".
  package var id: String { table.map { "\($0):\(name)" } ?? name }

  /// "status perform(worker, call, bytes request, out response)".
  package var declaration: String { signature.description(named: name) }

  /// All hooks of `taskhost.h` and `taskhost_ext.h`, in their order.
  package static let known = kind + session + hostService + line

  package static func known(in table: String?) -> [Hook] { known.filter { $0.table == table } }

  /// Where the next member of a table would be that this host does not know; nil for a table that it does not know at all.
  package static func firstUnknownOffset(in table: String?) -> Int? {
    switch table {
    case nil: MemoryLayout<th_kind>.size
    case TH_EXT_SESSION: MemoryLayout<th_session_hooks>.size
    case TH_EXT_HOST_SERVICE: MemoryLayout<th_host_service>.size
    case TH_EXT_LINE: MemoryLayout<th_task_line>.size
    default: nil
    }
  }

  package static let kind = list(
    nil,
    """
    48 status queue_new(host, call, new queue self)
    56 void queue_free(queue)
    64 status extra_env(queue, call, items variables)
    72 status plan(queue, call, words, out shared, items tasks)
    80 status request_of_task(queue, call, worker_status, bytes task, out request)
    88 int task_match(queue, worker_status, bytes task)
    96 status use_response(queue, call, worker_status, bytes task, bytes response, out competence, items tasks)
    104 status on_marshal_error(queue, call, gone, bytes? task, items tasks)
    112 status on_task_gone(queue, call, gone, bytes? task, items tasks)
    120 void forward_feedback(queue, call, u64 worker_id, bytes feedback)
    128 status worker_new(host, call, bytes shared, new worker self)
    136 status worker_forked(worker, call)
    144 void worker_free(worker)
    152 status perform(worker, call, bytes request, out response)
    160 void on_feedback(worker, call, bytes feedback)
    168 status name_of_task(bytes task, out text)
    176 status name_of_request(bytes request, out text)
    184 table extension(text id)
    192 status summary(queue, call, totals, out text)
    """)

  package static let session = list(
    TH_EXT_SESSION,
    """
    8 status session_open(worker, call, bytes request, new session)
    16 status session_perform(worker, session, call, bytes request, out response)
    24 status session_close(worker, session, call, out last)
    """)

  package static let hostService = list(
    TH_EXT_HOST_SERVICE,
    """
    8 status on_call(queue, call, worker_status, worker_handle caller, bytes request, out reply)
    """)

  package static let line = list(
    TH_EXT_LINE,
    """
    8 status line_of_task(bytes task, out text)
    """)

  /// Lines of an offset and a signature.
  private static func list(_ table: String?, _ text: String) -> [Hook] {
    text.split(separator: "\n").map { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      do throws(SignatureError) {
        let (name, signature) = try HookSignature.read(String(parts[1]))
        guard let name, let offset = Int(parts[0]) else { preconditionFailure("no hook: \(line)") }
        return Hook(table: table, name: name, offset: offset, signature: signature)
      } catch {
        preconditionFailure("\(line): column \(error.column): \(error.found), not \(error.expected)")
      }
    }
  }
}
