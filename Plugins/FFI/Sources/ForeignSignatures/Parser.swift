/// Reads signature files: one statement in each line, which may go on inside brackets and behind commas.
///
/// It goes on behind a mistake with the next line, so that all of them are told.
package struct Parser {
  static let durations: [(unit: String, nanoseconds: UInt64)] = [
    ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1),
  ]

  struct Failure: Error { var problem: Problem }

  private let tokens: [Token]
  private var position = 0
  /// Of brackets that are open: within them the end of a line is nothing.
  private var depth = 0
  private(set) var problems: [Problem]
  /// A line that others may rely on could not be read: what they say of it is no mistake of theirs.
  private(set) var lacksDefinitions = false

  private init(_ text: some Sequence<UInt8>) {
    let lexer = Lexer(text)
    tokens = lexer.tokens
    problems = lexer.problems
  }

  /// The statements of a file, or all that is wrong with it.
  package static func parse(_ text: some Sequence<UInt8>) throws(Problems) -> [Statement] {
    let (statements, parser) = read(text)
    guard parser.problems.isEmpty else { throw Problems(sorting: parser.problems) }
    return statements
  }

  /// The statements that could be read.
  static func read(_ text: some Sequence<UInt8>) -> (statements: [Statement], parser: Parser) {
    var parser = Parser(text)
    let statements = parser.file()
    return (statements, parser)
  }

  // MARK: Tokens

  var next: Token {
    var index = position
    if depth > 0 { while tokens[index].kind == .lineEnd { index += 1 } }
    return tokens[index]
  }

  var place: Place { next.place }

  mutating func advance() {
    if depth > 0 { while tokens[position].kind == .lineEnd { position += 1 } }
    if position < tokens.count - 1 { position += 1 }
  }

  /// A comma at the end of a line: the statement goes on.
  mutating func skipLineEnds() {
    while tokens[position].kind == .lineEnd { position += 1 }
  }

  /// The next line begins with a clause, and so belongs to this one.
  var isBeforeClause: Bool {
    guard let token = tokens[position...].first(where: { $0.kind != .lineEnd }),
      case .word(let word) = token.kind
    else {
      return false
    }
    return ["pure", "errno", "timeout", "fail", "result"].contains(word)
  }

  func failure(expected: String) -> Failure {
    Failure(problem: Problem(next.place, found: next.shown, expected: expected))
  }

  mutating func take(_ mark: String) -> Bool {
    guard next.kind == .mark(mark) else { return false }
    advance()
    return true
  }

  mutating func take(word: String) -> Bool {
    guard next.kind == .word(word) else { return false }
    advance()
    return true
  }

  mutating func need(_ mark: String) throws(Failure) {
    guard take(mark) else { throw failure(expected: "'\(mark)'") }
  }

  mutating func need(word: String) throws(Failure) {
    guard take(word: word) else { throw failure(expected: "'\(word)'") }
  }

  mutating func open(_ mark: String) throws(Failure) {
    try need(mark)
    depth += 1
  }

  mutating func close(_ mark: String) throws(Failure) {
    guard next.kind == .mark(mark) else { throw failure(expected: "'\(mark)'") }
    advance()
    depth -= 1
  }

  mutating func text(_ what: String) throws(Failure) -> String {
    guard case .text(let value) = next.kind else { throw failure(expected: "\(what) in quotes") }
    advance()
    return value
  }

  /// A name of C: without dots, and no word of the language.
  mutating func name(_ what: String) throws(Failure) -> String {
    guard case .word(let word) = next.kind, !word.contains("."), !Self.reserved.contains(word) else {
      throw failure(expected: what)
    }
    advance()
    return word
  }

  mutating func count(_ what: String) throws(Failure) -> Int {
    guard case .number(let text) = next.kind, let value = Int(text), value >= 0 else {
      throw failure(expected: what)
    }
    advance()
    return value
  }

  static let reserved: Set<String> = [
    "in", "out", "inout", "const", "callback", "ref", "array", "bytes", "cstr", "ptr", "void", "struct", "fn",
    "kind", "lib", "owned", "result", "fail", "pure", "min",
  ]

  // MARK: Statements

  private mutating func file() -> [Statement] {
    var statements: [Statement] = []
    while next.kind != .end {
      if next.kind == .lineEnd {
        advance()
        continue
      }
      let start = position
      do throws(Failure) {
        let statement = try statement()
        guard next.kind == .lineEnd || next.kind == .end else {
          throw failure(expected: "the end of the line")
        }
        statements.append(statement)
      } catch {
        problems.append(error.problem)
        if tokens[start].kind != .word("kind") { lacksDefinitions = true }
        recover(start)
      }
    }
    return statements
  }

  /// To the next line that begins with the word of a statement.
  private mutating func recover(_ start: Int) {
    depth = 0
    while next.kind != .end {
      if position > start, tokens[position - 1].kind == .lineEnd, case .word(let word) = next.kind,
        Self.statements.contains(word)
      {
        return
      }
      advance()
    }
  }

  private static let statements: Set<String> = ["lib", "kind", "struct", "callback", "owned"]

  private mutating func statement() throws(Failure) -> Statement {
    let start = place
    if take(word: "lib") { return .library(try text("the soname or the absolute path of a library"), start) }
    if take(word: "struct") { return .structure(try structure(start)) }
    if take(word: "callback") { return .callback(try callback(start)) }
    if take(word: "owned") { return try owner() }
    if take(word: "kind") { return .function(try function(start)) }
    throw failure(expected: "lib, kind, struct, callback or owned")
  }

  private mutating func structure(_ start: Place) throws(Failure) -> Structure {
    var structure = Structure(name: try name("the name of a struct"), members: [], place: start)
    try open("{")
    while next.kind != .mark("}") {
      let place = place
      let type = try valueType("the type of a member, or '}'")
      structure.members.append(
        Structure.Member(type: type, name: try name("the name of a member"), place: place))
      try need(";")
    }
    try close("}")
    while true {
      if take(word: "size") {
        structure.size = try count("a number of bytes")
      } else if take(word: "align") {
        structure.alignment = try count("a number of bytes")
      } else {
        return structure
      }
    }
  }

  private mutating func callback(_ start: Place) throws(Failure) -> Callback {
    let name = try name("the name of a callback")
    try need("=")
    let result = try resultType()
    var parameters: [ValueType] = []
    try open("(")
    while next.kind != .mark(")") {
      parameters.append(try valueType("a type, or ')'"))
      if !take(",") { break }
    }
    try close(")")
    try need(word: "builtin")
    return Callback(
      name: name, result: result, parameters: parameters,
      builtin: try self.name("the name of a builtin callback"),
      place: start)
  }

  private mutating func owner() throws(Failure) -> Statement {
    try need(word: "cstr")
    try need("=")
    try need(word: "free")
    try open("(")
    let place = place
    let symbol = try text("the name of the function that frees it")
    try close(")")
    return .owner(symbol, place)
  }

  private mutating func function(_ start: Place) throws(Failure) -> Function {
    guard case .word(let kindName) = next.kind else {
      throw failure(expected: "the name of a kind of calls, such as org.example.crc32")
    }
    advance()
    try need("=")
    try need(word: "fn")
    let result = try resultType()
    let symbolPlace = place
    var function = Function(
      name: kindName, symbol: try name("the name of a C function"), result: result, parameters: [],
      place: start,
      symbolPlace: symbolPlace)
    try open("(")
    while next.kind != .mark(")") {
      if take("...") {
        try need("|")
        function.tail = []
        while next.kind != .mark(")") {
          function.tail?.append(try parameter())
          if !take(",") { break }
        }
        break
      }
      function.parameters.append(try parameter())
      if !take(",") { break }
    }
    guard next.kind == .mark(")") else { throw failure(expected: "',' or ')'") }
    try close(")")
    try clauses(&function)
    return function
  }
}
