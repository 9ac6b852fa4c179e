/// The kind's state in a worker process; its hooks are called one at a time, on the main thread.
public protocol TaskWorker: AnyObject {
  /// Does the work of one request.
  func perform(request: Bytes, call: Call, response: Output) throws
}

/// A worker that must know when it has been forked.
public protocol ForkAwareWorker: TaskWorker {
  /// In each fork, before its first request.
  func forked(call: Call) throws
}

/// A worker that hears the feedback of its host.
public protocol FeedbackWorker: TaskWorker {
  /// Between two requests.
  func feedback(_ bytes: Bytes, call: Call)
}
