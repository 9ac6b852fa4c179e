internal import CPosix
internal import Glibc
internal import PluginLoading
internal import Scheduling
internal import Wire

// Workers that are still there a while after SIGKILL, as they hang in the kernel: the run goes on without them.
extension Pool {
  private static let patience: UInt64 = 5_000_000_000

  func expectDeath(of worker: WorkerHandle) {
    guard worker.watch.killDeadline == .max else { return }
    worker.watch.killDeadline = noted(now.advanced(by: Self.patience))
  }

  /// Reported as ended, and not heard any more. Its slot stays closed.
  func fence(_ worker: WorkerHandle) {
    worker.watch.killDeadline = .max
    worker.watch.isFenced = true
    let end = WorkerEnd(
      exitCode: nil, signal: nil, dumpedCore: false, peakMemoryBytes: 0, cpuNanoseconds: 0,
      reason: .unkillable, outputTail: worker.tail.text)
    let performing = performing(worker)
    let race = scheduler.copyCount > 0 ? loseTrial(on: worker, end) : nil
    if let culprit = scheduler.culprit(of: worker.id, performing: performing), culprit != race?.row {
      blame(culprit, worker, end)
    }
    worker.closePipes(reactor)
    reportEnd(worker, end)
    lastDeaths[worker.id] = end
    endExchange(with: worker, end)
    scheduler.handle(.unkillable(worker.id, performing: performing), at: now)
    endIfSingle(end, nil)
  }

  /// It has ended after all. Its end has been told.
  func reapFenced(_ worker: WorkerHandle) {
    var exit = cpx_exit()
    guard cpx_reap(worker.pid, &exit) != 0 else { return }
    if options.ownsProcess { cpx_group_set(worker.id.slot, 0) }
    workers[Int(worker.id.slot)] = nil
    worker.close(reactor)
    scheduler.handle(.ended(worker.id, performing: 0), at: now)
  }
}
