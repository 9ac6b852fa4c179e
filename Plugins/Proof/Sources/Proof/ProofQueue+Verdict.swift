internal import Metamath
internal import TaskHostSDK

extension ProofQueue {
  func report(_ error: LoadError, _ call: Call) {
    var diagnostic = Diagnostic(.error, error.message)
    diagnostic.file = error.file
    diagnostic.line = error.line
    diagnostic.column = error.column
    diagnostic.label = error.label
    call.diagnostic(diagnostic)
  }

  func report(_ failure: ProofFailure, _ call: Call) {
    let severity: TaskHostSDK.Severity =
      switch failure.severity {
      case .failed: .failed
      case .incomplete: .incomplete
      case .limit: .limit
      }
    var message = failure.cause
    if !failure.expected.isEmpty || !failure.found.isEmpty {
      message += ": expected \(failure.expected), found \(failure.found)"
    }
    var diagnostic = Diagnostic(severity, message)
    diagnostic.file = failure.file
    diagnostic.line = failure.line
    diagnostic.column = failure.column
    diagnostic.label = failure.label
    diagnostic.step = failure.step
    // The proof's number puts diagnostics of different parts into the order of the database.
    diagnostic.json = JSON.object(
      number: ("proof", failure.proof + 1),
      texts: [("step_label", failure.stepLabel), ("expected", failure.expected), ("found", failure.found)])
    call.diagnostic(diagnostic)
  }

  /// Every worker must have seen the same files.
  func compareIdentity(_ response: ProofResponse, _ task: ProofTask, _ call: Call) {
    guard let fingerprint = databases[task.file].fingerprint else {
      databases[task.file].fingerprint = response.fingerprint
      databases[task.file].proofCount = response.proofCount
      return
    }
    let isSame =
      fingerprint == response.fingerprint && databases[task.file].proofCount == response.proofCount
    if !isSame { reportChange(task.file, "its workers saw different files", call) }
  }

  private func reportChange(_ file: Int, _ how: String, _ call: Call) {
    if databases[file].hasChanged { return }
    databases[file].hasChanged = true
    var diagnostic = Diagnostic(.error, "the database changed while it was checked: \(how)")
    diagnostic.file = databases[file].shown
    call.diagnostic(diagnostic)
  }

  /// One line, after a last look at whether each proof was checked once.
  func summary(of totals: Totals, call: Call, text: Output) throws {
    for file in databases.indices { checkCoverage(file, call) }
    let proofs = counts.total + blamed
    let workers = max(totals.workers, 1)
    let load = databases.map(\.loadNanoseconds).max() ?? 0
    var line =
      "\(proofs) proofs: \(counts.ok) ok, \(counts.failed) failed, \(counts.incomplete) incomplete, "
      + "\(counts.limit) limit; \(workers) workers; load \(Self.milliseconds(load)) ms; "
      + "check \(Self.milliseconds(checkNanoseconds / workers)) ms"
    if blamed > 0 { line += "; \(blamed) without a verdict" }
    let unread = databases.filter { $0.failedToLoad || $0.hasChanged || $0.hasLost }.map(\.shown)
    if !unread.isEmpty { line += "; no verdict on \(unread.joined(separator: ", "))" }
    try text.write(line)
  }

  private func checkCoverage(_ file: Int, _ call: Call) {
    let database = databases[file]
    // Only a run that came to its end can tell.
    guard database.open == 0, !database.hasLost, !database.failedToLoad, !database.hasChanged else { return }
    var next = 0
    for range in database.ranges.sorted(by: {
      ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
    })
    where !range.isEmpty {
      if range.lowerBound != next { break }
      next = range.upperBound
    }
    if next != database.proofCount || database.checked != database.proofCount {
      reportChange(
        file, "its parts cover \(database.checked) proofs of \(database.proofCount), or some of them twice",
        call)
    }
  }

  private static func milliseconds(_ nanoseconds: Int) -> Int { (nanoseconds + 500_000) / 1_000_000 }
}

/// Just enough JSON for the members of a diagnostic.
enum JSON {
  static func object(number: (String, Int), texts: [(String, String)]) -> String {
    let members = texts.filter { !$0.1.isEmpty }.map { ",\(quoted($0)):\(quoted($1))" }
    return "{\(quoted(number.0)):\(number.1)" + members.joined() + "}"
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default:
        if scalar.value < 32 {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
