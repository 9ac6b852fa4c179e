internal import Scheduling
internal import WorkerPool

extension WorkerReport.Event {
  var jsonWord: StaticString {
    switch self {
    case .spawned: "spawned"
    case .fresh: "fresh"
    case .old: "old"
    case .ended: "ended"
    }
  }
}

extension TaskReport.Event {
  var jsonWord: StaticString {
    switch self {
    case .queued: "queued"
    case .pinned: "pinned"
    case .stale: "stale"
    case .marshalError: "marshal_error"
    case .finished: "finished"
    }
  }
}

extension Outcome {
  var word: StaticString {
    switch self {
    case .passed: "passed"
    case .failed: "failed"
    case .pending: "pending"
    case .stale: "stale"
    case .cancelled: "cancelled"
    case .expired: "expired"
    case .timeout: "timeout"
    case .limit: "limit"
    case .crashed: "crashed"
    case .error: "error"
    case .lost: "lost"
    case .unmatched: "unmatched"
    case .replaced: "replaced"
    }
  }
}

extension ByteBuffer {
  mutating func members(of report: WorkerReport) {
    member("worker", report.id)
    member("slot", report.slot)
    // Of a process of its own.
    if report.pid > 0 { member("pid", report.pid) }
    switch report.event {
    case .spawned, .fresh: break
    case .old(let jobsDone, let competenceBytes):
      member("jobs_done", jobsDone)
      member("competence_bytes", competenceBytes)
    case .ended(let end): members(of: end)
    }
  }

  private mutating func members(of end: WorkerEnd) {
    member("reason", end.reason.word)
    switch end.reason {
    case .bootFailed(let phase, let message):
      member("phase", phase)
      member("message", message)
    case .protocolFault(let fault): member("fault", fault)
    case .limit(let limit): member("limit", limit)
    case .retired, .recycled, .crashed, .exited, .timedOut, .cancelled, .stopped, .unkillable, .shutdown:
      break
    }
    members(ofDeath: end)
    if !end.outputTail.isEmpty { member("output_tail", end.outputTail) }
  }

  private mutating func members(ofDeath end: WorkerEnd) {
    if let code = end.exitCode { member("exit_code", code) }
    if let signal = end.signal {
      member("signal", signal)
      member("signal_name", signalName(signal))
    }
    member("dumped_core", end.dumpedCore)
    member("peak_memory", end.peakMemoryBytes)
    member("cpu_time", seconds: end.cpuNanoseconds)
  }

  mutating func members(of report: TaskReport) {
    member("task", report.number)
    member("name", report.name)
    switch report.event {
    case .queued(let parent):
      if let parent { member("parent", parent) }
    case .pinned(let worker, let parent):
      member("worker", worker)
      if let parent { member("parent", parent) }
    case .stale: break
    case .marshalError(let direction, let actual, let limit, let message):
      member("direction", word: direction == .toWorker ? "to_worker" : "from_worker")
      member("actual", actual)
      member("limit", limit)
      member("message", message)
    case .finished(let outcome, let tries, let duration, let cases, let message):
      member("outcome", word: outcome.word)
      member("tries", tries)
      member("exec_time", seconds: duration)
      member("passed", cases.passed)
      member("pending", cases.pending)
      member("failed", cases.failed)
      if !message.isEmpty { member("message", message) }
    }
  }

  mutating func members(of report: TrialReport) {
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
    case .exceeded(let limit):
      member("result", word: "limit")
      member("limit", limit)
    }
    if let death = report.death { members(ofDeath: death) }
    member("exec_time", seconds: report.durationNanoseconds)
    let output = report.output
    if output.isEmpty { return }
    member("output_head", String(decoding: output.head, as: UTF8.self))
    if output.omitted > 0 { member("output_omitted", output.omitted) }
    if !output.tail.isEmpty { member("output_tail", String(decoding: output.tail, as: UTF8.self)) }
  }
}
