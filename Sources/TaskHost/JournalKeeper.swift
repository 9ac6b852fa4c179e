internal import PluginLoading
internal import Scheduling
internal import WorkerPool

/// Notes the ends of tasks in the file of a ``RunJournal``, and knows what it says of earlier runs. Of the thread of the run.
final class JournalKeeper: Journal {
  typealias Digest = UInt128

  private struct Family {
    var digest: Digest
    var outcome: Outcome?
  }

  private let file: JournalFile
  private let kind: Kind
  /// How often each task has ended well, as far as tasks of this run have not made use of it.
  private var done: [Digest: UInt32]
  /// Those that are under way.
  private var families: [UInt32: Family] = [:]
  /// With what all tasks of the run have in common.
  private var digest: TaskDigest?

  /// Throws ``RunError`` for a file that can not be used.
  init(_ journal: RunJournal, _ kind: Kind, isDryRun: Bool = false) throws(RunError) {
    self.kind = kind
    file = try JournalFile(path: journal.path, kind: kind.id, isReadOnly: isDryRun)
    let known = try file.read(resumes: journal.resumes)
    done = journal.resumes ? known : [:]
    try file.begin(resumes: journal.resumes)
  }

  func flush() throws(RunError) { try file.flush() }

  /// What has ended since it was last written, and all from now on, has to be done again.
  func stop() { file.stop() }

  func admits(_ task: UnsafeRawBufferPointer, as family: UInt32, shared: @autoclosure () -> [UInt8]) -> Bool {
    let digest = digest(of: task, shared: shared())
    if !done.isEmpty, let count = done[digest] {
      done[digest] = count > 1 ? count - 1 : nil
      return false
    }
    families[family] = Family(digest: digest)
    return true
  }

  func taskEnded(_ outcome: Outcome, in family: UInt32) {
    // Others do its work.
    guard outcome != .replaced, let index = families.index(forKey: family) else { return }
    let known = families.values[index].outcome
    if known.map({ Self.rank($0) < Self.rank(outcome) }) ?? true { families.values[index].outcome = outcome }
  }

  func familyEnded(_ family: UInt32) {
    // What was skipped is there already; of what was cancelled there is nothing to say.
    guard let ended = families.removeValue(forKey: family), let outcome = ended.outcome, outcome != .cancelled
    else { return }
    file.note(ended.digest, TaskOutcome(outcome))
  }

  private func digest(of task: UnsafeRawBufferPointer, shared: @autoclosure () -> [UInt8]) -> Digest {
    let known =
      digest ?? TaskDigest(common: [Array(kind.id.utf8), Array(kind.plugin.table.wire.utf8), shared()])
    digest = known
    return known.of(task)
  }

  /// What a family comes to is what the worst of it has come to.
  private static func rank(_ outcome: Outcome) -> Int {
    switch outcome {
    case .replaced, .skipped: 0
    case .stale: 1
    case .passed: 2
    case .pending: 3
    case .failed, .limit: 4
    case .timeout, .expired: 5
    case .error: 6
    case .crashed: 7
    case .lost, .unmatched: 8
    // It would have to be done again.
    case .cancelled: 9
    }
  }
}
