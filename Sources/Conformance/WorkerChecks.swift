internal import CTaskHost

/// The hooks of a worker.
extension Check {
  static let workerChecks: [Check] = [
    Check(
      "perform-output-bounds", .worker,
      "perform writes at base + len, at most cap - len bytes, and leaves len between 0 and cap.",
      broken:
        "A worker writes over memory that is not the response's: of the host, where it runs in its process."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      for request in bench.requests {
        for room in [0, 1, 7, 64] {
          context.step("a response with room for \(room) bytes")
          let answer = bench.worker.perform(request, .init(room: room, isStingy: true))
          try answer.requireOrder("perform")
        }
      }
      return .pass
    }
  ]
}
