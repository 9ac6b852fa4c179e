/// What a run is at, for somebody who has asked.
package struct StatusReport {
  /// The task that a worker is at.
  package struct Running {
    package enum State {
      /// Sent; the worker has not begun.
      case sent
      case performing
      /// Its switch is thrown; it has not ended yet.
      case cancelling
    }

    package var task: UInt64
    package var name: String
    package var worker: UInt64
    package var pid: Int32
    package var state: State
    /// Since the worker began it; before that, since it was sent.
    package var elapsedNanoseconds: UInt64
    /// What the kind says about its progress; total 0 = nothing.
    package var done: UInt64
    package var total: UInt64

    package init(
      task: UInt64, name: String, worker: UInt64, pid: Int32, state: State, elapsedNanoseconds: UInt64,
      done: UInt64, total: UInt64
    ) {
      self.task = task
      self.name = name
      self.worker = worker
      self.pid = pid
      self.state = state
      self.elapsedNanoseconds = elapsedNanoseconds
      self.done = done
      self.total = total
    }
  }

  package var running: [Running]
  /// Sent ahead: they wait in the pipes of workers that are at another task.
  package var waiting: Int
  package var queued: Int
  package var done: Int
  /// Workers that are not ready yet.
  package var starting: Int

  package init(running: [Running], waiting: Int, queued: Int, done: Int, starting: Int) {
    self.running = running
    self.waiting = waiting
    self.queued = queued
    self.done = done
    self.starting = starting
  }
}
