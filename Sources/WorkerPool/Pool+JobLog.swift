package import Hooks
package import Scheduling

/// Hears of each task that was begun and has ended.
package protocol JobLog: AnyObject {
  func ended(_ job: JobReport)
}

/// A task that has ended, as a log of jobs tells it.
package struct JobReport {
  package var number: UInt64
  package var outcome: Outcome
  /// Of its last trial, which has ended now.
  package var duration: UInt64
  /// What it has printed on standard output, in bytes.
  package var printed: Int
  /// As its kind says; else that of its worker, if it died.
  package var end: ProgramEnd?
  package var line: [UInt8]
}

/// How a program has ended.
package struct ProgramEnd: Equatable {
  package var exitCode: Int32
  /// 0: by none.
  package var signal: Int32
}

extension Pool {
  package func programEnded(_ call: HookCall, exitCode: Int32, signal: Int32) {
    guard jobLog != nil, !isCopying, let currentTask else { return }
    programEnds[currentTask.number] = ProgramEnd(exitCode: exitCode, signal: signal)
  }

  /// Before what the task has printed is gone.
  @inline(never)
  func log(_ row: TaskRow, _ outcome: Outcome, exitCode: Int32, signal: Int32, in log: any JobLog) {
    let said = programEnds.removeValue(forKey: row.number)
    guard row.trialStartedAt != 0, !row.isCall else { return }
    var end = said
    if end == nil, signal > 0 || exitCode >= 0 {
      end = ProgramEnd(exitCode: max(exitCode, 0), signal: max(signal, 0))
    }
    let duration = now.nanoseconds - min(row.trialStartedAt, now.nanoseconds)
    var line: [UInt8] = []
    kind.line(row.payload.bytes) { line = Array($0) }
    log.ended(
      JobReport(
        number: row.number, outcome: outcome, duration: duration,
        printed: prints.isEmpty ? 0 : prints.size(of: row.number), end: end, line: line))
  }
}
