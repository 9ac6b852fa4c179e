internal import CTaskHost

/// Which thread a hook runs on.
extension Check {
  static let threadChecks: [Check] = [
    Check(
      "queue-on-any-thread", .isolation,
      "The hooks of a queue may be called from one thread now and from another one later.",
      broken: "It crashes in programs that make the queue on one thread and run it on another."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let words = context.words.map { Array($0.utf8) }
      let responses = bench.requests.map { bench.worker.perform($0) }
      let usual = try script(bench, words, responses) { $0() }
      let isRepeatable = try script(bench, words, responses) { $0() } == usual
      context.step("each hook of the host on a thread of its own")
      let found = try script(bench, words, responses) { work in OtherThread.run { work() } }
      if isRepeatable, found != usual {
        return .fail(
          Finding(
            "tasks, requests or competences differ where each hook is called from another thread",
            expected: "the same", cure: "Keep state in what queue_new makes, not in thread-local variables."))
      }
      return .pass
    }
  ]

  /// Everything that a queue writes, each hook called by `call`.
  private static func script(
    _ bench: CheckBench, _ words: [[UInt8]], _ responses: [HookAnswer],
    _ call: (() -> Void) -> Void
  ) throws(CheckEnd) -> [[UInt8]] {
    var written: [[UInt8]] = []
    var made: CheckQueue?
    call { made = CheckQueue(trying: bench.subject) }
    guard let queue = made, queue.start.status >= 0 else { throw .skipped("queue_new refuses") }
    call {
      let planned = queue.plan(words)
      written.append(planned.bytes)
      written += planned.items.map(\.bytes)
    }
    for (task, response) in zip(bench.tasks, responses) {
      call { written.append(queue.request(of: task).bytes) }
      call { written.append([queue.matches(task) ? 1 : 0]) }
      guard response.status >= 0 else { continue }
      call {
        let used = queue.use(response.bytes, of: task)
        written.append(used.bytes)
        written += used.items.map(\.bytes)
      }
    }
    call { written.append(queue.summary(th_totals()).bytes) }
    call { queue.free() }
    return written
  }
}
