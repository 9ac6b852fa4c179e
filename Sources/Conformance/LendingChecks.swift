internal import CPosix
internal import CTaskHost
internal import Glibc

/// Memory and services that are lent for one call, and memory that a plugin lends to its host.
extension Check {
  static let lendingChecks: [Check] = [
    Check(
      "call-not-kept", .isolation,
      "Services of a call are used while its hook runs, and on its thread only.",
      broken: "What is sent belongs to another task, or tears the bytes of another message apart."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for round in 0..<3 {
        for (task, request) in zip(bench.tasks, bench.requests) {
          let answer = bench.worker.perform(request)
          guard answer.status >= 0, round == 0 else { continue }
          _ = bench.queue.use(answer.bytes, of: task)
        }
        _ = bench.worker.feedback(Array("feedback".utf8))
      }
      // Another thread may come to it later.
      if cpx_thread_count() > 1 { usleep(30_000) }
      bench.worker.free()
      guard let first = CheckCall.stray.all.first else { return .pass }
      return .fail(
        Finding(
          "the plugin \(first)", expected: "none after the hook has returned, and none on other threads",
          cure: "Hand results to the thread of the hook, and let that one call the host."))
    },
    Check(
      "adopted-memory-kept", .isolation,
      "Memory that a response has adopted stays as it is until the host releases it, once and from any thread.",
      broken: "The host sends another task's bytes, or frees them a second time."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      var lent: [CheckOutput] = []
      for round in 0..<2 {
        for request in bench.requests {
          context.step("perform with the memory of \(lent.count) responses still adopted, round \(round + 1)")
          let output = bench.worker.performKeeping(request).outputs[0]
          if output.adopted != nil { lent.append(output) }
          try unchanged(lent, "after \(lent.count) responses")
        }
      }
      guard !lent.isEmpty else { return .pass(figure: "nothing is adopted") }
      let halfway = lent.count / 2
      context.step("release, from another thread")
      let early = Array(lent[..<halfway])
      OtherThread.run { for output in early { output.release() } }
      try unchanged(Array(lent[halfway...]), "after others were released")
      context.step("release, on the main thread")
      for output in lent[halfway...] { output.release() }
      bench.worker.free()
      return .pass(figure: "\(lent.count) responses adopted")
    },
    Check(
      "adopt-refused", .isolation,
      "perform answers the same bytes where adopt is refused.",
      broken: "A host that copies, as one for another machine may, gets empty responses."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      var adopted = 0
      for request in bench.requests {
        let usual = bench.worker.performKeeping(request)
        let wasAdopted = usual.outputs[0].adopted != nil
        usual.outputs[0].release()
        guard wasAdopted, usual.status >= 0 else { continue }
        adopted += 1
        context.step("a response that may not be adopted")
        let refused = bench.worker.perform(request, .init(adopts: false))
        let isSame = refused.bytes == usual.bytes || bench.worker.perform(request).bytes != usual.bytes
        if refused.status >= 0, !isSame {
          return .fail(
            Finding(
              "\(refused.bytes.count) bytes and \(StatusNames.of(refused.status)), where adopt was refused",
              expected: "the \(usual.bytes.count) bytes that were adopted before, or a failure",
              cure: "Look at what adopt returns; write the bytes with th_write if it is not TH_OK."))
        }
      }
      return .pass(figure: adopted == 0 ? "nothing is adopted" : nil)
    },
  ]

  private static func unchanged(_ lent: [CheckOutput], _ when: String) throws(CheckEnd) {
    for adopted in lent.compactMap(\.adopted) where Array(adopted.memory) != adopted.bytes {
      throw .broken(
        "adopted memory of \(adopted.bytes.count) bytes was changed or freed \(when)",
        expected: "the bytes that were adopted, until release is called",
        cure: "Give each response memory of its own, and free it in release only."
      )
    }
  }
}
