import Scheduling

enum Answer { case send, refuse, stale, hookFailed, unsendable }

/// Plays the owner of a scheduler: gives it one event, then takes all actions, answering offers on the way.
struct Script {
  var scheduler: Scheduler
  var now: UInt64 = 0
  var answer: (TaskID, WorkerID) -> Answer = { _, _ in .send }
  private var requests: [WorkerID: RequestID] = [:]

  init(_ change: (inout Policy) -> Void = { _ in }) {
    var policy = Policy()
    change(&policy)
    scheduler = Scheduler(policy: policy)
  }

  var time: Instant { Instant(nanoseconds: now) }

  mutating func add(_ change: (inout TaskSpec) -> Void = { _ in }) -> TaskID {
    var spec = TaskSpec()
    change(&spec)
    return scheduler.add(spec, at: time)
  }

  @discardableResult
  mutating func take() -> [Action] {
    var taken: [Action] = []
    while let action = scheduler.next(at: time) {
      taken.append(action)
      if case .offerCopy(let copy, _, let worker) = action { answerCopy(copy, worker) }
      guard case .offer(let task, let worker) = action else { continue }
      switch answer(task, worker) {
      case .send:
        requests[worker, default: 0] += 1
        scheduler.handle(.sent(task, worker, requests[worker] ?? 0), at: time)
      case .refuse: scheduler.handle(.refused(task, worker), at: time)
      case .stale: scheduler.handle(.stale(task), at: time)
      case .hookFailed: scheduler.handle(.hookFailed(task), at: time)
      case .unsendable: scheduler.handle(.unsendable(task), at: time)
      }
    }
    return taken
  }

  private mutating func answerCopy(_ copy: TaskID, _ worker: WorkerID) {
    guard answer(copy, worker) == .send else {
      scheduler.handle(.copyDeclined(copy), at: time)
      return
    }
    requests[worker, default: 0] += 1
    scheduler.handle(.copySent(copy, worker, requests[worker] ?? 0), at: time)
  }

  @discardableResult
  mutating func on(_ event: Event) -> [Action] {
    scheduler.handle(event, at: time)
    return take()
  }

  @discardableResult
  mutating func wait(_ nanoseconds: UInt64) -> [Action] {
    now += nanoseconds
    return on(.tick)
  }

  /// A response arrives, and waits to be used.
  mutating func accept(_ worker: WorkerID, _ request: RequestID) -> TaskID? {
    scheduler.accept(worker, request)
  }

  /// A response arrives and is used.
  @discardableResult
  mutating func answered(
    _ worker: WorkerID, _ request: RequestID, _ outcome: Outcome = .passed, stays: Bool = true,
    competenceChanged: Bool = true
  ) -> [Action] {
    guard let task = scheduler.accept(worker, request) else { return [] }
    return on(
      .used(task, worker, outcome: outcome, stays: stays, competenceChanged: competenceChanged))
  }

  @discardableResult
  mutating func failed(_ worker: WorkerID, _ request: RequestID, _ failure: PerformFailure) -> [Action] {
    guard let task = scheduler.accept(worker, request) else { return [] }
    return on(.failed(task, worker, failure))
  }
}

let millisecond: UInt64 = 1_000_000
let second: UInt64 = 1_000_000_000

/// The worker of a slot, the first or a later one.
func worker(_ slot: UInt32, _ generation: UInt32 = 0) -> WorkerID {
  WorkerID(slot: slot, generation: generation)
}
