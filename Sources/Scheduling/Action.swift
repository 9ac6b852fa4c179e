/// What the owner of the scheduler has to do, in this order, each exactly once.
package enum Action: Hashable, Sendable {
  case spawn(WorkerID)
  /// Ask `task_match`, make the request, queue it for writing; answer at once with sent, refused, stale, hookFailed or
  /// unsendable. The status to show is that of the worker.
  case offer(TaskID, WorkerID)
  /// The same for a copy of a task that is at work elsewhere, which gets a row of its own; answer at once with copySent or
  /// copyDeclined.
  case offerCopy(TaskID, of: TaskID, WorkerID)
  /// Put the id into the worker's cancel page.
  case cancelRequest(WorkerID, RequestID)
  /// Tell it to end in order: it is between requests, or what it holds no longer matters.
  case retire(WorkerID)
  /// SIGTERM to its group.
  case terminate(WorkerID)
  /// SIGKILL to its group. `ended` must follow.
  case kill(WorkerID)
  /// Ask `on_task_gone` (`on_marshal_error` if undecodable); answer with settled.
  case gone(TaskID, GoneCause, tries: Int)
  /// A worker died that held no started task: tell `on_task_gone` without one. No answer.
  case workerGone(WorkerID)
  case finished(TaskID, Outcome)
  /// A copy that was sent has lost and is over: its row will be used again.
  case superseded(TaskID)
  /// The restart budget is spent, or the start can never succeed: no more workers, queued tasks end as lost.
  case kindFailed(permanent: Bool)
  /// With a breaker, in place of the first: whether workers are started.
  case breaker(BreakerChange)
  /// So many tasks have ended badly that no further one is started: those that wait end as cancelled.
  case failedFast(failures: Int)
  /// Closed, every task has ended and every worker is reaped.
  case drained
}
