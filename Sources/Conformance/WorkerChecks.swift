internal import CTaskHost
internal import PluginLoading

/// The hooks of a worker.
extension Check {
  static let workerChecks: [Check] =
    workerStartChecks + performChecks + workerMemoryChecks + workerGarbageChecks

  private static let workerStartChecks: [Check] = [
    Check(
      "worker-starts", .worker, "worker_new succeeds with what plan shares, or says why it does not.",
      broken: "No task is performed, and a user sees a code and nothing else."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      let queue = try CheckQueue(subject)
      defer { queue.free() }
      let planned = queue.plan(context.words.map { Array($0.utf8) })
      guard planned.status >= 0 else { throw .skipped("plan refuses the words (\(planned.told))") }
      let shared = subject.hooks.plan == nil ? [] : planned.bytes
      let worker = CheckWorker(trying: subject, shared: shared, queue: queue)
      try worker.start.requireStatus("worker_new")
      if worker.start.status >= 0 {
        worker.free()
        return .pass
      }
      return .fail(
        Finding(
          "worker_new returned \(worker.start.told)", expected: "TH_OK",
          cure: "If it needs something that is missing here, say what with th_fail; else correct it."))
    },
    Check(
      "bare-host", .worker,
      "Without extensions of the host, worker_new works or returns TH_E_UNSUPPORTED with a message.",
      broken: "On a host that lacks one the worker crashes, and nobody is told why."
    ) { context throws(CheckEnd) in
      var shape = CheckHost.Shape()
      shape.hasExtensions = false
      let subject = try context.subject(shape)
      let queue = CheckQueue(trying: subject)
      guard queue.start.status >= 0 else {
        if queue.start.status == TH_E_UNSUPPORTED, queue.start.call.text?.isEmpty == false { return .pass }
        throw .skipped("queue_new refuses (\(queue.start.told)); are there options that it needs (--set)?")
      }
      defer { queue.free() }
      let planned = queue.plan(context.words.map { Array($0.utf8) })
      guard planned.status >= 0 else { throw .skipped("plan refuses the words (\(planned.told))") }
      let worker = CheckWorker(
        trying: subject, shared: subject.hooks.plan == nil ? [] : planned.bytes, queue: queue)
      guard worker.start.status >= 0 else {
        if worker.start.status == TH_E_UNSUPPORTED, worker.start.call.text?.isEmpty == false { return .pass }
        return .fail(
          Finding(
            "worker_new returned \(worker.start.told) on a host without extensions",
            expected: "TH_OK, or TH_E_UNSUPPORTED and a message", cure: "Use th_needs."))
      }
      context.step("perform on a host without extensions")
      for item in planned.items.prefix(4) {
        let request = queue.request(of: item.bytes)
        if request.status == TH_OK { _ = worker.perform(request.bytes) }
      }
      worker.free()
      return .pass
    },
    Check(
      "worker-cycles", .worker, "worker_free gives back all that worker_new has taken.",
      broken: "Worker after worker of a program that performs in its own process leaves something behind."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      guard let create = bench.subject.hooks.worker_new else { return .pass(figure: "no state") }
      let subject = bench.subject
      let call = subject.newCall()
      call.isQuiet = true
      let shared = GuardedInput(bench.shared, "what is shared", isStrict: false, subject.notebook)
      return try context.cycles("worker_new and worker_free") {
        var state: OpaquePointer?
        let status = subject.notebook.during("worker_new") {
          create(subject.host.raw, call.raw, th_bytes(shared), &state)
        }
        if status >= 0 { subject.notebook.during("worker_free") { subject.hooks.worker_free?(state) } }
      }
    },
  ]

  private static let performChecks: [Check] = [
    Check(
      "perform-examples", .worker, "perform succeeds for the requests of the words that are given.",
      broken: "The examples of the kind do not work."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for request in bench.requests {
        let answer = bench.worker.perform(request)
        try answer.requireStatus("perform")
        guard answer.status < 0 else { continue }
        if context.wordsAreGeneric {
          throw .skipped(
            "nobody says what the kind works on: write \"examples\" into its manifest, or words behind --")
        }
        return .fail(
          Finding(
            "perform returned \(answer.told)", expected: "TH_OK",
            cure: "Correct it, or give words that it can work on."))
      }
      return .pass
    },
    Check(
      "perform-says-why", .worker, "A perform that fails says why, with th_fail.",
      broken: "A user sees a code and nothing else.", isRandom: true
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      var silent: th_status?
      try context.throwing("the request", like: bench.requests) { bytes throws(CheckEnd) in
        let answer = bench.worker.perform(bytes)
        if answer.status < 0, answer.call.text ?? "" == "" { silent = silent ?? answer.status }
      }
      guard let silent else { return .pass }
      return .warn(
        Finding(
          "perform returned \(StatusNames.of(silent)) without a message", expected: "th_fail with a message",
          cure: "Say what is wrong with the request."))
    },
    Check(
      "diagnostics-valid", .worker,
      "Diagnostics have a known severity, texts in UTF-8, and a JSON object or nothing in json.",
      broken: "The finding is shown garbled, and its members are left out of events."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for request in bench.requests {
        for found in bench.worker.perform(request).call.diagnostics {
          var problem: String?
          if found.severity > TH_ERROR { problem = "severity \(found.severity)" }
          if String(validating: found.message, as: UTF8.self) == nil {
            problem = "a message that is not UTF-8"
          }
          if !found.json.isEmpty {
            if case .object? = try? JSONReader.read(found.json) {} else { problem = "json that is no object" }
          }
          guard let problem else { continue }
          return .fail(
            Finding(
              "a diagnostic with \(problem)", expected: "TH_NOTE to TH_ERROR, UTF-8, one JSON object",
              cure: "Escape what comes out of the input."))
        }
      }
      return .pass
    },
    Check(
      "perform-after-failure", .worker, "A worker works on after a perform that has failed.",
      broken: "One bad input spoils all that its worker is given later; TH_E_POISONED would say so."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let before = bench.worker.perform(bench.requests[0])
      guard before.status >= 0 else { throw .skipped("perform fails for the words (\(before.told))") }
      let bad = bench.worker.perform([0xFF, 0x00, 0x80, 0x7F])
      guard bad.status < 0, bad.status != TH_E_POISONED else { return .pass(figure: "it has not failed") }
      context.step("a good request after a bad one")
      let after = bench.worker.perform(bench.requests[0])
      guard after.status < 0 else { return .pass }
      return .fail(
        Finding(
          "perform returned \(after.told) after a bad request", expected: "what it returned before",
          cure: "Leave the worker's state as it was when a request fails, or return TH_E_POISONED."))
    },
  ]
}
