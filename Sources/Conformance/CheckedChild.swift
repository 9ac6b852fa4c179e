internal import CPosix
internal import PluginLoading

/// The process of one check, as its parent sees it.
final class CheckedChild {
  let index: Int
  private let check: Check
  private let process: ConfinedProcess
  private let seconds: Double

  init(_ check: Check, _ job: CheckJob, index: Int, directory: String?) throws(ExaminationError) {
    self.check = check
    self.index = index
    seconds = job.seconds
    process = try ConfinedProcess(
      ConfinedProcess.Order(
        words: [CheckProcess.word], directory: directory, seconds: job.seconds, traces: job.traces,
        job: Array(job.json.description.utf8)))
  }

  /// Waits until something is to be done for one of them.
  static func wait(for children: [CheckedChild], unless interruption: Int32) throws(ExaminationError) {
    try ConfinedProcess.wait(for: children.map(\.process), unless: interruption)
  }

  func kill() { process.kill() }

  /// Its result, once it has ended.
  func finish() -> CheckResult? {
    guard let end = process.end else { return nil }
    return CheckResult(
      check: check, verdict: verdict(end), nanoseconds: cpx_now() - process.started, output: process.written,
      calls: process.log?.read())
  }

  private func verdict(_ end: cpx_exit) -> Verdict {
    let hook = process.notebook.hook
    let step = process.notebook.step.isEmpty ? "" : ", while the check tried \(process.notebook.step)"
    if process.isOverdue {
      return .fail(
        Finding(
          "\(hook.isEmpty ? "the check" : hook) did not return within \(Int(seconds.rounded(.up))) s\(step)",
          expected: "an end",
          cure: "Look for a loop or a lock that waits for ever\(hook.isEmpty ? "" : " in \(hook)")."))
    }
    let cure = "Run it under a debugger: --only \(check.id) --in-process."
    guard end.signal < 0, end.code == 0, !process.told.isEmpty else {
      return .crash(Finding(process.death(end, step: step), expected: "a hook that returns", cure: cure))
    }
    let problem: String
    do throws(JSONError) {
      if let verdict = Verdict(try JSONReader.read(process.told)) { return verdict }
      problem = "it is no verdict"
    } catch {
      problem = "\(error)"
    }
    return .crash(
      Finding(
        "\(process.garbled(problem))\(step)",
        expected: "a descriptor that the plugin has not written to, and memory that it has not spoilt",
        cure: cure))
  }
}
