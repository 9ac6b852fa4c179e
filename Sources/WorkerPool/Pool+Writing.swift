internal import CPosix
internal import Glibc
internal import Scheduling
internal import Wire

// What goes to workers: buffers that leave with one write each, and not more than a worker can take.
extension Pool {
  @inline(__always)
  func makeDirty(_ worker: WorkerHandle) {
    guard !worker.isDirty else { return }
    worker.isDirty = true
    dirty.append(worker.id.slot)
  }

  /// One write for each worker that got something; true if that makes room for more offers.
  func flushDirty() -> Bool {
    var hasRoom = false
    if dirty.count == 1 { early.slot = dirty[0] }
    for index in dirty.indices {
      // It stays in its place until it has been reaped, which is not here.
      place(dirty[index])?._withUnsafeGuaranteedRef { worker in
        worker.isDirty = false
        guard worker.local == nil else { return }
        let wasHeldBack = worker.isHeldBack
        flush(worker)
        hasRoom = hasRoom || (wasHeldBack && !worker.isHeldBack)
      }
    }
    // For one or two of them this is quicker than `removeAll`.
    while dirty.popLast() != nil {}
    return hasRoom
  }

  func flush(_ worker: WorkerHandle) {
    guard worker.requests >= 0 else { return }
    do {
      if worker.send.count > Self.ordinaryPipe, !worker.hasLargePipes { enlargePipes(worker) }
      let isAllGone = try worker.send.flush(to: worker.requests)
      if !isAllGone, !worker.isChoked {
        try reactor.watch(worker.requests, Source(worker.id, .requests), forWriting: true)
        worker.isChoked = true
      } else if isAllGone, worker.isChoked {
        reactor.forget(worker.requests)
        worker.isChoked = false
      }
      if isAllGone { letOn(worker) }
      if isAllGone, worker.phase == .ending { worker.closeRequests(reactor) }
    } catch {
      // Its end of the pipe is closed. The process is dead or about to be: what it has written is still to be read.
      worker.closeRequests(reactor)
      expectEnd(of: worker)
    }
  }

  /// Nothing waits for it any more: it may be offered tasks again.
  func letOn(_ worker: WorkerHandle) {
    guard worker.isHeldBack else { return }
    worker.isHeldBack = false
    scheduler.handle(.choked(worker.id, false), at: now)
  }

  /// What a pipe holds by itself, and what it is given once a frame is larger: a wake of the other side for each 64 KiB
  /// costs several times the copy.
  private static let ordinaryPipe = 1 << 16
  private static let largePipe: Int32 = 1 << 20

  private func enlargePipes(_ worker: WorkerHandle) {
    worker.hasLargePipes = true
    // The kernel may refuse when the user has many large pipes already: then they stay as they are, and are only slower.
    for descriptor in [worker.requests, worker.responses] where descriptor >= 0 {
      cpx_pipe_size(descriptor, Self.largePipe)
    }
  }
}
