package import Scheduling

/// One task or call as seen by those who wait for its end. It gets one end, once, whatever happens to the pool.
package final class Ticket: Sendable {
  private let only = SingleEnd<TicketEnd>()

  // Of the pool's thread alone; nobody else reads or writes these.
  nonisolated(unsafe) var task: TaskID?
  nonisolated(unsafe) var answer: [UInt8]?
  nonisolated(unsafe) var death: WorkerEnd?
  nonisolated(unsafe) var worker: UInt64?
  /// The only worker that may perform it.
  nonisolated(unsafe) var bound: UInt64?
  /// That one ended before it was sent.
  nonisolated(unsafe) var isStale = false
  nonisolated(unsafe) var wasCancelled = false
  nonisolated(unsafe) var traits: CallTraits?

  package init() {}

  /// Nil: it has not ended yet.
  package var end: TicketEnd? { only.value }

  /// `body` is called once with the end: at once if that is there, else on the pool's thread.
  package func whenEnded(_ body: @escaping @Sendable (TicketEnd) -> Void) { only.whenThere(body) }

  func finish(_ end: TicketEnd) { only.come(end) }
}

/// How a task or a call has ended.
package struct TicketEnd: Sendable {
  package var outcome: Outcome
  /// Of a call that was answered.
  package var answer: [UInt8]?
  /// What `perform` or a hook returned, where it was a failure; else 0.
  package var code: Int32 = 0
  package var message = ""
  package var cases = CaseCounts()
  package var tries = 0
  package var durationNanoseconds: UInt64 = 0
  /// What was too large for a frame, and the limit; 0 if nothing was.
  package var actual: UInt64 = 0
  package var limit: UInt64 = 0
  /// The number of the worker that answered it or died of it.
  package var worker: UInt64?
  /// The only worker that could have answered it had ended before it was sent.
  package var isStale = false
  /// It was not sent, as it would have waited for ever.
  package var isCycle = false
  package var death: WorkerEnd?
  /// The pool had ended before it was taken.
  package var isRefused = false

  package init(outcome: Outcome, message: String = "", isRefused: Bool = false) {
    self.outcome = outcome
    self.message = message
    self.isRefused = isRefused
  }
}
