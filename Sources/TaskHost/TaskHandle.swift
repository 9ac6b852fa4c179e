internal import WorkerPool

/// One task that was handed in. It keeps the end of the task, also when the pool is gone.
public struct TaskHandle: Sendable {
  let core: PoolCore
  let ticket: Ticket

  /// Waits for the end. A Swift task that is cancelled while it waits cancels this task.
  public var result: TaskResult {
    get async { TaskResult(await core.end(of: ticket)) }
  }

  /// Nil: it has not ended.
  public var resultIfEnded: TaskResult? { ticket.end.map { TaskResult($0) } }

  /// The task and those that it has brought forth end as cancelled, unless their response is there. One at work is told so at once;
  /// its worker is ended only if it does not listen.
  public func cancel() { core.cancel(ticket) }
}

/// Many tasks that were handed in together.
public struct TaskSet: Sendable {
  let core: PoolCore
  let batch: TaskBatch

  /// Waits until all of them, and all tasks that hooks have made of them, have ended. A Swift task that is cancelled while it waits
  /// cancels them.
  public var result: TaskSetResult {
    get async {
      if let counts = batch.end { return TaskSetResult(counts) }
      return await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          batch.whenEnded { continuation.resume(returning: TaskSetResult($0)) }
        }
      } onCancel: {
        core.cancel(batch)
      }
    }
  }

  /// Nil: not all have ended.
  public var resultIfEnded: TaskSetResult? { batch.end.map { TaskSetResult($0) } }

  /// All that have not ended are cancelled, also those that hooks have made.
  public func cancel() { core.cancel(batch) }
}
