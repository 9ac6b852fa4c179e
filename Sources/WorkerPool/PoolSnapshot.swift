internal import Scheduling
internal import Wire

/// What a pool is at, at one moment.
package struct PoolSnapshot: Sendable {
  package struct Task: Sendable {
    package enum State: Sendable { case queued, delayed, running(worker: UInt64), ending }
    package var number: UInt64
    package var name: String
    package var state: State
    package var priority: Int32
    package var ageNanoseconds: UInt64
    package var isCall: Bool
  }

  package struct Worker: Sendable {
    package enum State: Sendable { case starting, ready, ending }
    package var number: UInt64
    package var pid: Int32
    package var state: State
    package var isOld: Bool
    package var jobsDone: UInt64
    package var inFlight: Int
  }

  /// Those at work, then those that wait in the order in which they would be started; at most as many as were asked for.
  package var tasks: [Task] = []
  package var workers: [Worker] = []
  /// With those of batches that have not been taken yet.
  package var queued = 0
  package var running = 0
  package var delayed = 0
  package var workersAllowed = 0
  package var totals = Pool.Totals()
}

extension Pool {
  /// At most `limit` tasks are listed.
  package func snapshot(limit: Int) -> PoolSnapshot {
    var snapshot = PoolSnapshot()
    snapshot.queued = scheduler.queuedCount + intake.pendingCount
    snapshot.running = scheduler.runningCount
    snapshot.delayed = scheduler.delayedTasks
    snapshot.workersAllowed = scheduler.workersAllowed
    snapshot.totals = totals
    for worker in workers {
      guard let worker else { continue }
      let status = scheduler.status(of: worker.id)
      snapshot.workers.append(
        PoolSnapshot.Worker(
          number: worker.number, pid: worker.pid,
          state: worker.phase == .starting ? .starting : worker.phase == .ready ? .ready : .ending,
          isOld: status.isOld, jobsDone: status.jobsDone, inFlight: scheduler.inFlight(on: worker.id)))
    }
    guard limit > 0 else { return snapshot }
    var views: [Scheduler.TaskView] = []
    scheduler.forEachTask { views.append($0) }
    views.sort { Self.precedes($0, $1) }
    snapshot.tasks = views.prefix(limit).map { shown($0) }
    return snapshot
  }

  private static func precedes(_ a: Scheduler.TaskView, _ b: Scheduler.TaskView) -> Bool {
    let (place, otherPlace) = (place(a.state), place(b.state))
    if place != otherPlace { return place < otherPlace }
    return a.rank != b.rank ? a.rank > b.rank : a.arrival < b.arrival
  }

  private static func place(_ state: Scheduler.TaskView.State) -> Int {
    switch state {
    case .ending: 0
    case .inFlight: 1
    case .queued: 2
    case .delayed: 3
    }
  }

  private func shown(_ view: Scheduler.TaskView) -> PoolSnapshot.Task {
    let row = rows[Int(view.id.index)]
    let state: PoolSnapshot.Task.State =
      switch view.state {
      case .queued: .queued
      case .delayed: .delayed
      case .inFlight(let worker): .running(worker: handle(worker)?.number ?? 0)
      case .ending: .ending
      }
    return PoolSnapshot.Task(
      number: row.number, name: name(row), state: state,
      priority: view.priority, ageNanoseconds: now.nanoseconds - row.acceptedAt, isCall: row.isCall)
  }
}
