extension Parser {
  enum TypeSyntax {
    case void
    case value(ValueType)
    case content(Content, Capacity)
  }

  /// Words of C of which one type may have several.
  private static let integerWords: Set<String> = [
    "unsigned", "signed", "short", "long", "int", "char", "float", "double",
  ]

  private static let aliases: [String: Scalar] = [
    "char": .i8, "signed char": .i8, "unsigned char": .u8, "short": .i16, "short int": .i16,
    "unsigned short": .u16, "unsigned short int": .u16, "int": .i32, "signed": .i32, "signed int": .i32,
    "unsigned": .u32, "unsigned int": .u32, "long": .i64, "long int": .i64, "unsigned long": .u64,
    "unsigned long int": .u64, "long long": .i64, "long long int": .i64, "unsigned long long": .u64,
    "unsigned long long int": .u64, "float": .f32, "double": .f64, "size_t": .size, "ssize_t": .i64,
    "int8_t": .i8, "int16_t": .i16, "int32_t": .i32, "int64_t": .i64, "uint8_t": .u8, "uint16_t": .u16,
    "uint32_t": .u32, "uint64_t": .u64, "_Bool": .bool,
  ]

  mutating func resultType() throws(Failure) -> ResultType {
    if take(word: "owned") {
      try need(word: "cstr")
      return .ownedText
    }
    let start = next
    switch try type("the type of a result") {
    case .void: return .void
    case .value(let type): return .value(type)
    case .content:
      throw Failure(
        problem: Problem(
          start.place, found: start.shown,
          expected: "a type whose length is known: the library says nothing of that of a result"))
    }
  }

  mutating func valueType(_ expected: String) throws(Failure) -> ValueType {
    let start = next
    switch try type(expected) {
    case .value(let type): return type
    case .void: throw Failure(problem: Problem(start.place, found: "'void'", expected: expected))
    case .content:
      throw Failure(problem: Problem(start.place, found: start.shown, expected: "a type of one value"))
    }
  }

  mutating func type(_ expected: String) throws(Failure) -> TypeSyntax {
    let start = next
    guard case .word(let word) = start.kind else { throw failure(expected: expected) }
    if Self.integerWords.contains(word) || Self.aliases[word] != nil { return try alias(start) }
    advance()
    switch word {
    case "void": return take("*") ? .value(.pointer) : .void
    case "ptr": return .value(.pointer)
    case "cstr": return .value(.text)
    case "bytes": return .content(.bytes, take("<") ? try capacity() : .none)
    case "ref":
      if next.kind == .word("ref") {
        throw failure(expected: "a type that is no ref: write ptr for the inner one")
      }
      return .value(.reference(try valueType("the type of what is referred to")))
    case "struct": return .value(.structure(try name("the name of a struct")))
    case "array":
      try need("<")
      if next.kind == .word("array") { throw failure(expected: "the type of one value: arrays are flat") }
      let element = try valueType("the type of the elements")
      if take(",") { return .content(.array(element), try capacity()) }
      try need(">")
      return .content(.array(element), .none)
    default:
      if let scalar = Scalar(rawValue: word) { return .value(.scalar(scalar)) }
      if Self.reserved.contains(word) || word.contains(".") {
        throw Failure(problem: Problem(start.place, found: start.shown, expected: expected))
      }
      return .value(.structure(word))
    }
  }

  /// Behind `<` or a comma.
  private mutating func capacity() throws(Failure) -> Capacity {
    if case .number = next.kind {
      let count = try count("a number")
      try need(">")
      return .fixed(count)
    }
    let name = try name("a number, or the name of a number of the request")
    try need(">")
    return .named(name)
  }

  private mutating func alias(_ start: Token) throws(Failure) -> TypeSyntax {
    var words: [String] = []
    while case .word(let word) = next.kind, Self.integerWords.contains(word) || (words.isEmpty) {
      words.append(word)
      advance()
      if !Self.integerWords.contains(word) { break }
    }
    let name = words.joined(separator: " ")
    if next.kind == .mark("*") {
      guard name == "char" else {
        throw failure(
          expected: "no pointer: write in, out or inout before the type, or bytes, array<...> or ptr")
      }
      advance()
      return .value(.text)
    }
    guard let scalar = Self.aliases[name] else {
      throw Failure(
        problem: Problem(start.place, found: "'\(name)'", expected: "a type of C with 64 bits at most"))
    }
    return .value(.scalar(scalar))
  }

  // MARK: Parameters

