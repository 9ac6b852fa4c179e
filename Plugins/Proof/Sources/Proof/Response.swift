internal import Metamath
internal import TaskHostSDK

/// What a worker saw of a database, and what it made of its task.
struct ProofResponse {
  enum Result {
    case loadError(LoadError)
    /// These proofs were checked.
    case checked(Range<Int>, Counts, [ProofFailure])
    /// The task is too large, or its worker died: these ranges take its place.
    case split([Range<Int>])
    /// Where the proof to blame is.
    case blamed(file: String, line: Int, column: Int, label: String)
  }

  var fingerprint: UInt64 = 0
  var proofCount = 0
  var loadNanoseconds = 0
  var checkNanoseconds = 0
  var result: Result

  init(_ result: Result) { self.result = result }

  func write(to output: Output) throws(KindError) {
    try output.write(fingerprint)
    try output.put(proofCount)
    try output.put(loadNanoseconds)
    try output.put(checkNanoseconds)
    switch result {
    case .loadError(let error):
      try output.put(0)
      try output.put(error.file)
      try output.put(error.line)
      try output.put(error.column)
      try output.put(error.label)
      try output.put(error.message)
    case .checked(let range, let counts, let failures):
      try output.put(1)
      try output.put(range.lowerBound)
      try output.put(range.upperBound)
      try output.put(counts.ok)
      try output.put(counts.failed)
      try output.put(counts.incomplete)
      try output.put(counts.limit)
      try output.put(failures.count)
      for failure in failures { try write(failure, to: output) }
    case .split(let ranges):
      try output.put(2)
      try output.put(ranges.count)
      for range in ranges {
        try output.put(range.lowerBound)
        try output.put(range.upperBound)
      }
    case .blamed(let file, let line, let column, let label):
      try output.put(3)
      try output.put(file)
      try output.put(line)
      try output.put(column)
      try output.put(label)
    }
  }

  init(reading bytes: Bytes) throws(KindError) {
    var reader = PayloadReader(bytes)
    fingerprint = try reader.bits()
    proofCount = try reader.number()
    loadNanoseconds = try reader.number()
    checkNanoseconds = try reader.number()
    switch try reader.number() {
    case 0:
      result = .loadError(
        LoadError(
          file: try reader.text(), line: try reader.number(), column: try reader.number(),
          label: try reader.text(), message: try reader.text()))
    case 1:
      let range = try Self.range(&reader)
      var counts = Counts()
      counts.ok = try reader.number()
      counts.failed = try reader.number()
      counts.incomplete = try reader.number()
      counts.limit = try reader.number()
      var failures: [ProofFailure] = []
      for _ in 0..<(try reader.number()) { failures.append(try Self.failure(&reader)) }
      result = .checked(range, counts, failures)
    case 2:
      var ranges: [Range<Int>] = []
      for _ in 0..<(try reader.number()) { ranges.append(try Self.range(&reader)) }
      result = .split(ranges)
    case 3:
      result = .blamed(
        file: try reader.text(), line: try reader.number(), column: try reader.number(),
        label: try reader.text())
    default: throw PayloadReader.malformed
    }
    try reader.end()
  }

  private static func range(_ reader: inout PayloadReader) throws(KindError) -> Range<Int> {
    let low = try reader.number()
    let high = try reader.number()
    guard low <= high else { throw PayloadReader.malformed }
    return low..<high
  }

  private func write(_ failure: ProofFailure, to output: Output) throws(KindError) {
    try output.put(Int(failure.severity.rawValue))
    try output.put(failure.proof)
    try output.put(failure.file)
    try output.put(failure.line)
    try output.put(failure.column)
    try output.put(failure.label)
    try output.put(failure.step)
    try output.put(failure.stepLabel)
    try output.put(failure.cause)
    try output.put(failure.expected)
    try output.put(failure.found)
  }

  private static func failure(_ reader: inout PayloadReader) throws(KindError) -> ProofFailure {
    guard let severity = Metamath.Severity(rawValue: UInt8(truncatingIfNeeded: try reader.number())) else {
      throw PayloadReader.malformed
    }
    return ProofFailure(
      severity: severity, proof: try reader.number(), file: try reader.text(), line: try reader.number(),
      column: try reader.number(), label: try reader.text(), step: try reader.number(),
      stepLabel: try reader.text(), cause: try reader.text(), expected: try reader.text(),
      found: try reader.text())
  }
}
