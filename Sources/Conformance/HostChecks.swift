internal import CTaskHost

/// The hooks of the host.
extension Check {
  static let hostChecks: [Check] = queueChecks + planChecks + taskChecks + endingChecks + hostGarbageChecks

  private static let queueChecks: [Check] = [
    Check(
      "queue-starts", .host, "queue_new succeeds, or says why it does not.",
      broken: "A user sees a code and nothing else."
    ) { context throws(CheckEnd) in
      let queue = CheckQueue(trying: try context.subject())
      defer { if queue.start.status >= 0 { queue.free() } }
      try queue.start.requireStatus("queue_new")
      if queue.start.status >= 0 { return .pass }
      guard let text = queue.start.call.text, !text.isEmpty else {
        return .fail(
          Finding(
            "queue_new returned \(queue.start.told) without a message", expected: "th_fail with a message",
            cure: "Say what is wrong with th_fail."))
      }
      return .warn(
        Finding(
          "queue_new refuses: \(queue.start.told)", expected: "a kind that starts",
          cure: "Give the options that it needs: --set key=value. Without a queue most checks are skipped."))
    },
    Check(
      "queue-cycles", .host, "queue_free gives back all that queue_new has taken.",
      broken: "A program that makes pool after pool grows without end."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      try CheckQueue(subject).free()
      guard let create = subject.hooks.queue_new else { return .pass(figure: "no state") }
      let call = subject.newCall()
      call.isQuiet = true
      return try context.cycles("queue_new and queue_free") {
        var state: OpaquePointer?
        let status = subject.notebook.during("queue_new") { create(subject.host.raw, call.raw, &state) }
        if status >= 0 { subject.notebook.during("queue_free") { subject.hooks.queue_free?(state) } }
      }
    },
    Check(
      "queues-separate", .host, "Two queues share no state: each writes what it would write alone.",
      broken: "Two runs in one process, as in a program that embeds the host, change each other's tasks."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let words = context.words.map { Array($0.utf8) }
      let responses = bench.responses()
      let alone = try bench.transcript(words, responses)
      let queues = [try CheckQueue(bench.subject), try CheckQueue(bench.subject)]
      defer { for queue in queues { queue.free() } }
      var transcripts = [Transcript(), Transcript()]
      for index in 0...1 { try transcripts[index].plan(queues[index], words, .init()) }
      for task in alone.tasks.indices.prefix(responses.count) {
        for index in 0...1 where transcripts[index].tasks.indices.contains(task) {
          try transcripts[index].request(queues[index], task, .init())
        }
        for index in 0...1 where transcripts[index].tasks.indices.contains(task) {
          try transcripts[index].use(queues[index], task, responses[task], .init())
        }
      }
      guard let what = transcripts.compactMap({ $0.difference(from: alone) }).first else { return .pass }
      return .fail(
        Finding(
          "\(what) of a queue that is not alone differ from those of one that is", expected: "the same",
          cure: "Keep state in what queue_new makes, not in globals; make tasks of the words alone."))
    },
    Check(
      "environment-valid", .host,
      "Each item of extra_env is NAME=value without a NUL, and no name begins with LD_ or TASKHOST_.",
      broken: "The run ends before its first worker."
    ) { context throws(CheckEnd) in
      let queue = try CheckQueue(try context.subject())
      defer { queue.free() }
      let answer = queue.environment()
      try answer.requireStatus("extra_env")
      try answer.requireOrder("extra_env")
      for item in answer.items {
        let text = String(decoding: item.bytes, as: UTF8.self)
        let name = text.prefix { $0 != "=" }
        let isValid =
          !name.isEmpty && name.utf8.count < text.utf8.count && !item.bytes.contains(0)
          && !name.hasPrefix("LD_") && !name.hasPrefix("TASKHOST_")
        if !isValid {
          return .fail(
            Finding("\"\(text)\"", expected: "NAME=value", cure: "Correct it, or set it in worker_new."))
        }
      }
      return .pass
    },
  ]

