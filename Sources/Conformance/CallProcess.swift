internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading

/// The process of one call: `taskhost call-process PARENT`, started by a `PluginCall`.
package enum CallProcess {
  static let word = "call-process"
  /// The most that it may report.
  static let mostReported = 64 << 20
  private typealias Inherited = CheckProcess.Inherited

  /// Whether this process was started as one.
  package static var isAsked: Bool {
    CommandLine.argc == 3 && argument(1) == word && argument(0) == "taskhost"
  }

  private static func argument(_ index: Int) -> String? {
    CommandLine.unsafeArgv[index].map { String(cString: $0) }
  }

  /// Makes the call and tells what came of it.
  package static func run() -> Never {
    guard let parent = argument(2).flatMap({ pid_t($0) }), cpx_die_with_parent(parent) == 0,
      let job = readJob(), let notebook = Notebook(file: Inherited.notebook)
    else {
      let message = "error: \(word) is started by `taskhost plugin call` only\n"
      _ = write(2, message, message.utf8.count)
      exit(2)
    }
    // Out of the way of the plugin.
    let report = cpx_move_up(Inherited.report)
    let log = job.traces ? CallLog(file: Inherited.calls) : nil
    for descriptor in [Inherited.notebook, Inherited.calls, Inherited.job] { close(descriptor) }
    CheckProcess.limit(seconds: job.seconds)
    notebook.watch()
    CheckProcess.tell(end(of: job, notebook, log).record(), to: report)
  }

  private static func readJob() -> HookCall? {
    guard let bytes = CheckProcess.readJob() else { return nil }
    do throws(RecordError) { return try HookCall(bytes) } catch { return nil }
  }

  private static func end(of job: HookCall, _ notebook: Notebook, _ log: CallLog?) -> CallEnd {
    let check = CheckJob(
      check: word, file: job.file, words: [], wordsAreGeneric: true, settings: job.settings, seed: 0,
      executions: 0, seconds: job.seconds)
    let context = CheckContext(check, notebook: notebook, log: log)
    let subject: Subject
    do throws(Refusal) { subject = try Subject(context, .init()) } catch { return .refused("\(error)") }
    if let problem = subject.tracingProblem { return .system(problem.text) }
    guard let hook = job.hook?.hook else {
      var listed: [String: Bool] = [:]
      for hook in KindTable.hooks(declared: subject.plugin.manifest?.hooks ?? []) {
        let function = notebook.during("extension") { subject.table.function(of: hook) }
        listed[hook.id] = function != nil
      }
      return .listed(listed)
    }
    let bench: CallBench
    do throws(CallBench.Failure) { bench = try CallBench(subject, hook, job) } catch {
      switch error {
      case .unset(let text): return .unset(text)
      case .system(let text): return .system(text)
      }
    }
    do throws(CheckEnd) {
      return .called(try bench.call())
    } catch {
      switch error {
      case .skipped(let reason), .needless(let reason): return .unmade(reason)
      case .broken(let finding): return .unmade(finding.found)
      }
    }
  }
}
