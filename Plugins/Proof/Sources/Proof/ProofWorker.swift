internal import Glibc
internal import Metamath
internal import TaskHostSDK

/// Loads databases and checks parts of them.
final class ProofWorker: TaskWorker {
  private enum Loaded {
    case database(Database)
    case error(LoadError)
  }

  private let shared: SharedState
  /// The one database in memory: tasks of one file come together.
  private var loaded: (file: Int, result: Loaded, nanoseconds: Int)?
  /// Made at the first task, so that a fork inherits nothing but the database.
  private var checker: Checker?

  init(_ shared: SharedState) {
    self.shared = shared
    // The load is done before a fork, which then shares it.
    if !shared.paths.isEmpty { _ = load(0) }
  }

  func perform(request: Bytes, call: Call, response: Output) throws {
    let task = try ProofTask(reading: request)
    guard task.file < shared.paths.count else { throw PayloadReader.malformed }
    let (result, nanoseconds) = load(task.file)
    var answer: ProofResponse
    switch result {
    case .error(let error): answer = ProofResponse(.loadError(error))
    case .database(let database):
      let start = Self.now()
      answer = try perform(task, database, call)
      answer.checkNanoseconds = Self.now() - start
      answer.fingerprint = database.fingerprint
      answer.proofCount = database.proofCount
    }
    answer.loadNanoseconds = nanoseconds
    try answer.write(to: response)
  }

  private func perform(_ task: ProofTask, _ database: Database, _ call: Call) throws -> ProofResponse {
    let all = 0..<database.proofCount
    switch task.work {
    case .part(let part, let parts):
      return try check(database.range(ofPart: part, of: parts), database, call)
    case .range(let range):
      // Outside what is there only when the database has changed, which the host sees.
      return try check(range.clamped(to: all), database, call)
    case .split(let part, let parts):
      return ProofResponse(.split(database.cut(database.range(ofPart: part, of: parts), pieces: 2)))
    case .blame(let proof):
      guard all.contains(proof) else {
        return ProofResponse(.blamed(file: task.shown, line: 0, column: 0, label: ""))
      }
      let place = database.place(ofProof: proof)
      return ProofResponse(
        .blamed(file: place.file, line: place.line, column: place.column, label: place.label))
    }
  }

  private func check(_ range: Range<Int>, _ database: Database, _ call: Call) throws -> ProofResponse {
    // The plan knows the size of the top-level file only; included files can make a part much larger.
    if range.count > 1 {
      let bytes = database.textBytes(range)
      if bytes / 4 > shared.batchBytes {
        return ProofResponse(.split(database.cut(range, pieces: bytes / shared.batchBytes)))
      }
    }
    var failures: [ProofFailure] = []
    let counts = try checker(for: database).check(
      range, cancelled: { call.isCancelled }, report: { failures.append($0) })
    guard counts.isComplete else { throw KindError.cancelled }
    return ProofResponse(.checked(range, counts, failures))
  }

  private func checker(for database: Database) throws -> Checker {
    if let checker, checker.database === database { return checker }
    var options = CheckOptions()
    options.maxSymbols = shared.maxSymbols
    options.width = shared.width
    guard let made = Checker(database, options: options) else {
      throw KindError.noMemory("no address space for max_symbols = \(shared.maxSymbols)")
    }
    checker = made
    return made
  }

  private func load(_ file: Int) -> (result: Loaded, nanoseconds: Int) {
    if let loaded, loaded.file == file { return (loaded.result, loaded.nanoseconds) }
    // First let go of the other database: two need not be in memory at once.
    loaded = nil
    checker = nil
    let start = Self.now()
    let path = shared.paths[file]
    let result: Loaded
    do throws(LoadError) {
      result = .database(try Database.load(path: path.path, shownAs: path.shown))
    } catch {
      result = .error(error)
    }
    let nanoseconds = Self.now() - start
    loaded = (file, result, nanoseconds)
    return (result, nanoseconds)
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
