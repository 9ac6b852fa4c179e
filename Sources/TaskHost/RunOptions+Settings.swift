internal import Scheduling
package import Settings
internal import Wire
internal import WorkerPool

extension RunOptions {
  /// What settings say of a run. The launcher is not among them: what is a command is for the command line to say.
  package mutating func apply(_ settings: Resolution) {
    workers = settings.count(.workers) ?? UsableCPUs.count()
    standby = settings.count(.standby)
    window = settings.count(.window) ?? window
    forkServer = settings.isOn(.forkServer)
    maxFrameBytes = settings.count(.maxFrame) ?? maxFrameBytes
    startLimitNanoseconds = settings.number(.startTimeout) ?? startLimitNanoseconds
    pluginDirectories = settings.words(.pluginPath)
    limits = RunLimits(settings)
    retry = RetryPolicy(settings)
    if case .failures(let count, let now) = settings[.maxFail].value {
      maxFailures = Int(count)
      failFastKills = now
    }
    keepsOrder = settings.isOn(.keepOrder)
    copies.factor = settings.isOn(.speculate) ? settings.decimal(.speculateFactor) ?? 0 : 0
    warnings += settings.warnings
  }
}

extension Resolution {
  fileprivate func decimal(_ setting: Setting) -> Double? {
    if case .decimal(let number) = self[setting].value { number } else { nil }
  }

  fileprivate func count(_ setting: Setting) -> Int? { number(setting).map { Int(clamping: $0) } }
}

extension RunLimits {
  fileprivate init(_ settings: Resolution) {
    self.init()
    func limit(_ setting: Setting) -> UInt64 { settings.number(setting) ?? 0 }
    softTime = limit(.softTimeout)
    hardTime = limit(.timeout)
    grace = limit(.grace)
    if settings[.grace].origin != .standard { retireGrace = grace }
    runTime = limit(.runTimeout)
    memory = limit(.memoryLimit)
    cpuTime = limit(.cpuLimit)
    output = limit(.outputLimit)
    process.memory = memory
    process.openFiles = limit(.openFiles)
    process.processes = limit(.processes)
    process.fileSize = limit(.fileSize)
    process.keepsCores = settings.isOn(.coreDumps)
    recycleTasks = limit(.recycleTasks)
    recycleAge = limit(.recycleAfter)
    recycleMemory = limit(.recycleMemory)
  }
}

extension RetryPolicy {
  fileprivate init(_ settings: Resolution) {
    self.init()
    guard let retries = settings.number(.retries) else { return }
    tries = Int(retries) + 1
    crashes = tries
    causes = retries == 0 ? [] : RetryCauses(settings.words(.retryOn))
    delayBase = settings.number(.retryDelay) ?? 0
    prefersOtherWorker = true
  }
}

extension RetryCauses {
  fileprivate init(_ words: [String]) {
    self = []
    for word in words {
      switch word {
      case "crash": insert(.workerDied)
      case "error": insert(.failed)
      case "timeout": insert(.timeout)
      default: insert(.limit)
      }
    }
  }
}
