internal import Scheduling
package import Wire

/// What one worker exchanges beyond requests and responses, as the host keeps it. Most workers have none.
final class WorkerExchange {
  /// The streams of a request in flight.
  struct Streams {
    var port: StreamPort
    /// Of the worker, as it must count itself.
    var credit: Credit
    /// Of the host, as the worker has granted it.
    var inputCredit = Credit()
    var hasAskedForInput = false
    var isInputOver = false
    var hasSentItems = false
  }

  /// The call that the worker waits for.
  struct PendingCall {
    var number: UInt64
    var request: RequestID
    /// The worker that is called; nil for the host.
    var target: WorkerID?
    /// What that worker does for it.
    var ticket: Ticket?
  }

  var streams: [RequestID: Streams] = [:]
  var pending: PendingCall?
  var lastCall: UInt64 = 0
  /// Those that are open in the worker, by number.
  var sessions: [UInt64: SessionPort] = [:]

  /// A request of which something has come back was begun, whatever the worker claims.
  var begun: RequestID {
    if let pending { return pending.request }
    for (request, streams) in streams where streams.hasSentItems { return request }
    return 0
  }
}

/// What a call has beyond its bytes.
package struct CallTraits: Sendable {
  package var stream: StreamPort?
  package var session: (operation: SessionOperation, port: SessionPort)?
  /// The worker that waits for it, in place of another thread, and the number of its call.
  var caller: (worker: WorkerID, call: UInt64)?
  /// Why it has ended without an answer.
  var cause: GoneCause?

  package init() {}
}
