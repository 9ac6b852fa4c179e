internal import CPosix
internal import CTaskHost
internal import Glibc

/// Cancelling and deadlines.
extension Check {
  static let giveUpChecks: [Check] = [
    Check(
      "cancel-before-start", .isolation,
      "A kind that says POLLS_CANCEL returns at once from a perform that is cancelled already.",
      broken: "What nobody wants any more keeps workers busy; after the grace they are killed."
    ) { context throws(CheckEnd) in
      let bench = try pollingBench(&context)
      var longest: UInt64 = 0
      for request in bench.requests {
        context.step("a request that is cancelled before it begins")
        let time = try shortestLatency { () throws(CheckEnd) in
          let start = cpx_now()
          let answer = bench.worker.perform(request, call: bench.subject.newCall(cancelled: true))
          let end = cpx_now()
          try knownEnd(answer, "a cancelled perform")
          return end - start
        }
        longest = max(longest, time)
      }
      return latency(longest, "perform")
    },
    Check(
      "cancel-midway", .isolation,
      "A kind that says POLLS_CANCEL ends a perform soon after it was cancelled.",
      broken: "Ctrl-C takes as long as the longest task, or costs the worker."
    ) { context throws(CheckEnd) in
      let bench = try pollingBench(&context)
      var durations: [(request: [UInt8], nanoseconds: UInt64)] = []
      for request in bench.requests {
        let start = cpx_now()
        _ = bench.worker.perform(request)
        durations.append((request, cpx_now() - start))
      }
      guard let slowest = durations.max(by: { $0.nanoseconds < $1.nanoseconds }) else { return .pass }
      guard slowest.nanoseconds > 2_000_000 else {
        return .pass(figure: "no perform takes longer than \(duration(slowest.nanoseconds))")
      }
      var longest: UInt64 = 0
      for part: UInt64 in 1...3 {
        context.step("a request that is cancelled after \(part) quarters of its time")
        let time = try shortestLatency { () throws(CheckEnd) in
          let call = bench.subject.newCall()
          let clock = CancelClock(call, after: slowest.nanoseconds * part / 4)
          let answer = bench.worker.perform(slowest.request, call: call)
          let end = cpx_now()
          guard let cancelled = clock.finish(), end > cancelled else { return 0 }
          try knownEnd(answer, "a perform that was cancelled")
          return end - cancelled
        }
        longest = max(longest, time)
      }
      return latency(longest, "perform")
    },
    Check(
      "cancel-harmless", .isolation, "A worker works on after requests that were cancelled.",
      broken: "One task that is cancelled spoils those that follow."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let before = bench.worker.answers(bench.requests)
      for request in bench.requests {
        context.step("a request that is cancelled before it begins")
        _ = bench.worker.perform(request, call: bench.subject.newCall(cancelled: true))
      }
      context.step("requests after others that were cancelled")
      let after = bench.worker.answers(bench.requests)
      for (index, pair) in zip(before, after).enumerated() where pair.0.status >= 0 && pair.1.status < 0 {
        return .fail(
          Finding(
            "\(StatusNames.of(pair.1.status)) for request \(index + 1), after some were cancelled",
            expected: "a response, as before",
            cure: "Leave the worker's state in order on each way out of perform; ask th_cancelled each time.")
        )
      }
      return .pass
    },
    Check(
      "deadline-far-away", .isolation, "A deadline that is far away changes nothing.",
      broken: "With a time limit, tasks fail or are done differently although there is time."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      let isDeterministic = bench.answersAlike()
      for (index, request) in bench.requests.enumerated() {
        let usual = PerformAnswer(bench.worker.perform(request))
        context.step("a request with a deadline in an hour")
        let call = bench.subject.newCall(deadline: cpx_now() + 3_600_000_000_000)
        let found = PerformAnswer(bench.worker.perform(request, call: call))
        // Some give another response each time.
        let isSame = isDeterministic ? found == usual : (found.status < 0) == (usual.status < 0)
        if !isSame {
          return .fail(
            Finding(
              "\(found.difference(from: usual)) for request \(index + 1), with a deadline in an hour",
              expected: "the same response",
              cure: "deadline_ns is a time of CLOCK_MONOTONIC, not a duration; 0 is none."))
        }
      }
      return .pass
    },
    Check(
      "deadline-passed", .isolation,
      "A perform whose deadline has passed returns, with a response or a failure that is known.",
      broken: "A task that is late hangs, or ends with a code that nobody knows."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      var longest: UInt64 = 0
      for request in bench.requests {
        for deadline in [1, cpx_now()] {
          context.step("a request whose deadline has passed")
          let start = cpx_now()
          let answer = bench.worker.perform(request, call: bench.subject.newCall(deadline: deadline))
          longest = max(longest, cpx_now() - start)
          try knownEnd(answer, "a perform whose deadline has passed")
        }
      }
      return .pass(figure: duration(longest))
    },
  ]

