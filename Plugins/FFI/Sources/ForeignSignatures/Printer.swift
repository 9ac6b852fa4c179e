/// Writes signatures in one form, which the parser reads back as the same ones.
package enum Printer {
  package static func text(_ statements: [Statement]) -> String {
    statements.map { text($0) + "\n" }.joined()
  }

  package static func text(_ statement: Statement) -> String {
    switch statement {
    case .library(let name, _): "lib \(quoted(name))"
    case .owner(let symbol, _): "owned cstr = free(\(quoted(symbol)))"
    case .structure(let structure): text(structure)
    case .callback(let callback):
      "callback \(callback.name) = \(text(callback.result)) ("
        + callback.parameters.map { text($0) }.joined(separator: ", ") + ") builtin \(callback.builtin)"
    case .function(let function): text(function)
    }
  }

  private static func text(_ structure: Structure) -> String {
    var line = "struct \(structure.name) {"
    for member in structure.members { line += " \(text(member.type)) \(member.name);" }
    line += " }"
    if let size = structure.size { line += " size \(size)" }
    if let alignment = structure.alignment { line += " align \(alignment)" }
    return line
  }

  package static func text(_ type: ValueType) -> String {
    switch type {
    case .scalar(let scalar): scalar.rawValue
    case .pointer: "ptr"
    case .text: "cstr"
    case .structure(let name): name
    case .reference(let type): "ref " + text(type)
    }
  }

  package static func text(_ result: ResultType) -> String {
    switch result {
    case .void: "void"
    case .ownedText: "owned cstr"
    case .value(let type): text(type)
    }
  }

  package static func text(_ function: Function) -> String {
    var arguments = function.parameters.map { text($0) }
    if let tail = function.tail {
      arguments.append((["... |"] + [tail.map { text($0) }.joined(separator: ", ")]).joined(separator: " "))
    }
    var line = "kind \(function.name) = fn \(text(function.result)) \(function.symbol)("
    line += arguments.joined(separator: ", ") + ")"
    var clauses: [String] = []
    if function.isPure { clauses.append("pure") }
    if function.readsErrno { clauses.append("errno=yes") }
    if let timeout = function.timeoutNanoseconds { clauses.append("timeout=\(duration(timeout))") }
    clauses += function.failures.map { "fail if " + $0.map { text($0) }.joined(separator: " and ") }
    if let clause = function.resultClause {
      clauses.append("result \(clause.form.rawValue) = \(clause.buffer)[0..\(text(clause.end))]")
    }
    return clauses.isEmpty ? line : line + " " + clauses.joined(separator: ", ")
  }

  package static func text(_ parameter: Parameter) -> String {
    let name = parameter.name.map { " " + $0 } ?? ""
    switch parameter.role {
    case .value(let type): return text(type) + name
    case .constant(let type, let constant): return "const \(text(type)) \(text(constant))\(name)"
    case .callback(let callback): return "callback \(callback)\(name)"
    case .buffer(let direction, let content, let capacity, let length):
      var line = direction.rawValue + " " + text(content, capacity) + name
      if let length {
        let direction = length.direction == .in ? "" : length.direction.rawValue + " "
        let text = "\(direction)\(length.type.rawValue)" + (length.name.map { " " + $0 } ?? "")
        line = length.isInFront ? "\(text) : \(line)" : "\(line) : \(text)"
      }
      return line
    }
  }

  private static func text(_ content: Content, _ capacity: Capacity) -> String {
    let length: String? =
      switch capacity {
      case .none: nil
      case .fixed(let count): "\(count)"
      case .named(let name): name
      }
    switch content {
    case .bytes: return length.map { "bytes<\($0)>" } ?? "bytes"
    case .array(let type): return "array<\(text(type))" + (length.map { ", \($0)" } ?? "") + ">"
    case .value(let type): return "ref " + text(type)
    }
  }

  package static func text(_ constant: Constant) -> String {
    switch constant {
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .real(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .text(let value): quoted(value)
    case .null: "null"
    }
  }

  package static func text(_ comparison: Comparison) -> String {
    "\(text(comparison.left)) \(comparison.comparator.rawValue) \(text(comparison.right))"
  }

  private static func text(_ expression: Expression) -> String {
    switch expression {
    case .integer(let value): "\(value)"
    case .name(let name, _): name
    case .minimum(let left, let right): "min(\(text(left)), \(text(right)))"
    }
  }

  /// In the largest unit that takes a whole number.
  private static func duration(_ nanoseconds: UInt64) -> String {
    for (unit, size) in Parser.durations where nanoseconds.isMultiple(of: size) {
      return "\(nanoseconds / size)\(unit)"
    }
    return "\(nanoseconds)ns"
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 32 || scalar.value == 127:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
