package import Settings

extension RunOptions {
  /// What `taskhost run` would do with these settings. Its launcher is not among them, as that is a command in one text.
  public init(_ settings: HostSettings) { self.init(settings.resolution) }

  package init(_ settings: Resolution) {
    workers = settings.count(.workers) ?? WorkerPool.usableProcessors
    standby = settings.count(.standby)
    window = settings.count(.window) ?? window
    worker.usesForkServer = settings.isOn(.forkServer)
    worker.maxFrameBytes = settings.count(.maxFrame) ?? worker.maxFrameBytes
    worker.startLimit = settings.time(.startTimeout) ?? worker.startLimit
    worker.handshakeLimit = settings.time(.handshakeTimeout)
    worker.loadLimit = settings.time(.loadTimeout)
    worker.limits = WorkerLimits(settings)
    timeLimit = settings.time(.runTimeout)
    retry = RetryRules(settings)
    if case .failures(let count, let now) = settings[.maxFail].value {
      mostFailures = Int(count)
      failuresEndTasks = now
    }
    keepsOrder = settings.isOn(.keepOrder)
    speculation = settings.isOn(.speculate) ? settings.decimal(.speculateFactor) ?? 0 : 0
    warnings = settings.warnings
  }
}

extension Resolution {
  fileprivate func decimal(_ setting: Setting) -> Double? {
    if case .decimal(let number) = self[setting].value { number } else { nil }
  }

  fileprivate func count(_ setting: Setting) -> Int? { number(setting).map { Int(clamping: $0) } }

  fileprivate func time(_ setting: Setting) -> Duration? {
    number(setting).map { Duration(nanoseconds: $0) }
  }
}

extension WorkerLimits {
  fileprivate init(_ settings: Resolution) {
    func limit(_ setting: Setting) -> UInt64 { settings.number(setting) ?? 0 }
    softTime = settings.time(.softTimeout)
    hardTime = settings.time(.timeout)
    grace = settings.time(.grace) ?? grace
    if settings[.grace].origin != .standard { retireGrace = grace }
    memoryBytes = limit(.memoryLimit)
    processorTime = settings.time(.cpuLimit)
    outputBytes = limit(.outputLimit)
    openFiles = limit(.openFiles)
    processes = limit(.processes)
    fileSizeBytes = limit(.fileSize)
    keepsCores = settings.isOn(.coreDumps)
    controlGroups = settings.word(.cgroup).flatMap(ControlGroupUse.init) ?? controlGroups
    tasksOfOneWorker = limit(.recycleTasks)
    ageOfOneWorker = settings.time(.recycleAfter)
    memoryOfOneWorkerBytes = limit(.recycleMemory)
  }
}

extension RetryRules {
  fileprivate init(_ settings: Resolution) {
    guard let retries = settings.number(.retries) else { return }
    tries = Int(retries) + 1
    crashes = tries
    causes = retries == 0 ? [] : Set(settings.words(.retryOn).compactMap(Cause.init))
    delay = settings.time(.retryDelay)
    prefersOtherWorker = true
  }
}
