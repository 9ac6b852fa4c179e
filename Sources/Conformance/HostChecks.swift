internal import CTaskHost

/// The hooks of the host.
extension Check {
  static let hostChecks: [Check] = [
    Check(
      "queue-starts", .host, "queue_new succeeds, or says why it does not.",
      broken: "A user sees a code and nothing else."
    ) { context throws(CheckEnd) in
      let queue = CheckQueue(trying: try context.subject())
      defer { if queue.start.status >= 0 { queue.free() } }
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
    }
  ]
}
