internal import Synchronization

/// A worker of one pool that waits for an answer of the program.
package struct WaitingWorker: Hashable, Sendable {
  package var number: UInt64
  package var epoch: UInt64
}

/// One call of a worker that the program around the host answers, from any thread, once.
package final class WorkerCall: Sendable {
  package let bytes: [UInt8]
  package let worker: WaitingWorker
  private let isAnswered = Mutex(false)
  private let post: @Sendable (Int32, [UInt8]) -> Void

  init(bytes: [UInt8], worker: WaitingWorker, post: @escaping @Sendable (Int32, [UInt8]) -> Void) {
    self.bytes = bytes
    self.worker = worker
    self.post = post
  }

  /// 0 and the reply, or a `TH_E_*` code and a message. Only the first answer counts; one that comes when the worker does not
  /// wait any more is for nobody.
  package func answer(_ status: Int32, _ bytes: [UInt8]) {
    let isFirst = isAnswered.guarded { answered in
      defer { answered = true }
      return !answered
    }
    if isFirst { post(status, bytes) }
  }
}
