/// What the scheduler is told about one task when it is added.
package struct TaskSpec: Sendable {
  package var priority: Int32 = 0
  /// Only this worker may take it, as long as it lives.
  package var pin: WorkerID?
  /// The task whose hook added this one: cancel switch and expiry are its own.
  package var parent: TaskID?
  /// Nil inherits from the parent.
  package var expiresAt: Instant?
  /// Nanoseconds that it is expected to take; 0 = unknown. Within one priority tasks of unknown length go first, then longer
  /// ones before shorter ones.
  package var estimate: UInt64 = 0
  /// What it needs while it is in flight; of `declare`.
  package var demand: DemandID?
  /// Tasks of one group go to the worker that took the last one of them, as long as others have something else to do. A kind
  /// that refuses one refuses all of them. 0 = none.
  package var group: UInt64 = 0
  /// Limits of one trial; 0 = none. The hard one is later than the soft one.
  package var softLimit: UInt64 = 0
  package var hardLimit: UInt64 = 0
  /// A trial that went wrong is not followed by another one.
  package var isOnce = false

  package init() {}
}

/// What happens to the scheduler. Every event names the worker by slot and generation: one about a worker that has
/// been reaped changes nothing.
package enum Event: Sendable {
  // Intake.
  /// No more tasks will come from outside.
  case close
  /// The task, and all that share its cancel switch, queued or in flight.
  case cancel(TaskID)
  case cancelAll
  /// Start nothing more: what is queued is cancelled, what is in flight is asked to give up and killed after drainGrace.
  case drain
  /// As drain, with no grace.
  case stop

  // Workers.
  case ready(WorkerID)
  /// It had to be started in another way: the time that it has for that begins anew.
  case startsAnew(WorkerID)
  /// A part of its start begins, which has a limit of its own.
  case begins(WorkerID, StartPart)
  /// The process could not be created.
  case spawnFailed(WorkerID)
  /// The worker reported that it cannot start. Permanent: another one would fail in the same way.
  case startFailed(WorkerID, permanent: Bool)
  /// End of file, or bytes that are not our protocol: it will be killed, and `ended` follows.
  case broke(WorkerID, undecodable: Bool)
  /// More waits to be written to it than should: offer it nothing until it is told that this is over.
  case choked(WorkerID, Bool)
  /// It is to give way to a fresh one when it has answered what it holds.
  case recycle(WorkerID)
  /// A limit of its own was exceeded: it is killed, and the task at work ends as `limit`.
  case exceeded(WorkerID)
  /// Reaped. `performing` is the request that it was at (a claim: checked against what is in flight), 0 = none.
  case ended(WorkerID, performing: RequestID)
  /// It was killed long ago and is still there. `performing` as above; `ended` may follow.
  case unkillable(WorkerID, performing: RequestID)

  // Answers to `Action.offer`.
  case sent(TaskID, WorkerID, RequestID)
  case refused(TaskID, WorkerID)
  case stale(TaskID)
  /// `request_of_task` or another hook failed: the task is over.
  case hookFailed(TaskID)
  /// The request is larger than a frame may be.
  case unsendable(TaskID)

  // Answers to `Action.offerCopy`.
  case copySent(TaskID, WorkerID, RequestID)
  /// It was refused, or no request could be made of it.
  case copyDeclined(TaskID)

  // Answers to `accept`.
  /// `use_response` has run: the outcome by its counts, or `.error`. What the worker has refused is only offered to it
  /// again if its competence has changed, or if it has become Old.
  case used(TaskID, WorkerID, outcome: Outcome, stays: Bool, competenceChanged: Bool = true)
  /// `perform` returned a failure.
  case failed(TaskID, WorkerID, PerformFailure)

  // Answer to `Action.gone`.
  case settled(TaskID, Settlement)

  /// `nextDeadline` has come, or any other reason to look at the time.
  case tick
}

package enum StartPart: UInt8, Sendable {
  /// There is a process, and nothing has been heard of it.
  case handshake
  /// It loads the plugin, and makes its state.
  case load
}

package enum PerformFailure: UInt8, Sendable {
  case error, retry, poisoned, cancelled, limit, undecodable
}

package enum Settlement: Hashable, Sendable {
  /// The hook leaves it at the cause.
  case byCause
  /// The hook has done the job itself, or the task is otherwise settled.
  case outcome(Outcome)
  case retry
  /// Its replacements have been added.
  case replaced
}
