/// Looks at a whole file: names, sizes, limits, and what libffi would take and must not get.
struct Checker {
  var interface = Interface()
  var problems: [Problem] = []
  private var structures: [String: Structure] = [:]
  /// Structs that are no types, of which that has been told.
  private var unsound: Set<String> = []

  mutating func add(_ place: Place, _ message: String) { problems.append(Problem(place, message)) }

  mutating func check(_ statements: [Statement]) {
    collectStructures(statements)
    for case .callback(let callback) in statements { check(callback) }
    var library: Int?
    var owner: (symbol: String, place: Place)?
    for statement in statements {
      switch statement {
      case .structure, .callback: break
      case .library(let name, let place):
        check(library: name, place)
        library = interface.libraries.count
        owner = nil
        interface.libraries.append(Interface.Library(name: name, place: place))
      case .owner(let symbol, let place):
        if library == nil { add(place, "no library: a line 'lib \"...\"' comes first") }
        if isDenied(symbol) { add(place, "'\(symbol)' may not be called") }
        owner = (symbol, place)
      case .function(let function):
        if library == nil {
          add(function.place, "no library: a line 'lib \"...\"' comes before its functions")
        }
        if interface.numbers[function.name] != nil {
          add(function.place, "'\(function.name)' is there already")
        }
        check(function, hasOwner: owner != nil)
        interface.numbers[function.name] = interface.entries.count
        interface.entries.append(
          Interface.Entry(
            function: function, library: library ?? 0,
            release: function.result == .ownedText ? owner?.symbol : nil, releasePlace: owner?.place))
      }
    }
  }

  func isDenied(_ symbol: String) -> Bool { DeniedSymbols.names.contains(symbol) }

  private mutating func check(library name: String, _ place: Place) {
    if name.utf8.contains(0) || name.isEmpty {
      add(place, "found \(Printer.quoted(name)), expected a soname or an absolute path")
    } else if name.contains("/"), !name.hasPrefix("/") {
      add(place, "found the relative path \(Printer.quoted(name)), expected a soname or an absolute path")
    }
  }

  // MARK: Structs

  private mutating func collectStructures(_ statements: [Statement]) {
    for case .structure(let structure) in statements {
      if structures[structure.name] != nil || Scalar(rawValue: structure.name) != nil {
        add(structure.place, "the name '\(structure.name)' is taken")
      } else {
        structures[structure.name] = structure
      }
    }
    var open: Set<String> = []
    for case .structure(let structure) in statements { lay(structure, &open, depth: 1) }
  }

  /// What it holds by value comes first.
  private mutating func lay(_ structure: Structure, _ open: inout Set<String>, depth: Int) {
    guard interface.layouts.structures[structure.name] == nil, !unsound.contains(structure.name) else {
      return
    }
    // A longer chain is told of where its first struct is checked.
    guard depth <= Limits.structDepth + 1 else { return }
    open.insert(structure.name)
    defer { open.remove(structure.name) }
    var isSound = true
    var names: Set<String> = []
    if structure.members.isEmpty {
      add(structure.place, "struct \(structure.name) has no members: C has no struct of size zero")
      isSound = false
    }
    for member in structure.members {
      if !names.insert(member.name).inserted {
        add(member.place, "struct \(structure.name) has two members '\(member.name)'")
      }
      if case .reference = member.type {
        add(member.place, "a member can not be a ref: write ptr, which is passed on and not looked into")
      }
      guard case .structure(let name) = member.type else { continue }
      guard let inner = structures[name] else {
        add(member.place, "unknown type '\(name)'")
        isSound = false
        continue
      }
      if open.contains(name) {
        add(member.place, "struct \(structure.name) would hold itself by value: cyclic")
        isSound = false
        continue
      }
      lay(inner, &open, depth: depth + 1)
      if interface.layouts.structures[name] == nil { isSound = false }
    }
    guard isSound else {
      unsound.insert(structure.name)
      return
    }
    interface.layouts.add(structure)
    checkLayout(structure)
  }

  private mutating func checkLayout(_ structure: Structure) {
    guard let layout = interface.layouts.structures[structure.name] else { return }
    if layout.depth > Limits.structDepth {
      add(
        structure.place,
        "struct \(structure.name) is \(layout.depth) structs deep, at most \(Limits.structDepth)")
    }
    if layout.size > Limits.structBytes {
      add(structure.place, "struct \(structure.name) has \(layout.size) bytes, at most \(Limits.structBytes)")
    }
    if let size = structure.size, size != layout.size {
      add(structure.place, "struct \(structure.name) has size \(layout.size), the line says \(size)")
    }
    if let alignment = structure.alignment, alignment != layout.alignment {
      add(
        structure.place, "struct \(structure.name) has align \(layout.alignment), the line says \(alignment)")
    }
  }

  mutating func checkKnown(_ type: ValueType, _ place: Place) {
    switch type {
    case .structure(let name):
      if structures[name] == nil { add(place, "unknown type '\(name)'") }
    case .reference(let inner): checkKnown(inner, place)
    case .scalar, .pointer, .text: break
    }
  }

  // MARK: Callbacks

  private mutating func check(_ callback: Callback) {
    if interface.callbacks[callback.name] != nil {
      add(callback.place, "the name '\(callback.name)' is taken")
    }
    interface.callbacks[callback.name] = callback
    for type in callback.parameters { checkKnown(type, callback.place) }
    guard let builtin = BuiltinCallback(rawValue: callback.builtin) else {
      let known = BuiltinCallback.allCases.map(\.rawValue).joined(separator: ", ")
      add(callback.place, "found builtin '\(callback.builtin)', expected one of \(known)")
      return
    }
    if let expected = builtin.mismatch(callback) {
      add(callback.place, "builtin \(builtin.rawValue) is \(expected)")
    }
  }
}

/// Functions of ours that a library may call back: no code of users runs in there.
package enum BuiltinCallback: String, CaseIterable, Sendable {
  /// For `qsort` and `bsearch`: by value; NaN comes last.
  case ascending, descending
  /// Returns 0 and does nothing.
  case zero

  /// What it is, if this declaration says something else.
  func mismatch(_ callback: Callback) -> String? {
    switch self {
    case .ascending, .descending:
      let expected = "i32 (ref T, ref T) for one type T of numbers"
      guard callback.result == .value(.scalar(.i32)), callback.parameters.count == 2,
        callback.parameters[0] == callback.parameters[1],
        case .reference(.scalar(let scalar)) = callback.parameters[0], scalar != .bool
      else { return expected }
      return nil
    case .zero:
      let expected =
        "at most 6 arguments that are no struct, and void, an address or a whole number as the result"
      if callback.parameters.count > 6 { return expected }
      for type in callback.parameters { if case .structure = type { return expected } }
      switch callback.result {
      case .void, .value(.pointer): return nil
      case .value(.scalar(let scalar)): return scalar.isFloat ? expected : nil
      default: return expected
      }
    }
  }

  /// Of the elements that are compared.
  package static func element(_ callback: Callback) -> Scalar? {
    guard case .reference(.scalar(let scalar))? = callback.parameters.first else { return nil }
    return scalar
  }
}
