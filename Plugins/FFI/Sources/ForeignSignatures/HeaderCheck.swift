/// A comparison of signatures with a header of C, by programs that the compiler takes or refuses.
package struct HeaderCheck {
  /// A program that says something by whether it can be compiled.
  package struct Probe {
    package var place: Place
    package var body: String
    package var isExpected: Bool
    /// What is wrong otherwise.
    package var message: String
  }

  private let interface: Interface
  private let file: String
  private let headers: [String]
  /// How C calls each struct: `struct timeval`, but `div_t`.
  private let spelling: [String: String]

  /// `exists` tells whether a body can be compiled behind the headers.
  package init(_ interface: Interface, file: String, headers: [String], exists: (String) -> Bool) {
    self.interface = interface
    self.file = file
    self.headers = headers
    var spelling: [String: String] = [:]
    for name in interface.layouts.structures.keys {
      spelling[name] = exists("char probe[sizeof(struct \(name))];") ? "struct \(name)" : name
    }
    self.spelling = spelling
  }

  /// What stands before every body.
  package static func preamble(_ headers: [String]) -> String {
    "#include <stddef.h>\n#include <stdint.h>\n#include <stdbool.h>\n"
      + headers.map { $0.hasPrefix("/") || $0.hasPrefix(".") ? "#include \"\($0)\"\n" : "#include <\($0)>\n" }
      .joined()
  }

  /// The main program. Its lines are those of the signatures, so that the compiler's messages point there.
  package func program() -> String {
    var text = Self.preamble(headers)
    text +=
      "#pragma GCC diagnostic error \"-Wconversion\"\n#pragma GCC diagnostic error \"-Wsign-conversion\"\n"
    text += "#pragma GCC diagnostic error \"-Wint-conversion\"\n"
    text += "#pragma GCC diagnostic error \"-Wincompatible-pointer-types\"\n"
    text += "#pragma GCC diagnostic error \"-Wimplicit-function-declaration\"\n"
    for (name, layout) in interface.layouts.structures.sorted(by: { $0.key < $1.key }) {
      text += structure(name, layout)
    }
    let quoted = Self.quoted(file)
    for (number, entry) in interface.entries.enumerated() {
      text += "#line \(entry.function.symbolPlace.line) \"\(quoted)\"\n" + check(entry.function, number)
    }
    return text
  }

  /// Inside the quotation marks of a line of C, whatever is in it.
  private static func quoted(_ name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\\", "\"": text += "\\\(scalar)"
      case _ where scalar.value < 0x20: text += "?"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// What the main program can not tell.
  package func probes() -> [Probe] { interface.entries.flatMap { probes($0.function) } }

  /// Members that the header calls as the signatures do must lie at the same place; others are left out.
  package func memberProbes(exists: (String) -> Bool) -> [Probe] {
    var probes: [Probe] = []
    for (name, layout) in interface.layouts.structures.sorted(by: { $0.key < $1.key }) {
      let type = spelling[name] ?? name
      for member in layout.members where exists("size_t probe = offsetof(\(type), \(member.name));") {
        let size = interface.layouts.measure(member.type)?.size ?? 0
        probes.append(
          Probe(
            place: Place(line: 1, column: 1),
            body: "_Static_assert(offsetof(\(type), \(member.name)) == \(member.offset) && "
              + "sizeof(((\(type) *)0)->\(member.name)) == \(size), \"\");",
            isExpected: true,
            message: "the member '\(member.name)' of struct \(name) has another place or size in the header"))
      }
    }
    return probes
  }

  private func structure(_ name: String, _ layout: StructLayout) -> String {
    let type = spelling[name] ?? name
    return """
      _Static_assert(sizeof(\(type)) == \(layout.size), "struct \(name) has another size in the header");
      _Static_assert(_Alignof(\(type)) == \(layout.alignment), "struct \(name) has another alignment in the header");

      """
  }

  // MARK: Functions

  private func check(_ function: Function, _ number: Int) -> String {
    let types = arguments(function)
    let parameters =
      types.isEmpty ? "void" : types.enumerated().map { "\($1) a\($0)" }.joined(separator: ", ")
    let call = "(\(function.symbol))(" + types.indices.map { "a\($0)" }.joined(separator: ", ") + ")"
    let result = returned(function.result, call)
    return
      "void check_\(number)(\(parameters)) { _Static_assert(\(result), \"the result of \(function.symbol) "
      + "has another type in the header\"); (void)\(call); }\n"
  }

  /// The C types of what is passed, one for each argument of C.
  private func arguments(_ function: Function) -> [String] {
    function.allParameters.flatMap { parameter -> [String] in
      switch parameter.role {
      case .value(let type), .constant(let type, _): return [name(type)]
      case .callback: return ["void *"]
      case .buffer(_, let content, _, let length):
        var types: [String] =
          switch content {
          case .bytes: ["void *"]
          case .array(let type), .value(let type): [pointer(to: type)]
          }
        if let length {
          let type = name(.scalar(length.type)) + (length.direction == .in ? "" : " *")
          types.insert(type, at: length.isInFront ? 0 : 1)
        }
        return types
      }
    }
  }

  private func pointer(to type: ValueType) -> String {
    switch type {
    case .scalar, .structure: name(type) + " *"
    // One type of pointers can not be passed as another, and which one it is nobody has said.
    case .pointer, .text, .reference: "void *"
    }
  }

  private func name(_ type: ValueType) -> String {
    switch type {
    case .scalar(let scalar): Self.name(scalar)
    case .pointer, .reference: "void *"
    case .text: "char *"
    case .structure(let name): spelling[name] ?? name
    }
  }

  private static func name(_ scalar: Scalar) -> String {
    switch scalar {
    case .i8: "int8_t"
    case .i16: "int16_t"
    case .i32: "int32_t"
    case .i64: "int64_t"
    case .u8: "uint8_t"
    case .u16: "uint16_t"
    case .u32: "uint32_t"
    case .u64: "uint64_t"
    case .f32: "float"
    case .f64: "double"
    case .bool: "_Bool"
    case .size: "size_t"
    }
  }

  private func returned(_ result: ResultType, _ call: String) -> String {
    let candidates: [String]
    switch result {
    case .void: candidates = ["void"]
    case .ownedText, .value(.text):
      candidates = ["char *", "const char *", "unsigned char *", "const unsigned char *"]
    case .value(.pointer), .value(.reference): return "__builtin_classify_type(\(call)) == 5"
    case .value(.structure(let name)): candidates = [spelling[name] ?? name]
    case .value(.scalar(let scalar)):
      switch scalar {
      case .i8: candidates = ["signed char", "char"]
      case .u8: candidates = ["unsigned char"]
      case .i64: candidates = ["long", "long long"]
      case .u64, .size: candidates = ["unsigned long", "unsigned long long"]
      default: candidates = [Self.name(scalar)]
      }
    }
    return candidates.map { "__builtin_types_compatible_p(__typeof__(\(call)), \($0))" }.joined(
      separator: " || ")
  }

  // MARK: Probes

  /// A narrow value is taken without a word where the header has a wide one; a wide one is not, where it is narrow.
  private func probes(_ function: Function) -> [Probe] {
    let types = arguments(function)
    let wider = [
      "int8_t": "int16_t", "int16_t": "int32_t", "int32_t": "int64_t", "uint8_t": "uint16_t",
      "uint16_t": "uint32_t", "uint32_t": "uint64_t", "float": "double",
    ]
    var probes: [Probe] = []
    let fixed = types.count - tailCount(function)
    for index in 0..<fixed {
      guard let wide = wider[types[index]] else { continue }
      var changed = types
      changed[index] = wide
      probes.append(
        Probe(
          place: function.symbolPlace, body: call(function, changed), isExpected: false,
          message: "argument \(index + 1) of \(function.symbol) is wider in the header than \(types[index])"))
    }
    if function.tail == nil {
      probes.append(
        Probe(
          place: function.symbolPlace, body: call(function, types + ["int"]), isExpected: false,
          message: "\(function.symbol) is variadic in the header: write its fixed arguments, then ... |"))
    }
    return probes
  }

  private func tailCount(_ function: Function) -> Int {
    guard let tail = function.tail else { return 0 }
    var alone = function
    alone.parameters = []
    alone.tail = tail
    return arguments(alone).count
  }

  private func call(_ function: Function, _ types: [String]) -> String {
    let parameters = types.enumerated().map { "\($1) a\($0)" }.joined(separator: ", ")
    return "void probe(\(parameters.isEmpty ? "void" : parameters)) { (void)(\(function.symbol))("
      + types.indices.map { "a\($0)" }.joined(separator: ", ") + "); }"
  }
}
