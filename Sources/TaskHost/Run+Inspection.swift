internal import Glibc
internal import Hooks
internal import Scheduling
package import Settings
internal import Wire
internal import WorkerPool

/// What a worker says that it has of the settings that travel.
package struct WorkerSettings: Sendable {
  package var kind: String
  package var pid: Int32
  /// In a word: executed, forked or launched.
  package var start: String
  /// Its control group, or why it has none; nil: nobody has asked for one.
  package var controlGroups: String?
  private var maxFrame: UInt64
  private var limits: ProcessLimits

  init(_ kind: String, _ worker: ReadyWorker, _ controlGroups: String?) {
    self.kind = kind
    self.controlGroups = controlGroups
    pid = worker.pid
    start = worker.start.rawValue
    maxFrame = worker.maxFrame
    limits = worker.limits
  }

  /// As the worker has it; nil for a setting that it is not told.
  package func value(of setting: Setting) -> SettingValue? {
    func limit(_ number: UInt64) -> SettingValue { number == 0 ? .none : .number(number) }
    return switch setting.name {
    case Setting.maxFrame.name: .number(maxFrame)
    case Setting.memoryLimit.name: limit(limits.memory)
    case Setting.openFiles.name: limit(limits.openFiles)
    case Setting.processes.name: limit(limits.processes)
    case Setting.fileSize.name: limit(limits.fileSize)
    case Setting.coreDumps.name: .truth(limits.keepsCores)
    default: nil
    }
  }

  /// The settings that are not the same in the worker.
  package func differences(from settings: Resolution) -> [Setting] {
    Setting.all.filter { $0.travels && value(of: $0) != settings[$0].value }
  }
}

package enum InspectionEnd: Sendable {
  case ready(WorkerSettings)
  /// By this signal, before the worker was ready.
  case interrupted(Int32)
}

extension Run {
  /// Starts one worker as a run would, hears what it has, and ends it; no task is performed. If there are words the kind plans for
  /// them, as workers may need what a plan shares. Throws if no worker could be started. In place of `execute`.
  package func inspectWorker() throws(RunError) -> InspectionEnd {
    guard let queue = takeQueue() else { throw RunError(.internalError, "a run was executed twice") }
    defer { queue.free() }
    var alone = self.options
    (alone.workers, alone.standby, alone.makeFlags, alone.serves) = (1, 0, nil, nil)
    var options = alone.forPool(kind, surroundings, try JobBudget(alone))
    options.adoptsOrphans = alone.ownsProcess && OwnProcess.protect()
    options.leastWorkers = 1
    let nothing = NoTasks()
    var found: ReadyWorker?
    options.onReady = {
      if found == nil { found = $0 }
      nothing.close()
    }
    options.onKindFailure = { _ in nothing.close() }
    var said: [String] = []
    let pool: Pool
    do throws(SystemError) {
      pool = try Pool(kind: queue, options: options) { event in
        if case .warning(let text) = event { said.append(text) }
      } beforeWaiting: {
      }
    } catch {
      throw RunError(.infrastructure, "the pool of workers could not be made: \(error.message)")
    }
    pool.onInterrupt = { _, _ in nothing.close() }
    pool.onTimeout = { _ in nothing.close() }
    let words = alone.wordBytes
    do throws(HookError) {
      if !words.isEmpty { pool.share(try queue.plan(words: words).shared) }
    } catch {
      throw RunError(.badInput, error.message)
    }
    do {
      try pool.run(nothing)
    } catch let error as ControlGroupsRefused {
      throw RunError(.infrastructure, error.description)
    } catch {
      throw RunError(.infrastructure, "no worker could be started: \(error)", causes: said)
    }
    guard let found else {
      if let signal = pool.interruption { return .interrupted(signal) }
      throw RunError(
        pool.failure?.isPermanent == true ? .pluginRefused : .infrastructure,
        pool.failure?.message ?? "no worker could be started", causes: said,
        hint: words.isEmpty ? "a kind may need words, as in a run" : nil)
    }
    return .ready(WorkerSettings(kind.name, found, pool.controlGroups))
  }
}

/// There are none, and there will be none; the pool goes on until it is closed.
private final class NoTasks: TaskSource {
  private var isClosed = false

  var state: TaskSourceState { isClosed ? .ended : .idle }
  var wantsAll: Bool { false }
  var shared: [UInt8] { [] }

  func readOn() {}
  func close() { isClosed = true }
  func take(_ count: Int, _ body: (UnsafeRawBufferPointer, ItemOptions) -> Void) {}
}
