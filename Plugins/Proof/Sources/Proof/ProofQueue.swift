internal import Metamath
internal import TaskHostSDK

/// The host's side: cuts databases into tasks, and puts the answers together.
final class ProofQueue: PlanningQueue, RespondingQueue, GoneQueue, SummarizingQueue {
  /// What is known of one database.
  struct Progress {
    var shown: String
    var fingerprint: UInt64?
    var proofCount = 0
    var checked = 0
    /// The ranges that have been checked.
    var ranges: [Range<Int>] = []
    /// Tasks that have not yet ended.
    var open = 0
    /// Some task ended without a response, so that something is missing for a known reason.
    var hasLost = false
    var hasChanged = false
    var failedToLoad = false
    var loadNanoseconds = 0
  }

  let options: RunOptions
  var databases: [Progress] = []
  var counts = Counts()
  /// Proofs that have no verdict because workers died of them.
  var blamed = 0
  var checkNanoseconds = 0

  init(options: RunOptions) { self.options = options }

  func use(
    response bytes: Bytes, of task: Bytes, from worker: WorkerStatus, call: Call, competence: Output,
    tasks: ListOutput
  ) throws -> WorkerAnswer {
    let task = try ProofTask(reading: task)
    let response = try ProofResponse(reading: bytes)
    guard task.file < databases.count else { throw PayloadReader.malformed }
    databases[task.file].open -= 1
    databases[task.file].loadNanoseconds = max(
      databases[task.file].loadNanoseconds, response.loadNanoseconds)

    if case .loadError(let error) = response.result {
      // Every worker finds the same error; it is told once.
      if !databases[task.file].failedToLoad { report(error, call) }
      databases[task.file].failedToLoad = true
      call.count(passed: 0, pending: 0, failed: 0)
      return .stay
    }
    compareIdentity(response, task, call)
    switch response.result {
    case .loadError: break
    case .checked(let range, let counts, let failures):
      note(range, counts, response, task.file)
      call.count(
        passed: UInt64(counts.ok), pending: UInt64(counts.incomplete),
        failed: UInt64(counts.failed + counts.limit))
      for failure in failures { report(failure, call) }
      showProgress(call)
    case .split(let ranges):
      call.count(passed: 0, pending: 0, failed: 0)
      for range in ranges {
        var piece = task
        piece.work = .range(range)
        try add(piece, tasks)
      }
    case .blamed(let file, let line, let column, let label):
      blame(task, file, line, column, label, call)
    }
    return .stay
  }

  /// A worker that dies while it checks a part costs that part a closer look: it is halved until a single proof is
  /// left, which is then named.
  func gone(_ gone: Gone, task: Bytes?, call: Call, tasks: ListOutput) throws -> GoneAnswer {
    guard let task else { return .settled }
    var lost = try ProofTask(reading: task)
    guard lost.file < databases.count else { throw PayloadReader.malformed }
    databases[lost.file].open -= 1
    guard gone.cause == .workerDied || gone.cause == .timeout || gone.cause == .limit else {
      databases[lost.file].hasLost = true
      return .settled
    }
    switch lost.work {
    case .part(let part, let parts):
      lost.work = .split(part, of: parts)
      try add(lost, tasks)
    case .range(let range) where range.count > 1:
      let middle = range.lowerBound + range.count / 2
      lost.work = .range(range.lowerBound..<middle)
      try add(lost, tasks)
      lost.work = .range(middle..<range.upperBound)
      try add(lost, tasks)
    case .range(let range) where range.count == 1:
      lost.work = .blame(range.lowerBound)
      lost.reason = gone.text
      lost.isLimit = gone.cause != .workerDied
      try add(lost, tasks)
    case .range, .split, .blame:
      databases[lost.file].hasLost = true
    }
    return .settled
  }

  func add(_ task: ProofTask, _ tasks: ListOutput) throws(KindError) {
    try task.write(to: tasks.item)
    var options = ItemOptions()
    options.group = UInt64(task.file + 1)
    try tasks.endItem(options)
    databases[task.file].open += 1
  }

  private func note(_ range: Range<Int>, _ counts: Counts, _ response: ProofResponse, _ file: Int) {
    databases[file].ranges.append(range)
    databases[file].checked += range.count
    self.counts.ok += counts.ok
    self.counts.failed += counts.failed
    self.counts.incomplete += counts.incomplete
    self.counts.limit += counts.limit
    checkNanoseconds += response.checkNanoseconds
  }

  private func blame(
    _ task: ProofTask, _ file: String, _ line: Int, _ column: Int, _ label: String, _ call: Call
  ) {
    var diagnostic = Diagnostic(
      task.isLimit ? .limit : .error,
      "no verdict: the worker that checked this proof was lost: \(task.reason)")
    diagnostic.file = file
    diagnostic.line = line
    diagnostic.column = column
    diagnostic.label = label
    call.diagnostic(diagnostic)
    call.count(passed: 0, pending: 0, failed: 1)
    if case .blame(let proof) = task.work {
      databases[task.file].ranges.append(proof..<proof + 1)
      databases[task.file].checked += 1
    }
    if task.isLimit { counts.limit += 1 } else { blamed += 1 }
    showProgress(call)
  }

  private func showProgress(_ call: Call) {
    let done = databases.reduce(0) { $0 + $1.checked }
    // A total that leaves out databases not seen yet would shrink what is done.
    let isKnown = databases.allSatisfy { $0.fingerprint != nil || $0.failedToLoad }
    let total = isKnown ? databases.reduce(0) { $0 + $1.proofCount } : 0
    call.progress(UInt64(done), of: UInt64(total), "proofs")
  }
}
