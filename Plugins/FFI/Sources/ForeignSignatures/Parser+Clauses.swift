extension Parser {
  private static let clauseWords = "pure, errno=yes, timeout=..., fail if ... or result ..."

  /// What stands behind the closing bracket of a function.
  mutating func clauses(_ function: inout Function) throws(Failure) {
    if isBeforeClause { skipLineEnds() }
    guard next.kind != .lineEnd, next.kind != .end else { return }
    while true {
      try clause(&function)
      guard take(",") else { return }
      skipLineEnds()
    }
  }

  private mutating func clause(_ function: inout Function) throws(Failure) {
    let start = place
    if take(word: "pure") {
      function.isPure = true
    } else if take(word: "errno") {
      try need("=")
      if take(word: "yes") {
        function.readsErrno = true
      } else if !take(word: "no") {
        throw failure(expected: "yes or no")
      }
    } else if take(word: "timeout") {
      try need("=")
      function.timeoutNanoseconds = try duration()
    } else if take(word: "fail") {
      try need(word: "if")
      var all = [try comparison()]
      while take(word: "and") { all.append(try comparison()) }
      function.failures.append(all)
    } else if take(word: "result") {
      if function.resultClause != nil {
        throw Failure(problem: Problem(start, "there is a result already"))
      }
      function.resultClause = try resultClause(start)
    } else {
      throw failure(expected: Self.clauseWords)
    }
  }

  private mutating func duration() throws(Failure) -> UInt64 {
    let expected = "a duration such as 2s or 500ms"
    guard case .number(let text) = next.kind else { throw failure(expected: expected) }
    let digits = text.prefix { $0.isNumber }
    let suffix = text.dropFirst(digits.count)
    guard let unit = Self.durations.first(where: { $0.unit == suffix }), let count = UInt64(digits), count > 0
    else {
      throw failure(expected: expected)
    }
    let (value, overflow) = count.multipliedReportingOverflow(by: unit.nanoseconds)
    guard !overflow, value < UInt64(Int64.max) else { throw failure(expected: "a shorter time") }
    advance()
    return value
  }

  private mutating func comparison() throws(Failure) -> Comparison {
    let left = try expression()
    for comparator in Comparison.Operator.allCases where take(comparator.rawValue) {
      return Comparison(left: left, comparator: comparator, right: try expression())
    }
    throw failure(expected: "==, !=, <, <=, > or >=")
  }

  private mutating func expression(_ level: Int = 0) throws(Failure) -> Expression {
    guard level < 8 else { throw failure(expected: "at most 8 of min within each other") }
    let expected = "a number, ret, errno, the name of an argument, or min(..., ...)"
    if case .number(let text) = next.kind {
      let value = text.hasPrefix("-") ? Int64(text) : Self.unsigned(text).flatMap { Int64(exactly: $0) }
      guard let value else { throw failure(expected: "a whole number") }
      advance()
      return .integer(value)
    }
    let start = place
    if take(word: "min") {
      try need("(")
      let left = try expression(level + 1)
      try need(",")
      let right = try expression(level + 1)
      try need(")")
      return .minimum(left, right)
    }
    return .name(try name(expected), start)
  }

  private mutating func resultClause(_ start: Place) throws(Failure) -> ResultClause {
    guard case .word(let word) = next.kind, let form = ResultClause.Form(rawValue: word) else {
      throw failure(expected: "bytes, cstr or array")
    }
    advance()
    try need("=")
    let buffer = try name("the name of an output")
    try need("[")
    guard try count("0") == 0 else { throw failure(expected: "0: a result begins where its buffer begins") }
    try need("..")
    let end = try expression()
    try need("]")
    return ResultClause(form: form, buffer: buffer, end: end, place: start)
  }
}