  private static let planChecks: [Check] = [
    Check(
      "plan-any-number", .host,
      "plan takes any number of words, among them empty ones, one of no memory, and 10,000.",
      broken: "A user's command line crashes the host.", seconds: 20
    ) { context throws(CheckEnd) in
      let queue = try CheckQueue(try context.subject())
      defer { queue.free() }
      let many = (0..<10_000).map { Array("word\($0)".utf8) }
      let lists: [(String, [[UInt8]])] = [
        ("no words", []), ("one empty word", [[]]), ("empty words", [[], [], []]),
        ("a word of 100,000 bytes", [Array(repeating: 0x61, count: 100_000)]),
        ("a word that is not UTF-8", [[0xFF, 0xFE, 0x80]]), ("10,000 words", many),
      ]
      for (text, words) in lists {
        context.step(text)
        let answer = queue.plan(words)
        try answer.requireStatus("plan")
        try answer.requireOrder("plan")
      }
      return .pass
    },
    Check(
      "plan-shares-once", .host, "plan shares the same bytes each time that it is asked for the same words.",
      broken: "With --from words come in parts: workers that were started early would know something else."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      guard subject.hooks.plan != nil else { return .pass(figure: "no plan") }
      let queue = try CheckQueue(subject)
      defer { queue.free() }
      let words = context.words.map { Array($0.utf8) }
      let first = queue.plan(words)
      guard first.status >= 0 else { throw .skipped("plan refuses the words (\(first.told))") }
      let second = queue.plan(words)
      guard second.status >= 0, second.bytes != first.bytes else { return .pass }
      return .fail(
        Finding(
          "\(second.bytes.count) other bytes at the second call",
          expected: "the \(first.bytes.count) of the first",
          cure: "Share what depends on options and nothing else."))
    },
    Check(
      "items-valid", .host,
      "Options of tasks have known flags, no pin where no worker has answered, and resources such as \"gpu=1\".",
      broken: "The task ends as unmatched, or the run with an error."
    ) { context throws(CheckEnd) in
      let queue = try CheckQueue(try context.subject())
      defer { queue.free() }
      let answer = queue.plan(context.words.map { Array($0.utf8) })
      guard answer.status >= 0 else { throw .skipped("plan refuses the words (\(answer.told))") }
      for item in answer.items {
        let options = item.options
        if options.flags != 0 {
          return .fail(
            Finding(
              "flags \(options.flags) of a task of plan", expected: "0: nobody has answered yet",
              cure: "TH_ITEM_PINNED is for tasks of use_response; clear the other bits."))
        }
        let resources = String(decoding: options.resources, as: UTF8.self)
        let isKnown = resources.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
          let sides = part.split(separator: "=", omittingEmptySubsequences: false)
          return part == "exclusive" || sides.count == 2 && !sides[0].isEmpty && UInt32(sides[1]) != nil
        }
        if !resources.isEmpty, !isKnown {
          return .fail(
            Finding(
              "resources \"\(resources)\"", expected: "\"gpu=1,db=2\" or \"exclusive\"",
              cure: "Write NAME=NUMBER, with commas between."))
        }
      }
      return .pass
    },
    Check(
      "host-outputs-moving", .host,
      "Hooks of the host write the same whatever room an output has, and wherever grow moves it.",
      broken: "Memory of the host is overwritten: the whole run crashes."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let words = context.words.map { Array($0.utf8) }
      let responses = bench.responses()
      let usual = try bench.transcript(words, responses)
      let isRepeatable = try bench.transcript(words, responses) == usual
      bench.subject.isStrict = true
      for room in [0, 1, 7] {
        context.step("outputs with room for \(room) bytes, which move at each grow")
        let found = try bench.transcript(words, responses, .init(room: room, isStingy: true))
        // A time that has gone on meanwhile is no difference.
        if isRepeatable, let what = found.difference(from: usual),
          try bench.transcript(words, responses) == usual
        {
          return .fail(
            Finding(
              "\(what) differ where an output has room for \(room) bytes", expected: "the same",
              cure: "Read base again after each grow; use th_reserve and th_write."))
        }
      }
      return .pass
    },
    Check(
      "host-outputs-refused", .host,
      "A hook of the host whose output may not grow returns a failure, and works the next time.",
      broken: "Half a task is taken for a whole one."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let words = context.words.map { Array($0.utf8) }
      for from in 1...3 {
        context.step("an output whose grow number \(from) is refused")
        let shape = CheckOutput.Shape(room: 0, isStingy: true, refusesFrom: from)
        let planned = bench.queue.plan(words, shape)
        try planned.requireRefusal("plan")
        let asked = bench.queue.request(of: bench.tasks[0], .init(), shape)
        try asked.requireRefusal("request_of_task")
        let used = bench.queue.use(bench.responses()[0], of: bench.tasks[0], .init(), shape)
        try used.requireRefusal("use_response")
      }
      let again = bench.queue.request(of: bench.tasks[0])
      guard again.status == TH_OK || again.status == TH_NONE else {
        return .fail(
          Finding(
            "request_of_task returned \(again.told) after a refusal", expected: "a request as before",
            cure: "Leave the queue as it was when an output fails."))
      }
      return .pass
    },
    Check(
      "host-inputs-borrowed", .host,
      "Hooks of the host read inputs within their bounds and during the call only, and write none.",
      broken: "The host's buffers are damaged or read after they hold something else."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let responses = bench.responses()
      bench.subject.isStrict = true
      for _ in 0..<2 { _ = try bench.transcript(context.words.map { Array($0.utf8) }, responses) }
      context.step("old inputs and free memory")
      let worker = WorkerView(isOld: true, competence: Array("?".utf8))
      for task in bench.tasks {
        _ = bench.queue.matches(task, worker)
        _ = bench.queue.request(of: task, worker)
      }
      return .pass
    },
  ]
}
