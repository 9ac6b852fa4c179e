internal import CPosix
internal import CTaskHost
internal import PluginLoading

/// What perform may touch.
extension Check {
  static let workerMemoryChecks: [Check] = [
    Check(
      "perform-small-outputs", .worker,
      "perform writes the same response whatever room there is, and wherever grow moves it.",
      broken: "The response is wrong where the send buffer is nearly full, and only there."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      // Others may say when, or how long it took.
      let isRepeatable = bench.subject.hooks.flags & TH_KIND_DETERMINISTIC != 0
      for request in bench.requests {
        let usual = bench.worker.perform(request)
        guard usual.status >= 0 else { continue }
        for room in [0, 1, 7] {
          context.step("a response with room for \(room) bytes")
          let found = bench.worker.perform(request, .init(room: room, isStingy: true))
          if found.status != usual.status || isRepeatable && found.bytes != usual.bytes {
            return .fail(
              Finding(
                "another response (\(found.told)) where there is room for \(room) bytes",
                expected: "the same",
                cure: "Read base again after each grow; use th_reserve and th_write."))
          }
        }
      }
      return .pass
    },
    Check(
      "perform-output-moved", .worker,
      "perform does not touch what the response was before grow has moved it.",
      broken: "It writes into memory that belongs to somebody else by then."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for request in bench.requests {
        for room in [1, 2, 8] {
          context.step("a response with room for \(room) bytes, which moves")
          _ = bench.worker.perform(request, .init(room: room, isStingy: true, isStrict: true))
        }
      }
      return .pass
    },
    Check(
      "perform-output-bounds", .worker,
      "perform writes at base + len, at most cap - len bytes, and leaves len between 0 and cap.",
      broken:
        "A worker writes over memory that is not the response's: of the host, where it runs in its process."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for request in bench.requests {
        for room in [0, 64, 4096] {
          context.step("a response with room for \(room) bytes")
          let answer = bench.worker.perform(request, .init(room: room, isStrict: true))
          try answer.requireOrder("perform")
        }
      }
      return .pass
    },
    Check(
      "perform-output-refused", .worker,
      "perform returns a failure when its output may not grow, and works the next time.",
      broken: "Half a response is taken for a whole one."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for request in bench.requests {
        let usual = bench.worker.perform(request)
        for from in 1...2 {
          context.step("a response whose grow number \(from) is refused")
          let refused = bench.worker.perform(request, .init(room: 0, isStingy: true, refusesFrom: from))
          try refused.requireRefusal("perform")
          try refused.requireStatus("perform")
        }
        let again = bench.worker.perform(request)
        if usual.status >= 0, again.status < 0 {
          return .fail(
            Finding(
              "perform returned \(again.told) after a refusal", expected: "what it returned before",
              cure: "Leave the worker's state as it was when an output fails."))
        }
      }
      return .pass
    },
    Check(
      "perform-input-bounds", .worker,
      "perform reads no byte before or behind its request, and writes none of it.",
      broken: "It reads the next request; strings are not ended by a NUL here."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      bench.subject.isStrict = true
      for request in bench.requests {
        context.step("a request that ends where the memory ends")
        _ = bench.worker.perform(request)
      }
      return .pass
    },
    Check(
      "perform-input-borrowed", .worker, "Nothing reads a request after its perform has returned.",
      broken: "Its memory holds another request by then: results that are sometimes wrong."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      bench.subject.isStrict = true
      for _ in 0..<3 {
        for request in bench.requests {
          context.step("a request while the one before it is gone")
          _ = bench.worker.perform(request)
        }
      }
      context.step("the end of a worker whose requests are gone")
      bench.worker.free()
      return .pass
    },
    Check(
      "memory-steady", .worker, "perform needs no more memory, however often it is called.",
      broken: "Workers grow until a limit or the machine ends them.", seconds: 15
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      guard bench.worker.perform(bench.requests[0]).status >= 0 else {
        throw .skipped("perform fails for the words")
      }
      let (times, grown, nanoseconds) = bench.repeatedly()
      guard times >= CheckBench.fewestTimes else {
        throw .skipped("perform is too slow: \(times) calls in 5 s")
      }
      let figure =
        "\(nanoseconds / UInt64(times)) ns for each perform, \(max(0, grown) / Int64(times)) bytes more"
      guard grown >= Int64(times) * 16 else { return .pass(figure: figure) }
      return .fail(
        Finding(
          "\(grown) more bytes after \(times) times perform", expected: "none",
          cure: "Free what belongs to one request; bound what is kept for the next ones."))
    },
  ]
}

extension CheckBench {
  /// Of so few it can not be told whether they leave something.
  fileprivate static let fewestTimes = 200

  /// Performs the first request for a second, or for longer where it is slow or the machine busy. The checker itself allocates nothing
  /// meanwhile.
  fileprivate func repeatedly() -> (times: Int, grown: Int64, nanoseconds: UInt64) {
    let notebook = subject.notebook
    let call = subject.newCall()
    call.isQuiet = true
    let input = GuardedInput(requests[0], "the request", isStrict: false, notebook)
    let response = subject.output(.init(room: 1 << 20, adopts: false), "the response")
    let perform = subject.table.perform
    func once() {
      response.out.pointee.len = 0
      _ = notebook.during("perform") { perform(worker.state, call.raw, th_bytes(input), response.out) }
    }
    // What is made at first use is no growth.
    let start = cpx_now()
    for _ in 0..<64 where cpx_now() - start < 500_000_000 { once() }
    let heap = cpx_heap_used()
    let begin = cpx_now()
    var times = 0
    while times < 10_000 {
      let time = cpx_now() - begin
      if time >= (times < Self.fewestTimes ? 5_000_000_000 : 1_000_000_000) { break }
      once()
      times += 1
    }
    return (times, Int64(cpx_heap_used()) - Int64(heap), cpx_now() - begin)
  }
}
