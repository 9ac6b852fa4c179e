package import CTaskHost
internal import Glibc
package import PluginLoading

/// What came of a hook.
package struct HookAnswer {
  package var status: th_status
  /// Of a single output; empty after a failure.
  package var bytes: [UInt8] = []
  /// Of a list.
  package var items: [CheckOutput.Item] = []
  package var call: CheckCall
  package var outputs: [CheckOutput] = []

  /// What the plugin did with call and outputs that it may not do.
  package var problems: [String] { call.problems + outputs.flatMap(\.problems) }

  /// Throws the first of them.
  package func requireOrder(_ hook: String) throws(CheckEnd) {
    guard let problem = problems.first else { return }
    throw .broken(
      "\(hook) \(problem)", expected: "what the header says of th_out",
      cure: "Write at base + len, at most cap - len bytes, and call grow for more (th_reserve does).")
  }

  /// "TH_E_BAD_INPUT (-3): no such file".
  package var told: String {
    let name = StatusNames.of(status)
    guard let text = call.text, !text.isEmpty else { return name }
    return "\(name): \(text)"
  }
}

/// The plugin, loaded into the process of a check, for good.
package final class Subject {
  package let plugin: Plugin
  package let host: CheckHost
  package let notebook: Notebook
  /// That of the plugin, or thunks for its hooks.
  package let table: KindTable
  package var hooks: th_kind { table.hooks }
  package var hasService: Bool { table.extensions.service != nil }
  /// Why calls are not noted, though they should be.
  let tracingProblem: ForeignError?
  /// Inputs and outputs of hooks are as strict as the header allows.
  package var isStrict = false
  private var lastID: UInt64 = 0

  init(_ context: CheckContext, _ shape: CheckHost.Shape) throws(Refusal) {
    notebook = context.notebook
    host = CheckHost(shape, settings: context.settings, context.notebook)
    let host = self.host
    let file = context.file
    func load() -> Result<Plugin, Refusal> {
      do throws(Refusal) {
        return .success(try Plugin.load(file, origin: .commandLine, host: host.raw))
      } catch {
        return .failure(error)
      }
    }
    let result = notebook.during("taskhost_plugin_v1") {
      context.log?.note("taskhost_plugin_v1", load) ?? load()
    }
    plugin = try result.get()
    (table, tracingProblem) = Self.traced(plugin, context)
  }

  private static func traced(_ plugin: Plugin, _ context: CheckContext) -> (KindTable, ForeignError?) {
    guard let log = context.log else { return (plugin.table, nil) }
    let tracer = CallTracer(log, context.notebook, declared: plugin.manifest?.hooks ?? [])
    do throws(ForeignError) {
      return (try tracer.traced(plugin.table, file: plugin.path), nil)
    } catch {
      log.note(error.text)
      return (plugin.table, error)
    }
  }

  /// A call with an id of its own.
  package func newCall(deadline: UInt64 = 0, cancelled: Bool = false) -> CheckCall {
    lastID += 1
    return CheckCall(id: lastID, deadline: deadline, cancelled: cancelled, notebook)
  }

  /// Calls a hook that has inputs and outputs. After it has returned, none of them may be touched any more. Adopted memory is given
  /// back, unless the caller sees to it.
  package func ask(
    _ hook: StaticString, _ inputs: [(name: String, bytes: [UInt8])], outputs: [CheckOutput] = [],
    call given: CheckCall? = nil, keepsAdopted: Bool = false,
    _ body: (UnsafeMutablePointer<th_call>, [th_bytes], [UnsafeMutablePointer<th_out>]) -> th_status
  ) -> HookAnswer {
    let call = given ?? newCall()
    let lent = inputs.map { GuardedInput($0.bytes, $0.name, isStrict: isStrict, notebook) }
    let status = notebook.during(hook) { body(call.raw, lent.map { th_bytes($0) }, outputs.map(\.out)) }
    call.end()
    var answer = HookAnswer(status: status, call: call, outputs: outputs)
    for output in outputs {
      let bytes = output.end(succeeded: status >= 0)
      // What was written is dropped after a failure.
      if status >= 0, !output.isList { answer.bytes = bytes }
      if status >= 0, output.isList { answer.items = output.items }
      if !keepsAdopted { output.release() }
    }
    for input in lent { input.end() }
    return answer
  }

  /// A list or single output for `ask`.
  package func output(
    _ shape: CheckOutput.Shape = .init(), isList: Bool = false, _ name: String
  ) -> CheckOutput {
    var shape = shape
    if isStrict { shape.isStrict = true }
    return CheckOutput(shape, isList: isList, name, notebook)
  }
}

/// Status codes for messages.
package enum StatusNames {
  private static let names: [th_status: String] = [
    TH_OK: "TH_OK", TH_NONE: "TH_NONE", TH_STAY: "TH_STAY", TH_END: "TH_END",
    TH_E_INTERNAL: "TH_E_INTERNAL", TH_E_UNSUPPORTED: "TH_E_UNSUPPORTED", TH_E_BAD_INPUT: "TH_E_BAD_INPUT",
    TH_E_NO_MEMORY: "TH_E_NO_MEMORY", TH_E_LIMIT: "TH_E_LIMIT", TH_E_CANCELLED: "TH_E_CANCELLED",
    TH_E_RETRY: "TH_E_RETRY", TH_E_POISONED: "TH_E_POISONED", TH_E_STALE: "TH_E_STALE",
    TH_E_CYCLE: "TH_E_CYCLE", TH_E_PEER_DIED: "TH_E_PEER_DIED",
  ]

  package static func of(_ status: th_status) -> String { names[status] ?? "code \(status)" }

  /// A failure that a host passes on as it is.
  package static func isKnownFailure(_ status: th_status) -> Bool {
    (TH_E_PEER_DIED...TH_E_INTERNAL).contains(status) || (-9999 ... -1000).contains(status)
  }
}
