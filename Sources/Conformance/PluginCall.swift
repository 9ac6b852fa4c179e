internal import CPosix
internal import CTaskHost
internal import PluginLoading

/// One call of a hook of a plugin in a process of its own.
package struct PluginCall {
  /// What it has come to.
  package enum Result {
    case called(CallReport)
    /// The hook has crashed, did not return or has ended the process; in words.
    case died(String)
    /// The loader refuses the file, the hook is not set, or what it needs could not be made; in words.
    case impossible(String)
  }

  package struct Outcome {
    package var result: Result
    package var calls: (first: [TracedCall], omitted: Int, last: [TracedCall])?
    /// What the process has written to standard output and standard error.
    package var written: [UInt8]
  }

  /// Absolute.
  package let file: String
  /// All that can be called, in the order of the tables: read from headers and manifest, without running the plugin.
  package let hooks: [CallableHook]
  /// A descriptor; once it is readable, what runs is ended.
  private let interruption: Int32

  /// Reads the file.
  package init(_ file: String, unless interruption: Int32 = -1) throws(ExaminationError) {
    self.interruption = interruption
    let inspection = try Examination.inspect(file)
    if let refusal = inspection.errors.first { throw .noPlugin(rule: refusal.rule.id, text: "\(refusal)") }
    self.file = inspection.path
    hooks = KindTable.hooks(declared: inspection.manifest?.hooks ?? []).map { CallableHook($0) }
  }

  package func call(_ call: HookCall) throws(ExaminationError) -> Outcome {
    if call.traces {
      do throws(ForeignError) { try ForeignSignature.probe() } catch { throw .system(error.text) }
    }
    var call = call
    call.file = file
    let process = try run(call)
    var outcome = Outcome(
      result: .impossible(""), calls: process.log?.read(), written: process.written)
    switch try end(process, call) {
    case .success(.called(let report)): outcome.result = .called(report)
    case .success(.refused(let text)), .success(.unset(let text)), .success(.unmade(let text)):
      outcome.result = .impossible(text)
    case .success(.system(let text)): throw .system(text)
    case .success(.listed): throw .system("the process of a call has told something else")
    case .failure(let death): outcome.result = .died(death.text)
    }
    return outcome
  }

  /// Which hooks are set, by their ids; or why that can not be told.
  package func list(_ call: HookCall) throws(ExaminationError) -> (hooks: [String: Bool]?, problem: String) {
    var call = call
    call.file = file
    call.hook = nil
    let process = try run(call)
    switch try end(process, call) {
    case .success(.listed(let hooks)): return (hooks, "")
    case .success(.refused(let text)): return (nil, text)
    case .success: throw .system("the process of a call has told something else")
    case .failure(let death): return (nil, death.text)
    }
  }

  private struct Death: Error { var text: String }

  private func run(_ call: HookCall) throws(ExaminationError) -> ConfinedProcess {
    let orphans = Orphans()
    defer { orphans.kill() }
    let process = try ConfinedProcess(
      ConfinedProcess.Order(
        words: [CallProcess.word], seconds: call.seconds, started: call.started, traces: call.traces,
        job: call.record(), mostTold: CallProcess.mostReported))
    defer { process.kill() }
    while process.end == nil { try ConfinedProcess.wait(for: [process], unless: interruption) }
    return process
  }

  private func end(
    _ process: ConfinedProcess, _ call: HookCall
  ) throws(ExaminationError) -> Swift.Result<CallEnd, Death> {
    guard let end = process.end else { throw .system("the process of a call has not ended") }
    if process.isOverdue {
      let hook = process.notebook.hook
      return .failure(
        Death(text: "\(hook.isEmpty ? "the process" : hook) did not return within \(call.seconds) s"))
    }
    guard end.signal < 0, end.code == 0 else { return .failure(Death(text: process.death(end))) }
    do throws(RecordError) {
      return .success(try CallEnd(process.told))
    } catch {
      // A plugin that calls _exit(0).
      if process.told.isEmpty { return .failure(Death(text: process.death(end))) }
      let isCut = process.told.count >= CallProcess.mostReported
      return .failure(
        Death(
          text: isCut
            ? "the hook has given more than \(CallProcess.mostReported >> 20) MiB, which can not be reported"
            : process.garbled("it is no record of a call")))
    }
  }
}

/// Why a task ended without a response, by the words of the command line.
package enum GoneCause {
  package static let names: [(name: String, cause: UInt32)] = [
    ("cancelled", TH_GONE_CANCELLED), ("expired", TH_GONE_EXPIRED), ("worker-died", TH_GONE_WORKER_DIED),
    ("failed", TH_GONE_FAILED), ("timeout", TH_GONE_TIMEOUT), ("limit", TH_GONE_LIMIT),
    ("unmatched", TH_GONE_UNMATCHED), ("undecodable", TH_GONE_UNDECODABLE), ("unstarted", TH_GONE_UNSTARTED),
  ]
}
