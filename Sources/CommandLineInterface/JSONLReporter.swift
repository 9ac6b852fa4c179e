package import TaskHost

/// Writes each event of a run as one line of JSON, schema version 1: `docs/events.md` names the members.
///
/// `seq` counts the lines from 1 without gaps. The last line is `run` `finished`, or `run` `error` when the run
/// could not be made or broke off.
package final class JSONLReporter: LosingReporter {
  private static let longestDelay: UInt64 = 50_000_000

  private let output: DataOutput
  private let clock: Clock
  private var timestamp = Timestamp()
  private var sequence: UInt64 = 0
  private var lastFlush: UInt64
  private var runID: String?

  package init(output: DataOutput, clock: Clock = .system) {
    self.output = output
    self.clock = clock
    lastFlush = clock.wall()
  }

  package var wantsTaskEvents: Bool { true }
  package var hasLostOutput: Bool { output.isAbandoned }

  package func report(_ event: consuming RunEvent) {
    switch event {
    case .started(let start):
      runID = start.runID
      line("run", "started") { $0.members(of: start) }
    case .worker(let worker): line("worker", worker.change.jsonWord) { $0.members(of: worker) }
    case .task(let task): line("task", task.change.jsonWord) { $0.members(of: task) }
    case .trial(let trial): line("trial", "finished") { $0.members(of: trial) }
    case .feedback(let worker, let bytes):
      line("feedback", "received") {
        $0.member("worker", worker)
        $0.member(data: bytes)
      }
    case .finding(let finding): line("diagnostic", "reported") { $0.members(of: finding) }
    case .output(let worker, let stream, let bytes):
      line("output", "written") {
        $0.member("worker", worker)
        $0.member("stream", word: stream == 1 ? "stdout" : "stderr")
        $0.member(data: bytes)
      }
    case .printed(let printed):
      line("output", "printed") {
        $0.member("task", printed.task)
        $0.member("stream", word: printed.stream == 1 ? "stdout" : "stderr")
        $0.member(data: printed.bytes)
      }
    case .log(let worker, let log):
      line("log", "written") {
        $0.member("level", word: log.level.jsonWord)
        if let worker { $0.member("worker", worker) }
        $0.member("message", log.message)
      }
    case .progress(let progress):
      line("progress", "updated") {
        $0.member("done", progress.done)
        $0.member("total", progress.total)
        $0.member("units", progress.units)
        $0.member("running", progress.running)
      }
    case .status(let status): line("run", "status") { $0.members(of: status) }
    case .warning(let message): line("warning", "raised") { $0.member("message", message) }
    case .cancelling(let cause, let running):
      line("run", "cancelling") {
        $0.members(of: cause)
        $0.member("running", running)
      }
    case .paused(let running): line("run", "paused") { $0.member("running", running) }
    case .resumed(let length): line("run", "resumed") { $0.member("paused", seconds: length) }
    case .finished(let summary): line("run", "finished") { $0.members(of: summary) }
    }
  }

  /// The last line of a run that could not be made or broke off.
  package func fail(_ error: RunError) {
    line("run", "error") {
      $0.member("message", error.message)
      $0.name("causes")
      $0.append(0x5B)
      for (index, cause) in error.causes.enumerated() {
        if index > 0 { $0.append(0x2C) }
        $0.append(json: cause)
      }
      $0.append(0x5D)
      if let hint = error.hint { $0.member("hint", hint) }
      $0.member("exit_code", error.exitCode.rawValue)
    }
  }

  package func flush() throws {
    lastFlush = clock.wall()
    try output.flush()
  }

  private func line(_ type: StaticString, _ event: StaticString, _ members: (inout ByteBuffer) -> Void) {
    let now = clock.wall()
    let run = runID ?? RunIdentifier.random()
    runID = run
    sequence += 1
    output.appendLine {
      $0.append("{\"v\":1,\"ts\":\"")
      timestamp.append(now, to: &$0)
      $0.append("\",\"run\":")
      $0.append(json: run)
      $0.member("seq", sequence)
      $0.member("type", word: type)
      $0.member("event", word: event)
      members(&$0)
      $0.append("}\n")
    }
    if now &- lastFlush >= JSONLReporter.longestDelay {
      lastFlush = now
      output.drain()
    }
  }
}
