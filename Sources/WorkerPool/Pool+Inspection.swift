internal import Scheduling
package import Wire

/// A worker that is ready, and what it goes by in its own words.
package struct ReadyWorker: Sendable {
  package enum Start: String, Sendable {
    case executed, forked, launched
  }

  package var pid: Int32
  package var start: Start
  package var maxFrame: UInt64
  package var limits: ProcessLimits

  package init(pid: Int32, start: Start, maxFrame: UInt64, limits: ProcessLimits) {
    self.pid = pid
    self.start = start
    self.maxFrame = maxFrame
    self.limits = limits
  }
}

// A pool that starts a worker to see what it says, and performs nothing.
extension Pool {
  func inspect(_ worker: WorkerHandle, _ ready: Ready) {
    guard let onReady = options.onReady else { return }
    onReady(
      ReadyWorker(
        pid: worker.pid,
        start: worker.isForked ? .forked : options.launcher != nil ? .launched : .executed,
        maxFrame: ready.maxFrame, limits: ready.limits))
    scheduler.handle(.drain, at: now)
  }
}
