internal import TaskHost

extension RunEvent.Worker.Change {
  var jsonWord: StaticString {
    switch self {
    case .spawned: "spawned"
    case .ready: "fresh"
    case .stayed: "old"
    case .dying: "dying"
    case .ended: "ended"
    }
  }
}

extension RunEvent.Task.Change {
  var jsonWord: StaticString {
    switch self {
    case .queued: "queued"
    case .pinned: "pinned"
    case .stale: "stale"
    case .tooLarge: "marshal_error"
    case .ended: "finished"
    }
  }
}

extension ExitReport.Reason {
  var word: StaticString {
    switch self {
    case .retired: "retired"
    case .recycled: "recycled"
    case .startFailed: "boot_failed"
    case .crashed: "crashed"
    case .exited: "exited"
    case .protocolFault: "protocol"
    case .timedOut: "timeout"
    case .limit: "limit"
    case .cancelled: "cancelled"
    case .stopped: "stopped"
    case .unkillable: "unkillable"
    case .shutdown: "shutdown"
    }
  }
}

extension ByteBuffer {
  mutating func members(of report: RunEvent.Worker) {
    member("worker", report.number)
    member("slot", report.slot)
    // Of a process of its own.
    if report.pid > 0 { member("pid", report.pid) }
    switch report.change {
    case .spawned, .ready, .dying: break
    case .stayed(let jobsDone, let competenceBytes):
      member("jobs_done", jobsDone)
      member("competence_bytes", competenceBytes)
    case .ended(let end): members(of: end)
    }
  }

  private mutating func members(of end: ExitReport) {
    member("reason", word: end.reason.word)
    switch end.reason {
    case .startFailed(let phase, let message):
      member("phase", phase)
      member("message", message)
    case .protocolFault(let fault): member("fault", fault)
    case .limit(let limit): member("limit", limit)
    case .retired, .recycled, .crashed, .exited, .timedOut, .cancelled, .stopped, .unkillable, .shutdown:
      break
    }
    members(ofDeath: end)
    if !end.errorTail.isEmpty { member("output_tail", end.errorTail) }
  }

  private mutating func members(ofDeath end: ExitReport) {
    if let code = end.exitCode { member("exit_code", code) }
    if let signal = end.signal {
      member("signal", signal)
      member("signal_name", ExitReport.name(ofSignal: signal))
    }
    member("dumped_core", end.dumpedCore)
    member("peak_memory", end.peakMemoryBytes)
    member("cpu_time", seconds: end.processorTime)
  }

  mutating func members(of report: RunEvent.Task) {
    member("task", report.number)
    member("name", report.name)
    switch report.change {
    case .queued(let parent):
      if let parent { member("parent", parent) }
    case .pinned(let worker, let parent):
      member("worker", worker)
      if let parent { member("parent", parent) }
    case .stale: break
    case .tooLarge(let direction, let actual, let limit, let message):
      member("direction", word: direction == .toWorker ? "to_worker" : "from_worker")
      member("actual", actual)
      member("limit", limit)
      member("message", message)
    case .ended(let outcome, let tries, let duration, let cases, let message):
      member("outcome", plain: outcome.rawValue)
      member("tries", tries)
      member("exec_time", seconds: duration)
      member("passed", cases.passed)
      member("pending", cases.pending)
      member("failed", cases.failed)
      if !message.isEmpty { member("message", message) }
    }
  }

  mutating func members(of report: RunEvent.Trial) {
    member("task", report.task)
    member("worker", report.worker)
    member("trial", report.number)
    switch report.result {
    case .answered: member("result", word: "answered")
    case .failed(let code, let message):
      member("result", word: "failed")
      member("code", code)
      member("message", message)
    case .crashed: member("result", word: "crashed")
    case .cancelled: member("result", word: "cancelled")
    case .timedOut: member("result", word: "timed_out")
    case .superseded: member("result", word: "superseded")
    case .limit(let limit):
      member("result", word: "limit")
      member("limit", limit)
    }
    if let exit = report.exit { members(ofDeath: exit) }
    member("exec_time", seconds: report.duration)
    guard let output = report.output else { return }
    member("output_head", String(decoding: output.head, as: UTF8.self))
    if output.omitted > 0 { member("output_omitted", output.omitted) }
    if !output.tail.isEmpty { member("output_tail", String(decoding: output.tail, as: UTF8.self)) }
  }
}
