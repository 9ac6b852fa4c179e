import Scheduling

/// One random step.
extension World {
  mutating func act() {
    switch dice.below(100) {
    case 0..<18: if tasks.count < taskLimit, !isClosed { addRoot() } else { actWorker() }
    case 18..<26: actClient()
    case 26..<36: actClock()
    case 36..<42: actHook()
    default: actWorker()
    }
  }

  mutating func addRoot() {
    let task = newTask(TaskSpec(), parent: nil)
    if dice.percent(90) || task == nil { settle() }
  }

  @discardableResult
  mutating func newTask(_ spec: TaskSpec, parent: Int?) -> Int? {
    var spec = spec
    var model = ModelTask(id: TaskID(index: 0, serial: 0))
    if dice.percent(30) { spec.priority = Int32(dice.below(5)) - 2 }
    if dice.percent(15) {
      spec.expiresAt = Instant(nanoseconds: latest + UInt64(dice.below(20_000)) * 1_000_000)
    }
    if dice.percent(20) { spec.softLimit = UInt64(1 + dice.below(5000)) * 1_000_000 }
    if dice.percent(20) { spec.hardLimit = spec.softLimit + UInt64(1 + dice.below(9000)) * 1_000_000 }
    if dice.percent(20), !workers.isEmpty, dials.happens(.pins, &dice) {
      let worker = workers[dice.below(workers.count)]
      spec.pin = worker.id
      if isCurrent(worker.id), worker.isLive { model.pin = worker.id } else { model.isInFront = true }
    }
    if dice.percent(estimatePercent) {
      spec.estimate = dice.percent(10) ? .max - UInt64(dice.below(3)) : UInt64(dice.below(8)) * 400
    }
    model.estimate = spec.estimate
    if !demands.isEmpty, dice.percent(60) {
      model.demand = dice.below(demands.count)
      spec.demand = demands[model.demand].id
    }
    if usesHerds, dice.percent(60) {
      model.herd = UInt64(1 + dice.below(3))
      spec.group = model.herd
    }
    spec.isOnce = dials.happens(.triesOnce, &dice)
    model.isOnce = spec.isOnce
    model.priority = spec.priority
    model.soft = spec.softLimit
    model.hard = spec.hardLimit
    model.expiresAt = spec.expiresAt?.nanoseconds ?? .max
    model.taste = dice.percent(50) ? 0 : dice.below(6)
    model.group = tasks.count
    order += 1
    model.order = order
    if let parent {
      spec.parent = tasks[parent].id
      model.group = tasks[parent].group
      if spec.expiresAt == nil { model.expiresAt = tasks[parent].expiresAt }
      model.isCancelled = tasks[parent].isCancelled || isDraining
      if model.isCancelled {
        model.state = .willBeGone
        model.cause = .cancelled
      }
    }
    let id = add(spec)
    model.id = id
    register(model)
    return tasks.count - 1
  }

  mutating func register(_ model: ModelTask) {
    let id = model.id
    while rows.count <= Int(id.index) { rows.append(0) }
    if Int(id.index) < rows.count, !tasks.isEmpty {
      let tenant = tasks[rows[Int(id.index)]]
      if tenant.id.index == id.index, tenant.state != .finished || tenant.id == id {
        report("\(id) is taken")
      }
    }
    rows[Int(id.index)] = tasks.count
    tasks.append(model)
  }

  private mutating func actClient() {
    if actOwner() { return }
    if dials.happens(.cancels, &dice), !tasks.isEmpty {
      let task = dice.below(tasks.count)
      if tasks[task].isCopy { return }
      if tasks[task].state != .finished { cancelGroup(of: task) }
      feed(.cancel(tasks[task].id))
    } else if dials.happens(.cancelsAll, &dice) {
      for task in tasks.indices { cancelOne(task) }
      feed(.cancelAll)
    } else if !workers.isEmpty, dials.happens(.changesLimit, &dice) {
      setLimit(dice.below(min(policy.workers, policy.slots) + 1))
    } else if dials.happens(.closes, &dice) {
      isClosed = true
      feed(.close)
    } else if dials.happens(.drains, &dice) {
      drain(at: latest + policy.drainGrace)
      feed(.drain)
    } else if dials.happens(.stops, &dice) {
      drain(at: latest)
      isStopped = true
      feed(.stop)
    }
  }

  mutating func cancelGroup(of task: Int) {
    let group = tasks[task].group
    for other in tasks.indices where tasks[other].group == group { cancelOne(other) }
  }

  private mutating func drain(at deadline: UInt64) {
    latest = max(latest, now)
    isClosed = true
    isDraining = true
    drainAt = min(drainAt, deadline)
    for task in tasks.indices { cancelOne(task) }
  }

  private mutating func actClock() {
    if dials.happens(.clockBack, &dice) {
      feed(.tick)
      now -= min(now, UInt64(dice.below(5_000)) * 1_000_000)
      return feed(.tick)
    }
    let deadline = scheduler.nextDeadline.nanoseconds
    if dials.happens(.clockJumps, &dice) {
      now += UInt64(dice.below(3600)) * 1_000_000_000
    } else if deadline != .max, dice.percent(50) {
      now = max(now, deadline)
    } else {
      now += UInt64(dice.below(500)) * 1_000_000
    }
    feed(.tick)
  }

  /// A hook that took its time answers.
  private mutating func actHook() {
    guard !tasks.isEmpty else { return }
    let start = dice.below(tasks.count)
    for offset in 0..<tasks.count {
      let task = (start + offset) % tasks.count
      if tasks[task].state == .gone { return answerGone(task) }
      if tasks[task].state == .awaiting { return use(task) }
    }
  }

  mutating func answerGone(_ task: Int) {
    latest = max(latest, now)
    let id = tasks[task].id
    if dials.happens(.replaces, &dice), tasks.count < taskLimit {
      newTask(TaskSpec(), parent: task)
      if dice.percent(50), tasks.count < taskLimit { newTask(TaskSpec(), parent: task) }
      finishSoon(task, .replaced)
      feed(.settled(id, .replaced))
    } else if dials.happens(.asksForRetry, &dice) {
      if mayRetry(task, tasks[task].cause) {
        retry(task)
      } else {
        finishSoon(task, tasks[task].cause.outcome)
      }
      feed(.settled(id, .retry))
    } else if dials.happens(.settlesItself, &dice) {
      finishSoon(task, .passed)
      feed(.settled(id, .outcome(.passed)))
    } else {
      finishSoon(task, tasks[task].cause.outcome)
      feed(.settled(id, .byCause))
    }
  }
}
