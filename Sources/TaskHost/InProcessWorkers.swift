internal import CTaskHost
internal import Hooks
internal import Wire
internal import WorkerPool
internal import WorkerRuntime

extension InProcessWorker: LocalWorker {}

/// The worker's side of a kind in this process.
enum InProcessWorkers {
  static let factory: LocalWorkerFactory = {
    table, settings, log, cancel, claims, maxFrame, handle,
    isTraced in
    let services = HostServices(
      role: TH_ROLE_WORKER, version: productVersion, settings: settings,
      leastLevel: Int32(TH_LOG_INFO), isTraced: isTraced, log: log)
    return InProcessWorker(
      table: table, services: services, cancel: cancel, claims: claims, maxFrame: maxFrame,
      handle: handle, isTraced: isTraced)
  }
}
