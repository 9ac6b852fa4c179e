internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Scheduling
internal import Wire

// What tasks and workers are allowed, as far as the host sees to it.
extension Pool {
  /// At most ten looks a second, and none while no worker is busy.
  private static let lookInterval: UInt64 = 100_000_000

  // MARK: The start and the end of a trial

  /// The time limit that strikes first is known to the trial; 0 = it has none.
  func tellDeadline(_ task: TaskID, _ request: RequestID, to worker: WorkerHandle) {
    if cpx_has_paused() { readClock() }
    let limit = scheduler.firstLimit(of: task)
    // Another machine has another clock: a relay makes the time of a length.
    var deadline =
      limit == 0 ? 0 : worker.isRelayed ? limit : monotonic(now.advanced(by: limit).nanoseconds)
    withUnsafeBytes(of: &deadline) { worker.send.append(.deadline, id: request, payload: $0) }
  }

  /// Counts begin anew.
  func beginWatch(_ worker: WorkerHandle) {
    worker.watch.printed = 0
    guard limits.cpuTime > 0, worker.pid > 0, !worker.isRelayed else { return }
    let used = cpx_cpu_time(worker.pid)
    worker.watch.cpuAtStart = used
    // Should the host be held up: a whole second later than its own look.
    let seconds = used.addingReportingOverflow(limits.cpuTime).partialValue / 1_000_000_000 + 2
    if cpx_cpu_limit(worker.pid, seconds) != 0, errno != ESRCH, !hasWarnedOfLimits {
      hasWarnedOfLimits = true
      emit(.warning("RLIMIT_CPU could not be set: \(String(cString: strerror(errno)))"))
    }
  }

  /// A worker that is larger than its limit before it has done anything: so will be the next one.
  func excessAtStart(_ worker: WorkerHandle) -> StartFailure? {
    guard looksAtMemory, worker.pid > 0, !worker.isRelayed, resident(worker) > limits.memory else {
      return nil
    }
    return StartFailure(
      phase: .initialise, code: TH_E_LIMIT,
      message:
        "\(size(worker.watch.resident)) of memory are in use before any task, the limit is \(size(limits.memory))"
    )
  }

  // MARK: Looks at busy workers

  /// When the next look is due; .max while nothing is to be looked at.
  var nextLook: UInt64 {
    guard looksAtWorkers, workers.contains(where: { $0.map(isBusy) ?? false }) else { return .max }
    return lastLook + Self.lookInterval
  }

  /// Where the kernel holds the limit of a group, there is nothing to look at.
  private var looksAtMemory: Bool { limits.memory > 0 && groups?.hasMemory != true }

  private var looksAtWorkers: Bool { limits.cpuTime > 0 || looksAtMemory }

  private func isBusy(_ worker: WorkerHandle) -> Bool {
    worker.phase == .ready && worker.pid > 0 && scheduler.inFlight(on: worker.id) > 0
  }

  func lookAtWorkers() {
    let at = now.nanoseconds
    guard looksAtWorkers, at >= lastLook + Self.lookInterval else { return }
    lastLook = at
    for worker in workers {
      // What is behind a relay has no process here.
      guard let worker, !worker.isRelayed, isBusy(worker) else { continue }
      if looksAtMemory, resident(worker) > limits.memory {
        exceed(
          worker, "memory", actual: worker.watch.resident, limit: limits.memory,
          "\(size(worker.watch.resident)) of memory were in use, the limit is \(size(limits.memory))")
      }
      guard limits.cpuTime > 0 else { continue }
      let used = cpx_cpu_time(worker.pid)
      if used > worker.watch.cpuAtStart, used - worker.watch.cpuAtStart > limits.cpuTime {
        exceedCPU(worker, used - worker.watch.cpuAtStart)
      }
    }
  }

  /// Read anew at most ten times a second.
  private func resident(_ worker: WorkerHandle) -> UInt64 {
    let at = now.nanoseconds
    if worker.watch.seenAt == 0 || at >= worker.watch.seenAt + Self.lookInterval {
      worker.watch.seenAt = at
      worker.watch.resident = cpx_resident(worker.pid)
    }
    return worker.watch.resident
  }

  func checkOutput(_ worker: WorkerHandle) {
    guard worker.watch.printed > limits.output, isBusy(worker) else { return }
    exceed(
      worker, "output", actual: worker.watch.printed, limit: limits.output,
      "\(byteText(worker.watch.printed)) were printed, the limit is \(size(limits.output))")
  }

  private func exceedCPU(_ worker: WorkerHandle, _ used: UInt64) {
    exceed(
      worker, "cpu", actual: used, limit: limits.cpuTime,
      "\(seconds(used)) of processor time were used, the limit is \(seconds(limits.cpuTime))")
  }

