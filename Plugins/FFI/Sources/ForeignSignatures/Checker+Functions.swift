extension Checker {
  private static let reservedNames: Set<String> = ["call", "id", "ret", "errno", "result"]

  mutating func check(_ function: Function, hasOwner: Bool) {
    if isDenied(function.symbol) { add(function.symbolPlace, "'\(function.symbol)' may not be called") }
    if function.result == .ownedText, !hasOwner {
      add(
        function.symbolPlace,
        "'owned cstr' needs a line 'owned cstr = free(\"...\")' below the line of its library")
    }
    if case .value(let type) = function.result { check(result: type, function.symbolPlace) }
    check(count: function)
    for parameter in function.allParameters { check(parameter) }
    checkNames(function)
    checkTail(function)
    checkClauses(function)
  }

  private mutating func check(result type: ValueType, _ place: Place) {
    checkKnown(type, place)
    if case .reference(.reference) = type { add(place, "a result can not be a ref of a ref") }
  }

  private mutating func check(count function: Function) {
    let count = function.allParameters.reduce(0) { $0 + ($1.hasLength ? 2 : 1) }
    if count > Limits.arguments {
      add(function.place, "\(count) arguments, at most \(Limits.arguments)")
    }
  }

  private mutating func check(_ parameter: Parameter) {
    switch parameter.role {
    case .constant: break
    case .value(let type): checkKnown(type, parameter.place)
    case .callback(let name):
      if interface.callbacks[name] == nil { add(parameter.place, "unknown callback '\(name)'") }
    case .buffer(let direction, let content, let capacity, let length):
      check(content, parameter.place)
      if case .value = content { return }
      if direction == .out, capacity == .none {
        let type = if case .bytes = content { "bytes<4096>" } else { "array<i32, 16>" }
        add(
          parameter.place,
          "an output needs a length: \(type), or the name of a number of the request in its place")
      }
      if direction == .in, capacity != .none {
        add(parameter.place, "an input is as long as the request makes it: it takes no length")
      }
      if case .fixed(let count) = capacity, count * stride(content) > Limits.bufferBytes {
        add(
          parameter.place, "found a buffer of \(count) elements, expected at most \(Limits.bufferBytes) bytes"
        )
      }
      if direction == .in, let length, length.direction == .out {
        add(length.place, "the length of an input can not be an output")
      }
    }
  }

  private mutating func check(_ content: Content, _ place: Place) {
    switch content {
    case .bytes: break
    case .value(let type):
      checkKnown(type, place)
      if case .reference = type { add(place, "a ref of a ref: write ptr for the inner one") }
    case .array(let type):
      checkKnown(type, place)
      switch type {
      case .scalar, .structure, .pointer: break
      case .text, .reference: add(place, "the elements of an array are numbers, structs or ptr")
      }
    }
  }

  private func stride(_ content: Content) -> Int {
    guard case .array(let type) = content else { return 1 }
    return interface.layouts.measure(type)?.size ?? 1
  }

  private mutating func checkNames(_ function: Function) {
    var names: Set<String> = []
    for (index, parameter) in function.allParameters.enumerated() {
      for (name, place) in parameter.namesOfRequest(index) {
        if Self.reservedNames.contains(name) {
          add(place, "the name '\(name)' has a meaning of its own in calls and results")
        }
        if !names.insert(name).inserted { add(place, "two arguments are called '\(name)'") }
      }
    }
  }

  /// libffi takes arguments that C promotes, or refuses them with a number.
  private mutating func checkTail(_ function: Function) {
    guard let tail = function.tail else { return }
    guard case .constant? = function.parameters.last?.role else {
      add(
        function.symbolPlace,
        "the last argument before '...' must be fixed with const: a format from a request could write memory")
      return
    }
    for parameter in tail {
      let type: ValueType? =
        switch parameter.role {
        case .value(let type): type
        case .constant(let type, _): type
        default: nil
        }
      guard case .scalar(let scalar)? = type, let promoted = scalar.promoted else { continue }
      add(
        parameter.place,
        "C passes a variadic \(scalar.rawValue) as \(promoted.rawValue): write \(promoted.rawValue)")
    }
  }

  // MARK: Clauses

  private mutating func checkClauses(_ function: Function) {
    for comparison in function.failures.joined() {
      check(comparison.left, function)
      check(comparison.right, function)
    }
    guard let clause = function.resultClause else { return }
    check(clause.end, function)
    let buffer = function.allParameters.first { $0.name == clause.buffer }
    guard case .buffer(let direction, let content, _, _)? = buffer?.role, direction.isWritten else {
      add(clause.place, "'\(clause.buffer)' is no output of this function")
      return
    }
    switch (content, clause.form) {
    case (.bytes, .bytes), (.bytes, .cstr), (.array, .array): break
    case (.bytes, _): add(clause.place, "'\(clause.buffer)' holds bytes: write result bytes or result cstr")
    case (.array, _): add(clause.place, "'\(clause.buffer)' is an array: write result array")
    case (.value, _): add(clause.place, "'\(clause.buffer)' is one value, which is told anyway")
    }
  }

  private mutating func check(_ expression: Expression, _ function: Function) {
    switch expression {
    case .integer: break
    case .minimum(let left, let right):
      check(left, function)
      check(right, function)
    case .name("errno", let place):
      if !function.readsErrno { add(place, "errno is not read: add errno=yes") }
    case .name("ret", let place):
      switch function.result {
      case .value(.scalar(let scalar)) where !scalar.isFloat: break
      case .value(.pointer), .value(.text), .ownedText, .value(.reference): break
      default: add(place, "ret is no whole number and no address")
      }
    case .name(let name, let place):
      if !function.allParameters.contains(where: { $0.numberNames.contains(name) }) {
        add(place, "'\(name)' is no argument that is a whole number")
      }
    }
  }
}

extension Parameter {
  var hasLength: Bool {
    if case .buffer(_, _, _, .some) = role { return true }
    return false
  }

  /// The members of a request that it takes, and of a result that it gives. An argument without a name is called by its number.
  func namesOfRequest(_ index: Int) -> [(name: String, place: Place)] {
    switch role {
    case .constant, .callback: return name.map { [($0, place)] } ?? []
    case .value: return [(name ?? "arg\(index + 1)", place)]
    case .buffer(_, _, let capacity, let length):
      var names = [(name ?? "arg\(index + 1)", place)]
      if case .named(let name) = capacity { names.append((name, place)) }
      if let length, let name = length.name { names.append((name, length.place)) }
      return names
    }
  }

  /// What a comparison may speak of.
  var numberNames: [String] {
    switch role {
    case .value(.scalar(let scalar)) where !scalar.isFloat: return name.map { [$0] } ?? []
    case .buffer(_, .value(.scalar(let scalar)), _, _) where !scalar.isFloat: return name.map { [$0] } ?? []
    case .buffer(_, _, _, let length): return length?.name.map { [$0] } ?? []
    default: return []
    }
  }
}
