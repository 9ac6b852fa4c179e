internal import CTaskHost
internal import PluginLoading

/// The worker's side of a kind, in this process.
package final class CheckWorker {
  package let subject: Subject
  package private(set) var state: OpaquePointer?
  /// What `worker_new` said.
  package let start: HookAnswer
  /// Answers calls to the host.
  private let queue: CheckQueue?
  private var isFreed = false

  /// A worker, whatever `worker_new` says.
  package init(trying subject: Subject, shared: [UInt8], queue: CheckQueue? = nil) {
    self.subject = subject
    self.queue = queue
    var state: OpaquePointer?
    start = subject.ask("worker_new", [("what is shared", shared)]) { call, inputs, _ in
      subject.hooks.worker_new?(subject.host.raw, call, inputs[0], &state) ?? TH_OK
    }
    self.state = state
  }

  /// A worker that works, or a skip: `worker-starts` is about the others.
  package convenience init(_ subject: Subject, shared: [UInt8], queue: CheckQueue? = nil) throws(CheckEnd) {
    self.init(trying: subject, shared: shared, queue: queue)
    guard start.status >= 0 else {
      isFreed = true
      throw .skipped("worker_new refuses (\(start.told))")
    }
  }

  package func free() {
    guard !isFreed else { return }
    isFreed = true
    let hook = subject.hooks.worker_free
    subject.notebook.during("worker_free") { hook?(state) }
  }

  /// The response in `bytes`. Adopted memory is given back.
  package func perform(
    _ request: [UInt8], _ shape: CheckOutput.Shape = .init(), call given: CheckCall? = nil
  ) -> HookAnswer {
    let answer = performKeeping(request, shape, call: given)
    answer.outputs[0].release()
    return answer
  }

  /// The same; what was adopted is still the plugin's, until somebody calls `release` of the output.
  package func performKeeping(
    _ request: [UInt8], _ shape: CheckOutput.Shape = .init(), call given: CheckCall? = nil
  ) -> HookAnswer {
    let response = subject.output(shape, "the response")
    let call = given ?? subject.newCall()
    if let queue {
      call.answer = { request, reply in
        let answer = queue.call(request)
        reply = answer.status >= 0 ? answer.bytes : answer.call.message ?? []
        return answer.status == TH_NONE ? TH_E_UNSUPPORTED : answer.status
      }
    }
    return subject.ask(
      "perform", [("the request", request)], outputs: [response], call: call, keepsAdopted: true
    ) { call, inputs, outputs in
      subject.table.perform(state, call, inputs[0], outputs[0])
    }
  }

  package func feedback(_ bytes: [UInt8]) -> HookAnswer {
    let hook = subject.hooks.on_feedback
    return subject.ask("on_feedback", [("the feedback", bytes)]) { call, inputs, _ in
      hook?(state, call, inputs[0])
      return TH_OK
    }
  }
}

/// A queue, its tasks and requests.
package struct CheckPlan {
  package let subject: Subject
  package let queue: CheckQueue
  package let shared: [UInt8]
  package let tasks: [[UInt8]]
  /// Of the tasks, for a Fresh worker; stale ones are left out.
  package let requests: [[UInt8]]

  /// Skips where the kind does not start, or makes nothing of the words.
  package init(_ context: inout CheckContext) throws(CheckEnd) {
    let subject = try context.subject()
    let queue = try CheckQueue(subject)
    let planned = queue.plan(context.words.map { Array($0.utf8) })
    guard planned.status >= 0 else {
      throw .skipped("plan refuses the words (\(planned.told)); give others behind --")
    }
    guard !planned.items.isEmpty else {
      throw .skipped("plan makes no task of the words; give others behind --")
    }
    var requests: [[UInt8]] = []
    for item in planned.items.prefix(Self.most) {
      let answer = queue.request(of: item.bytes)
      if answer.status == TH_OK { requests.append(answer.bytes) }
    }
    guard !requests.isEmpty else { throw .skipped("request_of_task makes no request of the words") }
    self.subject = subject
    self.queue = queue
    shared = subject.hooks.plan == nil ? [] : planned.bytes
    tasks = planned.items.prefix(Self.most).map(\.bytes)
    self.requests = requests
  }

  /// Requests that are looked at; a kind may make thousands.
  private static let most = 8
}

/// A plan and a worker for it: how most checks begin.
package struct CheckBench {
  package let plan: CheckPlan
  package let worker: CheckWorker
  package var subject: Subject { plan.subject }
  package var queue: CheckQueue { plan.queue }
  package var shared: [UInt8] { plan.shared }
  package var tasks: [[UInt8]] { plan.tasks }
  package var requests: [[UInt8]] { plan.requests }

  /// Skips where the kind does not start, or makes nothing of the words.
  package init(_ context: inout CheckContext) throws(CheckEnd) {
    plan = try CheckPlan(&context)
    worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
  }
}
