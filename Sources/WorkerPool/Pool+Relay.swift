internal import CPosix
internal import Glibc
internal import Scheduling
internal import Wire

// A worker behind a relay: three pipes, no shared pages, and frames for what those and the kernel tell of other workers.
extension Pool {
  func relayWorker(_ id: WorkerID, _ environment: [String]) throws(SystemError) -> WorkerHandle {
    var descriptors = SpawnDescriptors()
    defer { descriptors.closeAll() }
    try makeDescriptors(&descriptors, pages: 0)
    workerCount += 1
    let worker = WorkerHandle(
      id: id, number: workerCount, maxFrame: options.maxFrame, cancel: CancelPage(inProcess: ()),
      claims: ClaimsPage(inProcess: ()), isRelayed: true)
    worker.take(descriptors.handOver())
    do throws(SystemError) {
      try takeGroup(worker)
      let pid = try execute(
        "worker", environment, descriptors.standardStreams, into: worker.place?.group)
      try adopt(worker, pid: pid)
    } catch {
      worker.close(reactor)
      throw error
    }
    RelayedEnvironment(items: environment).encoded().withUnsafeBytes {
      worker.send.append(.environment, id: 0, payload: $0)
    }
    return worker
  }

  func receiveRelayed(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    guard worker.isRelayed else {
      throw .badFrame(found: "a \(frame.type) frame", expected: "a frame of a worker", offset: 0)
    }
    if frame.type == .claims {
      believe(try RelayedClaims(frame.payload), worker)
    } else {
      let end = try RelayedEnd(frame.payload)
      believe(end.claims, worker)
      worker.relayedEnd = end
      // The connection is closed in its own time.
      worker.endDeadline = noted(now.advanced(by: 5_000_000_000))
    }
  }

  private func believe(_ claims: RelayedClaims, _ worker: WorkerHandle) {
    let at = monotonic(now.nanoseconds)
    if claims.isInitialising { worker.claims.beginInitialising() }
    worker.claims.begin(claims.performing, at: at - min(claims.elapsedNanoseconds, at))
    worker.claims.setProgress(done: claims.done, total: claims.total)
  }

  /// The relay passes it on to the group of the worker, wherever that is. What is killed has a moment to say how it ended.
  func relaySignal(_ worker: WorkerHandle, _ number: Int32) {
    worker.send.append(.signal, id: UInt64(number), payload: UnsafeRawBufferPointer(start: nil, count: 0))
    flush(worker)
    guard number == SIGKILL else { return }
    worker.endDeadline = noted(worker.isChoked ? now : now.advanced(by: 500_000_000))
  }

  /// It had its time: the connection is cut, and a relay that is left alone ends its worker.
  func cutConnection(_ worker: WorkerHandle) {
    Glibc.kill(-worker.pid, SIGKILL)
    Glibc.kill(worker.pid, SIGKILL)
    if worker.relayedEnd == nil, worker.phase != .ending {
      protocolFault(worker, "eof", "its connection was closed, and the launcher lives on", undecodable: false)
    }
  }

  /// The end of the worker in place of that of its launcher. Without one the connection is lost, and the first request in line
  /// may have been begun.
  func endOfRelayed(_ worker: WorkerHandle, _ exit: cpx_exit) -> cpx_exit {
    guard let end = worker.relayedEnd else {
      let count = scheduler.inFlight(on: worker.id)
      if count > 0, scheduler.task(inFlight: worker.claims.performing, on: worker.id) == nil {
        worker.claims.begin(worker.nextRequest - UInt64(count), at: monotonic(now.nanoseconds))
      }
      if worker.faultMessage == nil { worker.faultMessage = "the connection to it was lost" }
      return exit
    }
    correctLateStart(worker)
    if !end.fault.isEmpty, worker.fault == nil {
      if end.fault == "stopped" {
        worker.fault = .stopped
      } else {
        protocolFault(worker, end.fault, end.message, undecodable: end.fault != "eof")
      }
    }
    return cpx_exit(
      code: end.exitCode, signal: end.signal, core: end.dumpedCore, peak_rss: end.peakMemoryBytes,
      cpu_ns: end.cpuNanoseconds)
  }
}