  private static func pollingBench(_ context: inout CheckContext) throws(CheckEnd) -> CheckBench {
    guard try context.subject().hooks.flags & TH_KIND_POLLS_CANCEL != 0 else {
      throw .needless("it does not say POLLS_CANCEL")
    }
    return try CheckBench(&context)
  }

  private static func knownEnd(_ answer: HookAnswer, _ what: String) throws(CheckEnd) {
    if answer.status == TH_OK || StatusNames.isKnownFailure(answer.status) { return }
    throw .broken(
      "\(StatusNames.of(answer.status)) of \(what)", expected: "TH_OK or a failure (TH_E_CANCELLED)",
      cure: "Return TH_E_CANCELLED where perform gives up.")
  }

  /// Beyond which a cancel has not been seen at once.
  private static let promptness: UInt64 = 50_000_000

  /// What else the machine does adds to a time and takes nothing from it: one that is long is taken again.
  private static func shortestLatency(
    _ measure: () throws(CheckEnd) -> UInt64
  ) throws(CheckEnd) -> UInt64 {
    var shortest = try measure()
    for _ in 0..<2 where shortest >= promptness { shortest = min(shortest, try measure()) }
    return shortest
  }

  private static func latency(_ nanoseconds: UInt64, _ hook: String) -> Verdict {
    let figure = "at most \(duration(nanoseconds))"
    if nanoseconds < promptness { return .pass(figure: figure) }
    let finding = Finding(
      "\(hook) returned \(duration(nanoseconds)) after it was cancelled", expected: "less than 50 ms",
      cure: "Ask th_cancelled in each loop, and wait with a limit; it costs a nanosecond.")
    return nanoseconds > 1_000_000_000 ? .fail(finding) : .warn(finding)
  }

  /// "1.5 ms".
  static func duration(_ nanoseconds: UInt64) -> String {
    let tenths = nanoseconds / 100_000
    return tenths == 0 ? "\(nanoseconds / 1000) us" : "\(tenths / 10).\(tenths % 10) ms"
  }
}

/// Cancels a call after a while, from another thread.
private final class CancelClock: @unchecked Sendable {
  // Read by the one who made it when the thread has ended, and by the thread before.
  private var thread = pthread_t()
  private var cancelledAt: UInt64 = 0
  private let call: CheckCall
  private let delay: UInt64
  private var isRunning = false

  init(_ call: CheckCall, after delay: UInt64) {
    self.call = call
    self.delay = delay
    let error = pthread_create(
      &thread, nil,
      { clock in
        Unmanaged<CancelClock>.fromOpaque(clock!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    isRunning = error == 0
  }

  private func run() {
    usleep(UInt32(clamping: delay / 1000))
    cancelledAt = cpx_now()
    call.cancel()
  }

  /// When it has cancelled the call; waits for that.
  func finish() -> UInt64? {
    guard isRunning else { return nil }
    pthread_join(thread, nil)
    return cancelledAt
  }
}

extension CheckBench {
  /// The kind says DETERMINISTIC and keeps to it in one worker: else only statuses are compared, and other checks say why.
  func answersAlike() -> Bool { worker.answersAlike(requests) }
}

extension CheckWorker {
  func answersAlike(_ requests: [[UInt8]]) -> Bool {
    subject.hooks.flags & TH_KIND_DETERMINISTIC != 0 && answers(requests) == answers(requests)
  }
}