  /// Ends the task at work, and its worker with it.
  private func exceed(
    _ worker: WorkerHandle, _ word: String, actual: UInt64, limit: UInt64, _ message: String
  ) {
    guard worker.fault == nil else { return }
    worker.fault = .limit(word)
    worker.faultMessage = message
    worker.excess = (actual, limit)
    scheduler.handle(.exceeded(worker.id), at: now)
  }

  // MARK: Where the kernel was quicker

  /// The end of a busy worker that a limit explains.
  func explainByLimit(_ worker: WorkerHandle, _ exit: cpx_exit) {
    guard worker.fault == nil, isBusy(worker), exit.signal >= 0 || exit.code != 0 else { return }
    if let excess = excessOfGroup(worker) {
      exceed(worker, "memory", actual: excess.peak, limit: limits.memory, excess.message)
    } else if exit.signal == SIGXCPU, limits.cpuTime > 0 {
      exceedCPU(worker, exit.cpu_ns - min(worker.watch.cpuAtStart, exit.cpu_ns))
    } else if exit.signal == SIGXFSZ, limits.process.fileSize > 0 {
      exceed(
        worker, "file_size", actual: 0, limit: limits.process.fileSize,
        "a file was to grow above \(size(limits.process.fileSize))")
    } else if let peak = peakAtLimit(worker, exit.peak_rss) {
      exceed(
        worker, "memory", actual: peak, limit: limits.memory,
        "\(size(peak)) of memory were in use at its end, the limit is \(size(limits.memory))")
    }
  }

  /// The peak of a worker, if an allocation may have failed for the limit: at nine tenths of it.
  private func peakAtLimit(_ worker: WorkerHandle, _ peak: UInt64) -> UInt64? {
    guard limits.memory > 0 else { return nil }
    // What the kernel says of a process counts its parent's memory up to its exec.
    let known = peak > cpx_own_peak() ? peak : worker.watch.resident
    return known >= limits.memory / 10 * 9 ? known : nil
  }

  /// A kind that says that it has no memory, where the memory has a limit, has met it.
  func isMemoryLimit(_ code: Int32) -> Bool { code == TH_E_NO_MEMORY && limits.memory > 0 }

  // MARK: Recycling

  func beginLife(_ worker: WorkerHandle) {
    worker.watch.readyAt = now.nanoseconds
    guard limits.recycleTasks > 0 else { return }
    // Plus or minus a tenth, so that workers that began together are not all replaced together.
    let spread = limits.recycleTasks / 10
    worker.watch.tasksLeft = limits.recycleTasks - spread + UInt64.random(in: 0...(2 * spread))
  }

  /// The worker has ended a task: it may have to give way.
  func considerRecycling(_ worker: WorkerHandle) {
    guard worker.phase == .ready, !worker.watch.isRecycled else { return }
    if worker.watch.tasksLeft > 0 { worker.watch.tasksLeft -= 1 }
    let isOver =
      worker.watch.tasksLeft == 0
      || (limits.recycleAge > 0 && now.nanoseconds - worker.watch.readyAt >= limits.recycleAge)
      || (limits.recycleMemory > 0 && worker.pid > 0 && !worker.isRelayed
        && resident(worker) > limits.recycleMemory)
    guard isOver, !hasSessions(worker) else { return }
    worker.watch.isRecycled = true
    scheduler.handle(.recycle(worker.id), at: now)
  }

  // MARK: The run

  /// The time of the run is over: as at the first signal.
  func checkRunTime() {
    guard now.nanoseconds >= runDeadline else { return }
    runDeadline = .max
    guard !isInterrupted else { return }
    isOverTime = true
    onTimeout?(scheduler.runningCount)
    scheduler.handle(.drain, at: now)
  }
}

/// "312M", as sizes are given on the command line.
func size(_ bytes: UInt64) -> String {
  for (unit, shift) in [("G", UInt64(30)), ("M", 20), ("K", 10)] where bytes >= 1 << shift {
    let tenths = ((bytes >> (shift - 10)) * 10) >> 10
    return tenths % 10 == 0 || tenths >= 1000
      ? "\(tenths / 10)\(unit)" : "\(tenths / 10).\(tenths % 10)\(unit)"
  }
  return byteText(bytes)
}

/// "1 byte", "2 bytes".
func byteText(_ count: some BinaryInteger) -> String { "\(count) \(count == 1 ? "byte" : "bytes")" }

func seconds(_ nanoseconds: UInt64) -> String {
  let hundredths = nanoseconds / 10_000_000
  let rest = hundredths % 100
  return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) s"
}
