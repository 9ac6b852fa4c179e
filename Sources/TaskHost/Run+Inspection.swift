internal import Hooks
internal import PluginLoading
package import Settings
internal import Wire
package import WorkerPool

/// What a worker says that it has of the settings that travel.
package struct WorkerSettings: Sendable {
  package var kind: String
  package var worker: ReadyWorker

  /// As the worker has it; nil for a setting that it is not told.
  package func value(of setting: Setting) -> SettingValue? {
    func limit(_ number: UInt64) -> SettingValue { number == 0 ? .none : .number(number) }
    return switch setting.name {
    case Setting.maxFrame.name: .number(worker.maxFrame)
    case Setting.memoryLimit.name: limit(worker.limits.memory)
    case Setting.openFiles.name: limit(worker.limits.openFiles)
    case Setting.processes.name: limit(worker.limits.processes)
    case Setting.fileSize.name: limit(worker.limits.fileSize)
    case Setting.coreDumps.name: .truth(worker.limits.keepsCores)
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
  /// them, as workers may need what a plan shares. Throws if no worker could be started.
  package func inspectWorker() throws(RunError) -> InspectionEnd {
    var options = poolOptions
    options.workers = 1
    options.standby = 0
    options.jobserver = nil
    var found: ReadyWorker?
    options.onReady = { if found == nil { found = $0 } }
    var said: [String] = []
    let pool: Pool
    do throws(SystemError) {
      pool = try Pool(kind: kind, options: options) { event in
        if case .warning(let text) = event { said.append(text) }
      } beforeWaiting: {
      }
    } catch {
      throw RunError(.infrastructure, "the pool of workers could not be made: \(error.message)")
    }
    defer { kind.free() }
    let words = self.options.words.map { Array($0.utf8) }
    let shared = words.isEmpty ? [] : try makePlan(words).shared
    do {
      try pool.run(StandIns(shared: shared))
    } catch {
      throw RunError(.infrastructure, "no worker could be started: \(error)", causes: said)
    }
    guard let found else {
      if let signal = pool.interruption { return .interrupted(signal) }
      throw RunError(
        pool.failure?.isPermanent == true ? .pluginRefused : .infrastructure,
        pool.failure?.message ?? "no worker could be started", causes: said,
        hint: self.options.words.isEmpty ? "a kind may need words, as in a run" : nil)
    }
    return .ready(WorkerSettings(kind: kind.table.name, worker: found))
  }
}

/// What a worker is started for that has nothing to do. Two, as a worker for a single task is always executed.
private final class StandIns: TaskSource {
  let shared: [UInt8]
  private var left = 2

  init(shared: [UInt8]) { self.shared = shared }

  var state: TaskSourceState { left > 0 ? .ready : .ended }
  var wantsAll: Bool { false }

  func readOn() {}
  func close() {}

  func take(_ count: Int, _ body: (UnsafeRawBufferPointer, ItemOptions) -> Void) {
    for _ in 0..<min(count, left) {
      body(UnsafeRawBufferPointer(start: nil, count: 0), ItemOptions())
      left -= 1
    }
  }
}
