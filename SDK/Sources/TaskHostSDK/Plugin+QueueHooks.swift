internal import CTaskHost

extension Plugin {
  /// Sets the hooks that queues of this type implement, and leaves the others absent.
  static func setQueueHooks(_ c: inout th_kind, _ type: any TaskQueue.Type) {
    c.queue_new = { host, call, result in
      Plugin.status(call) { call in
        let box = try Plugin.kind.makeQueue(Host(host!), call)
        result!.pointee = OpaquePointer(Unmanaged.passRetained(box).toOpaque())
        return 0
      }
    }
    c.queue_free = { queue in
      Unmanaged<QueueBox>.fromOpaque(UnsafeRawPointer(queue!)).release()
    }
    if type is any EnvironmentQueue.Type {
      c.extra_env = { queue, call, items in
        Plugin.status(call) { call in
          try QueueBox.of(queue).environment!.environment(call: call, items: ListOutput(items!))
          return 0
        }
      }
    }
    if type is any PlanningQueue.Type {
      c.plan = { queue, call, words, count, shared, tasks in
        Plugin.status(call) { call in
          try QueueBox.of(queue).planning!.plan(
            words: Words(words, count), call: call, shared: Output(shared!), tasks: ListOutput(tasks!))
          return 0
        }
      }
    }
    if type is any RequestingQueue.Type {
      c.request_of_task = { queue, call, worker, task, request in
        Plugin.status(call) { call in
          let isWanted = try QueueBox.of(queue).requesting!.request(
            of: Bytes(task), for: WorkerStatus(worker!), call: call, request: Output(request!))
          return isWanted ? 0 : 1
        }
      }
    }
    if type is any MatchingQueue.Type {
      c.task_match = { queue, worker, task in
        QueueBox.of(queue).matching!.matches(Bytes(task), WorkerStatus(worker!)) ? 1 : 0
      }
    }
    if type is any RespondingQueue.Type {
      c.use_response = { queue, call, worker, task, response, competence, tasks in
        Plugin.status(call) { call in
          let answer = try QueueBox.of(queue).responding!.use(
            response: Bytes(response), of: Bytes(task), from: WorkerStatus(worker!), call: call,
            competence: Output(competence!), tasks: ListOutput(tasks!))
          return answer == .stay ? 2 : 3
        }
      }
    }
    setEndingHooks(&c, type)
  }

  private static func setEndingHooks(_ c: inout th_kind, _ type: any TaskQueue.Type) {
    if type is any GoneQueue.Type {
      c.on_task_gone = { queue, call, gone, task, tasks in
        Plugin.status(call) { call in
          let answer = try QueueBox.of(queue).gone!.gone(
            Gone(gone!), task: task.map { Bytes($0.pointee) }, call: call, tasks: ListOutput(tasks!))
          return answer == .retry ? Plugin.retryCode : 0
        }
      }
    }
    if type is any MarshalErrorQueue.Type {
      c.on_marshal_error = { queue, call, gone, task, tasks in
        Plugin.status(call) { call in
          let answer = try QueueBox.of(queue).marshalError!.marshalError(
            Gone(gone!), task: task.map { Bytes($0.pointee) }, call: call, tasks: ListOutput(tasks!))
          return answer == .retry ? Plugin.retryCode : 0
        }
      }
    }
    if type is any FeedbackQueue.Type {
      c.forward_feedback = { queue, call, worker, bytes in
        QueueBox.of(queue).feedback!.feedback(Bytes(bytes), fromWorker: worker, call: Call(call!))
      }
    }
    if type is any SummarizingQueue.Type {
      c.summary = { queue, call, totals, text in
        Plugin.status(call) { call in
          try QueueBox.of(queue).summarizing!.summary(of: Totals(totals!), call: call, text: Output(text!))
          return 0
        }
      }
    }
  }

  private static let retryCode: th_status = -7
}
