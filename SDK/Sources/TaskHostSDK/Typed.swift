// Hooks with values in place of bytes, above the protocols of the byte layer. A kind may use either for each hook.

/// A worker whose requests and responses are values.
public protocol TypedWorker: TaskWorker {
  /// What it is asked.
  associatedtype Request: Payload
  /// What it answers; `NoPayload` when its findings are all that it has to say.
  associatedtype Response: Payload = NoPayload

  /// Does the work of one request.
  func perform(_ request: Request, call: Call) throws -> Response
}

extension TypedWorker {
  /// From bytes to bytes.
  public func perform(request: Bytes, call: Call, response: Output) throws {
    try perform(Request(payload: request), call: call).write(to: response)
  }
}

/// A whole kind in one type: its worker. Everything in the host is as the host does it by itself: each word becomes a task, and the
/// task is the request.
public protocol WorkerKind: TaskKind, TypedWorker where Worker == Self, Queue == NoQueue {
  /// Makes the state of a worker.
  init(host: Host, call: Call) throws
}

extension WorkerKind {
  /// Nothing is shared.
  public static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> Self {
    try Self(host: host, call: call)
  }
}

/// The types of a queue whose hooks take values.
public protocol TypedQueue: TaskQueue {
  /// What is to be done; it stays in the host.
  associatedtype Task: Payload
  /// What a worker is asked for it.
  associatedtype Request: Payload = Task
  /// What the worker answers.
  associatedtype Response: Payload = NoPayload
  /// What the host knows of a worker that has answered.
  associatedtype Competence: Payload = NoPayload
}

/// A list of tasks that are values.
public struct TaskList<Task: Payload> {
  /// The list in bytes.
  public let items: ListOutput

  /// Adds a task.
  public func add(_ task: Task) throws(KindError) {
    try task.write(to: items.item)
    try items.endItem()
  }

  /// Adds a task that is to be treated in its own way.
  public func add(_ task: Task, _ options: ItemOptions) throws(KindError) {
    try task.write(to: items.item)
    try items.endItem(options)
  }
}

/// What becomes of a worker after its response.
public enum WorkerFuture<Competence: Payload> {
  /// It stays, and this is what it knows.
  case stay(Competence)
  /// A fresh worker takes its place.
  case end
}

extension WorkerStatus {
  /// What the last response made of this worker; nil while it is fresh.
  public func competence<Value: Payload>(as type: Value.Type) throws(KindError) -> Value? {
    isFresh ? nil : try Value(payload: competence)
  }
}

/// Turns the words of a submission into tasks.
public protocol TypedPlanningQueue: TypedQueue, PlanningQueue {
  /// Adds each task; writes to `shared` what every worker needs.
  func plan(_ words: Words, call: Call, shared: Output, tasks: TaskList<Task>) throws
}

extension TypedPlanningQueue {
  /// In bytes.
  public func plan(words: Words, call: Call, shared: Output, tasks: ListOutput) throws {
    try plan(words, call: call, shared: shared, tasks: TaskList(items: tasks))
  }
}

/// Makes requests that are not just their tasks.
public protocol TypedRequestingQueue: TypedQueue, RequestingQueue {
  /// The request; nil when the task is stale. `competence` is nil for a fresh worker.
  func request(for task: Task, competence: Competence?, call: Call) throws -> Request?
}

extension TypedRequestingQueue {
  /// In bytes.
  public func request(
    of task: Bytes, for worker: WorkerStatus, call: Call, request: Output
  ) throws -> Bool {
    let competence = try worker.competence(as: Competence.self)
    guard let made = try self.request(for: Task(payload: task), competence: competence, call: call) else {
      return false
    }
    try made.write(to: request)
    return true
  }
}

/// Uses responses.
public protocol TypedRespondingQueue: TypedQueue, RespondingQueue {
  /// May add tasks.
  func use(
    _ response: Response, of task: Task, from worker: WorkerStatus, call: Call, tasks: TaskList<Task>
  ) throws -> WorkerFuture<Competence>
}

extension TypedRespondingQueue {
  /// In bytes.
  public func use(
    response: Bytes, of task: Bytes, from worker: WorkerStatus, call: Call, competence: Output,
    tasks: ListOutput
  ) throws -> WorkerAnswer {
    let future = try use(
      Response(payload: response), of: Task(payload: task), from: worker, call: call,
      tasks: TaskList(items: tasks))
    switch future {
    case .stay(let known):
      try known.write(to: competence)
      return .stay
    case .end: return .end
    }
  }
}

/// Hears of tasks that end without a response.
public protocol TypedGoneQueue: TypedQueue, GoneQueue {
  /// `task` is nil when a worker died that held none.
  func gone(_ gone: Gone, task: Task?, call: Call, tasks: TaskList<Task>) throws -> GoneAnswer
}

extension TypedGoneQueue {
  /// In bytes.
  public func gone(_ gone: Gone, task: Bytes?, call: Call, tasks: ListOutput) throws -> GoneAnswer {
    let held: Task? = if let task { try Task(payload: task) } else { nil }
    return try self.gone(gone, task: held, call: call, tasks: TaskList(items: tasks))
  }
}
