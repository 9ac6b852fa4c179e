internal import CPosix
internal import Glibc
internal import PluginLoading

/// What an examination is to do.
package struct ExaminationOptions: Sendable {
  /// As the user names it.
  package var file: String
  /// Empty: those of the manifest.
  package var words: [String] = []
  package var settings: [(key: String, value: String)] = []
  /// In the order of `Check.all`.
  package var checks: [Check] = Check.all
  package var seed: UInt64 = 1
  /// How often random checks try.
  package var executions = 200
  /// How long a check may take before it counts as hung; nil: as long as it says itself.
  package var seconds: Double?
  /// Checks that run at a time.
  package var parallel = 2
  /// In this process, one after the other: a crash ends it.
  package var inProcess = false
  /// Each call of a hook is noted.
  package var traces = false

  package init(file: String) { self.file = file }
}

/// One check of one file.
package struct CheckResult: Sendable {
  package var check: Check
  package var verdict: Verdict
  package var nanoseconds: UInt64
  /// What its process has written to standard output and standard error, at most 64 KiB.
  package var output: [UInt8] = []
  /// The calls of hooks, where they were to be noted: the first ones, how many were left out, and the last ones.
  package var calls: (first: [TracedCall], omitted: Int, last: [TracedCall])?
}

/// Why a file is not examined at all.
package enum ExaminationError: Error, Sendable {
  /// It is no plugin; the text names file, rule, what was found and expected, and the cure.
  case noPlugin(rule: String, text: String)
  /// It can not be read.
  case unreadable(text: String)
  case system(String)
  /// The user has ended it.
  case interrupted
}

/// All checks of one file.
package struct Examination {
  private let options: ExaminationOptions
  private let file: String
  /// As the file was when the examination began.
  private let stamp: FileStamp?
  private let words: [String]
  private let wordsAreGeneric: Bool
  /// Words of the manifest are relative to it.
  private let directory: String?
  /// The kind, where the manifest says it.
  package let kind: String?

  private static let genericWords = ["hello", "a b", "42"]

  package init(_ options: ExaminationOptions) throws(ExaminationError) {
    self.options = options
    if options.traces {
      do throws(ForeignError) { try ForeignSignature.probe() } catch { throw .system(error.text) }
    }
    let inspection = try Self.inspect(options.file)
    file = inspection.path
    stamp = inspection.stamp
    kind = inspection.manifest.map { "\($0.name) \($0.version)" }
    if !options.words.isEmpty {
      (words, wordsAreGeneric, directory) = (options.words, false, nil)
    } else if let examples = inspection.manifest?.examples, !examples.isEmpty {
      (words, wordsAreGeneric) = (examples, false)
      directory = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) + "/"
    } else {
      (words, wordsAreGeneric, directory) = (Self.genericWords, true, nil)
    }
  }

  /// What the load rules say; throws where the file is no plugin at all.
  static func inspect(_ file: String) throws(ExaminationError) -> Inspection {
    let inspection = Inspection(file, origin: .commandLine)
    guard let refusal = inspection.errors.first(where: { meansNoPlugin($0.rule, inspection) }) else {
      return inspection
    }
    if refusal.rule == .regularFile, access(file, R_OK) != 0 {
      throw .unreadable(text: refusal.description)
    }
    throw .noPlugin(rule: refusal.rule.id, text: refusal.description)
  }

  /// The file could not be one of ours, in contrast to a plugin with a mistake.
  private static func meansNoPlugin(_ rule: LoadRule, _ inspection: Inspection) -> Bool {
    switch rule {
    case .regularFile, .sharedObject, .programHeaders: true
    case .manifest: inspection.elf.map { $0.manifests.isEmpty && $0.entry == .missing } ?? true
    default: false
    }
  }

  private func job(_ check: Check) -> CheckJob {
    CheckJob(
      check: check.id, file: file, words: words, wordsAreGeneric: wordsAreGeneric, settings: options.settings,
      seed: options.seed, executions: options.executions, seconds: options.seconds ?? check.seconds,
      traces: options.traces)
  }

  /// Makes the checks; tells each result as soon as it and all before it are there. It ends early where the descriptor
  /// `interruption` becomes readable.
  package func run(
    unless interruption: Int32 = -1, _ tell: (CheckResult) -> Void
  ) throws(ExaminationError) {
    if options.inProcess { return try runHere(tell) }
    let orphans = Orphans()
    defer { orphans.kill() }
    var children: [CheckedChild] = []
    defer { for child in children { child.kill() } }
    var finished: [Int: CheckResult] = [:]
    var (next, told) = (0, 0)
    while told < options.checks.count {
      while children.count < max(1, options.parallel), next < options.checks.count {
        let check = options.checks[next]
        if let finding = change() {
          finished[next] = CheckResult(check: check, verdict: .fail(finding), nanoseconds: 0)
        } else {
          children.append(
            try CheckedChild(check, job(check), index: next, directory: directory))
        }
        next += 1
      }
      if !children.isEmpty { try CheckedChild.wait(for: children, unless: interruption) }
      children.removeAll { child in
        guard var result = child.finish() else { return false }
        result.verdict = settled(result.verdict)
        finished[child.index] = result
        return true
      }
      while let result = finished.removeValue(forKey: told) {
        tell(result)
        told += 1
      }
    }
  }

  /// What has become of the file since the examination began; nil: it is as it was.
  private func change() -> Finding? {
    guard let stamp else { return nil }
    let now = FileStamp.now(of: file)
    if now == stamp { return nil }
    return Finding(
      "\(file) was \(now == nil ? "deleted or renamed" : "changed") while it was checked",
      expected: "the file as it was when the examination began",
      cure: "A plugin leaves its own file alone; if somebody else has done that, check the file again.")
  }

  /// What could not be looked at because the file is another one now has failed.
  private func settled(_ verdict: Verdict) -> Verdict {
    guard case .skip = verdict, let finding = change() else { return verdict }
    return .fail(finding)
  }

  private func runHere(_ tell: (CheckResult) -> Void) throws(ExaminationError) {
    if let directory, chdir(directory) != 0 {
      throw .system("\(directory) can not be entered: \(String(cString: strerror(errno)))")
    }
    for check in options.checks {
      guard let page = Notebook.file(), let notebook = Notebook(file: page) else {
        throw .system("no memory for a check: \(String(cString: strerror(errno)))")
      }
      close(page)
      var log: CallLog?
      if options.traces {
        guard let file = CallLog.file() else {
          throw .system("no memory for the calls of a check: \(String(cString: strerror(errno)))")
        }
        log = CallLog(file: file)
        close(file)
      }
      let start = cpx_now()
      let verdict = change().map { Verdict.fail($0) } ?? settled(check.verdict(job(check), notebook, log))
      tell(
        CheckResult(
          check: check, verdict: verdict, nanoseconds: cpx_now() - start, calls: log?.read()))
    }
  }
}
