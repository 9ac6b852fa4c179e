internal import CPosix
internal import CTaskHost
internal import Glibc

/// Host and worker are two sides of one file.
extension Check {
  static let roleChecks: [Check] = [
    Check(
      "worker-without-queue", .isolation,
      "A worker answers the same in a process that has never had a queue.",
      broken: "The kind works with --in-process and in no worker: those have no queue."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      var local = context
      context.step("a queue and a worker in one process")
      // What the queue makes of the words, and what a worker beside it answers.
      let together = try CopiedProcess.run { () -> [UInt8] in
        do throws(CheckEnd) {
          let bench = try CheckBench(&local)
          let answers = bench.requests.map { bench.worker.perform($0) }
          let calls = answers.contains { $0.call.asked.contains("call") }
          return LengthPrefixed.encode(
            [Array((calls ? "calls" : "").utf8), bench.shared, answers.map { PerformAnswer($0) }.told]
              + bench.requests)
        } catch {
          return []
        }
      }
      guard case .told(let bytes) = together, let parts = LengthPrefixed.decode(bytes), parts.count > 3,
        let usual = [PerformAnswer](told: parts[2])
      else {
        // Other checks say why.
        throw .skipped("a queue and a worker can not be made, or crash")
      }
      // What it would be answered, only a queue knows.
      guard parts[0].isEmpty else { throw .needless("not looked at: the worker calls its host") }
      context.step("a worker in a process without a queue")
      let worker = try CheckWorker(subject, shared: parts[1])
      let found = worker.answers(Array(parts[3...]))
      let isDeterministic = worker.answersAlike(Array(parts[3...]))
      for (index, pair) in zip(found, usual).enumerated() {
        let isSame = isDeterministic ? pair.0 == pair.1 : (pair.0.status < 0) == (pair.1.status < 0)
        guard !isSame else { continue }
        return .fail(
          Finding(
            "\(pair.0.difference(from: pair.1)) for request \(index + 1), where there is no queue",
            expected: "the same as beside a queue",
            cure: "Hand what workers need over in shared or in the request, not in globals."))
      }
      return .pass
    },
    Check(
      "worker-again", .isolation, "After worker_free another worker can be made in the same process.",
      broken: "--in-process and programs that embed the host crash at the second worker."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let usual = bench.worker.answers(bench.requests)
      let isDeterministic = bench.answersAlike()
      bench.worker.free()
      for round in 2...4 {
        context.step("worker \(round) of the process")
        let worker = CheckWorker(trying: bench.subject, shared: bench.shared, queue: bench.queue)
        if worker.start.status < 0 {
          return .fail(
            Finding(
              "worker_new returned \(worker.start.told) after worker_free", expected: "another worker",
              cure: "Free in worker_free all that worker_new makes, and set globals back."))
        }
        let found = worker.answers(bench.requests)
        worker.free()
        for (index, pair) in zip(found, usual).enumerated() {
          let isSame = isDeterministic ? pair.0 == pair.1 : (pair.0.status < 0) == (pair.1.status < 0)
          guard !isSame else { continue }
          return .fail(
            Finding(
              "\(pair.0.difference(from: pair.1)) for request \(index + 1), of worker \(round) of the process",
              expected: "the same as of the first one",
              cure: "Keep state in what worker_new makes, not in globals."))
        }
      }
      return .pass
    },
    Check(
      "exceptions-stay-inside", .isolation,
      "No exception, panic or error leaves perform, whatever the request is.",
      broken: "The process ends by abort: a task that could have failed with a text costs a worker.",
      isRandom: true
    ) { context throws(CheckEnd) in
      let plan = try CheckPlan(&context)
      var dice = context.dice
      let requests = (0..<context.executions).map { _ in
        dice.changed(plan.requests[dice.pick(plan.requests.count)])
      }
      context.step("requests of which some bytes are others, in a copy of the process")
      let end = try CopiedProcess.run { () -> [UInt8] in
        // The checker's own handler would tell of a crash of this process.
        signal(SIGABRT, SIG_DFL)
        do throws(CheckEnd) {
          let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
          for request in requests { _ = worker.perform(request) }
        } catch {}
        return [1]
      }
      switch end {
      case .told: return .pass(figure: "\(requests.count) requests")
      case .died(signal: SIGABRT):
        return .fail(
          Finding(
            "perform ended the process by SIGABRT, for a request of which some bytes were changed",
            expected: "a failure",
            cure: "Catch everything at the edge of each hook, and return th_fail with its text."))
      default: throw .skipped("perform \(end.failure ?? "failed"); worker checks are about that")
      }
    },
  ]
}

extension Dice {
  /// `bytes` with a few of them changed, removed or added.
  mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...pick(3) {
      switch pick(4) {
      case 0 where !bytes.isEmpty: bytes[pick(bytes.count)] ^= 1 << UInt8(pick(8))
      case 1 where !bytes.isEmpty: bytes.removeLast(1 + pick(bytes.count))
      case 2: bytes.insert(UInt8(pick(256)), at: pick(bytes.count + 1))
      default: bytes += self.bytes(1 + pick(16))
      }
    }
    return bytes
  }
}