  mutating func parameter() throws(Failure) -> Parameter {
    let start = place
    if take(word: "callback") {
      let callback = try name("the name of a callback")
      return Parameter(role: .callback(callback), name: optionalName(), place: start)
    }
    if take(word: "const") { return try constant(start) }
    let direction: Direction? =
      take(word: "in") ? .in : take(word: "out") ? .out : take(word: "inout") ? .inout : nil
    let typeToken = next
    let role: Parameter.Role
    switch try type("a type") {
    case .void:
      throw Failure(
        problem: Problem(typeToken.place, "void is no type of an argument: a function without any has ()"))
    case .content(let content, let capacity):
      role = .buffer(direction ?? .in, content, capacity, nil)
    case .value(.reference(let type)):
      role = .buffer(direction ?? .in, .value(type), .none, nil)
    case .value(let type):
      role =
        direction == nil || direction == .in
        ? .value(type) : .buffer(direction ?? .out, .value(type), .none, nil)
    }
    var parameter = Parameter(role: role, name: optionalName(), place: start)
    if next.kind == .mark(":"), let length = lengthInFront(parameter) {
      advance()
      var behind = try self.parameter()
      guard case .buffer(let direction, let content, let capacity, nil) = behind.role, !isValue(content)
      else {
        throw Failure(
          problem: Problem(
            behind.place, "behind the ':' stands what has this length: bytes or an array without another one")
        )
      }
      behind.role = .buffer(direction, content, capacity, length)
      return behind
    }
    if next.kind == .mark(":") {
      guard case .buffer(let direction, let content, let capacity, _) = role, !isValue(content) else {
        throw failure(expected: "',' or ')': only bytes and arrays have a length")
      }
      advance()
      parameter.role = .buffer(direction, content, capacity, try length())
    }
    return parameter
  }

  /// A number, or the address of one.
  private func lengthInFront(_ parameter: Parameter) -> LengthBinding? {
    let direction: Direction
    let type: Scalar
    switch parameter.role {
    case .value(.scalar(let scalar)): (direction, type) = (.in, scalar)
    case .buffer(let way, .value(.scalar(let scalar)), _, _) where way != .in:
      (direction, type) = (way, scalar)
    default: return nil
    }
    guard type.isInteger else { return nil }
    return LengthBinding(
      type: type, direction: direction, name: parameter.name, isInFront: true, place: parameter.place)
  }

  private func isValue(_ content: Content) -> Bool {
    if case .value = content { return true }
    return false
  }

  private mutating func optionalName() -> String? {
    guard case .word(let word) = next.kind, !word.contains("."), !Self.reserved.contains(word) else {
      return nil
    }
    advance()
    return word
  }

  private mutating func length() throws(Failure) -> LengthBinding {
    let start = place
    let direction: Direction = take(word: "inout") ? .inout : take(word: "out") ? .out : .in
    let typeToken = next
    guard case .value(.scalar(let scalar)) = try type("the type of a length"), scalar.isInteger else {
      throw Failure(
        problem: Problem(typeToken.place, found: typeToken.shown, expected: "a type of whole numbers"))
    }
    return LengthBinding(type: scalar, direction: direction, name: optionalName(), place: start)
  }

  private mutating func constant(_ start: Place) throws(Failure) -> Parameter {
    let type = try valueType("the type of a fixed argument")
    if next.kind == .mark("*") {
      throw failure(expected: "a value: const fixes an argument; the type const char * is cstr")
    }
    let value = try constantValue(of: type)
    return Parameter(role: .constant(type, value), name: optionalName(), place: start)
  }

  private mutating func constantValue(of type: ValueType) throws(Failure) -> Constant {
    let token = next
    func wrong(_ expected: String) -> Failure {
      Failure(problem: Problem(token.place, found: token.shown, expected: expected))
    }
    switch (type, token.kind) {
    case (.text, .text(let text)):
      guard !text.utf8.contains(0) else { throw wrong("a text without NUL") }
      advance()
      return .text(text)
    case (.text, .word("null")), (.pointer, .word("null")):
      advance()
      return .null
    case (.pointer, .number(let text)):
      guard let value = Self.unsigned(text) else { throw wrong("null, or an address") }
      advance()
      return .unsigned(value)
    case (.scalar(.bool), .word(let word)) where word == "true" || word == "false":
      advance()
      return .boolean(word == "true")
    case (.scalar(let scalar), .number(let text)):
      let value = try Self.number(text, scalar, wrong)
      advance()
      return value
    default: throw wrong("a value of the type \(Printer.text(type))")
    }
  }

  private static func number(
    _ text: String, _ scalar: Scalar, _ wrong: (String) -> Failure
  ) throws(Failure) -> Constant {
    if scalar == .bool { throw wrong("true or false") }
    if scalar.isFloat {
      guard let value = Double(text), value.isFinite else { throw wrong("a number") }
      return .real(value)
    }
    let bits = scalar.byteCount * 8
    if scalar.isSigned {
      let value = text.hasPrefix("-") ? Int64(text) : unsigned(text).flatMap { Int64(exactly: $0) }
      guard let value, value >> (bits - 1) == 0 || value >> (bits - 1) == -1 else {
        throw wrong("a number that an \(scalar.rawValue) holds")
      }
      return .integer(value)
    }
    guard let value = unsigned(text), bits == 64 || value >> UInt64(bits) == 0 else {
      throw wrong("a number that a \(scalar.rawValue) holds")
    }
    return .unsigned(value)
  }

  static func unsigned(_ text: String) -> UInt64? {
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt64(text.dropFirst(2), radix: 16) }
    return UInt64(text)
  }
}
