extension Loader {
  // MARK: Labels

  mutating func readLabel() throws {
    try refuseLabel()
    for i in 0..<length where !Bytes.isLabel(token[i]) {
      if !Bytes.isLegal(token[i]) { throw illegalByte(token + i) }
      throw error(
        "found \(shownToken); expected a label (letters, digits, '-', '_' and '.') or a keyword",
        at: token)
    }
    label = token
    labelLength = length
  }

  mutating func refuseLabel() throws {
    guard let label else { return }
    throw error(
      "found \(shownToken) after the label \(Bytes.quoted(label, labelLength)); expected '$a', '$e', '$f' or '$p'"
    )
  }

  private mutating func requireLabel() throws -> UnsafePointer<UInt8> {
    guard let label else { throw error("expected a label before \(shownToken)") }
    return label
  }

  /// Gives the label at hand to a statement; from here on it is taken.
  private mutating func takeLabel(_ value: UInt32) throws {
    let label = try requireLabel()
    if index.labelTable.find(label, labelLength) != NameTable.none {
      throw error("the label \(Bytes.quoted(label, labelLength)) is already taken", at: label)
    }
    if index.symbolTable.find(label, labelLength) != NameTable.none {
      throw error(
        "the label \(Bytes.quoted(label, labelLength)) is also a math symbol", at: label)
    }
    index.labelTable.insert(label, labelLength, value: value)
  }

  // MARK: Declarations

  mutating func readConstants() throws {
    let keyword = token
    try refuseLabel()
    guard scopes.isEmpty else { throw error("'$c' is not allowed inside a block") }
    var count = 0
    while try nextSymbol(of: "$c", keyword) {
      let known = index.symbolTable.find(token, length)
      guard known == NameTable.none else {
        let isConstant = index.symbols[Int(known)].flags & SymbolInfo.constant != 0
        throw error(
          "\(shownToken) has already been declared as a \(isConstant ? "constant" : "variable")")
      }
      _ = try declare(SymbolInfo.constant | SymbolInfo.active)
      count += 1
    }
    if count == 0 { throw error("'$c' declares nothing; expected a symbol") }
  }

  mutating func readVariables() throws {
    let keyword = token
    try refuseLabel()
    var count = 0
    while try nextSymbol(of: "$v", keyword) {
      count += 1
      let known = index.symbolTable.find(token, length)
      var symbol = S(truncatingIfNeeded: known)
      if known == NameTable.none {
        symbol = try declare(SymbolInfo.variable | SymbolInfo.active)
      } else {
        let flags = index.symbols[Int(known)].flags
        if flags & SymbolInfo.constant != 0 {
          throw error("\(shownToken) has already been declared as a constant")
        }
        if flags & SymbolInfo.active != 0 { throw error("the variable \(shownToken) is already active") }
        index.symbols.base[Int(known)].flags |= SymbolInfo.active
      }
      if !scopes.isEmpty { activeVariables.append(symbol) }
    }
    if count == 0 { throw error("'$v' declares nothing; expected a symbol") }
  }

  private mutating func declare(_ flags: UInt8) throws -> S {
    try checkCharacters(token, length, of: "math symbol")
    if index.labelTable.find(token, length) != NameTable.none {
      throw error("the math symbol \(shownToken) is also a label")
    }
    // The largest code is kept free: in a segment it stands for no variable.
    guard index.symbols.count < Int(S.max) else { throw NeedsWideSymbols() }
    let symbol = S(index.symbols.count)
    index.symbols.append(SymbolInfo(name: token, length: UInt32(length), flags: flags))
    index.symbolTable.insert(token, length, value: UInt32(symbol))
    floatingOf.append(-1)
    stamp.append(UInt32.max)
    placeInFrame.append(0)
    return symbol
  }

  mutating func readDisjoint() throws {
    let keyword = token
    try refuseLabel()
    let start = index.disjointVariables.count
    while try nextSymbol(of: "$d", keyword) {
      let symbol = try activeSymbol()
      guard index.symbols[symbol].flags & SymbolInfo.variable != 0 else {
        throw error("'$d' takes variables; found the constant \(shownToken)")
      }
      for i in start..<index.disjointVariables.count where index.disjointVariables[i] == S(symbol) {
        throw error("the variable \(shownToken) occurs twice in this '$d'")
      }
      index.disjointVariables.append(S(symbol))
    }
    let count = index.disjointVariables.count - start
    guard count >= 2 else {
      throw error("'$d' needs at least two variables; found \(count)", at: keyword)
    }
    index.disjointNodes.append(
      DisjointNode(start: UInt32(start), count: UInt32(count), parent: disjointHead))
    disjointHead = Int32(index.disjointNodes.count - 1)
  }

  mutating func readFloating() throws {
    let keyword = token
    let label = try requireLabel()
    let start = index.formulas.count
    while try nextSymbol(of: "$f", keyword) {
      let symbol = try activeSymbol()
      let isVariable = index.symbols[symbol].flags & SymbolInfo.variable != 0
      switch index.formulas.count - start {
      case 0:
        if isVariable {
          throw error("'$f' begins with a constant, its type code; found the variable \(shownToken)")
        }
      case 1:
        guard isVariable else {
          throw error("'$f' takes a variable after its type code; found the constant \(shownToken)")
        }
        if floatingOf[symbol] >= 0 {
          let other = index.label(ofHypothesis: Int(floatingOf[symbol]))
          throw error("the variable \(shownToken) already has an active '$f', '\(other)'")
        }
      default: throw error("'$f' has a type code and one variable; found \(shownToken) after them")
      }
      index.formulas.append(S(symbol))
    }
    guard index.formulas.count - start == 2 else {
      throw error("'$f' ends too early; expected a type code and one variable")
    }
    let id = try addHypothesis(label, start: start, isFloating: true)
    floatingOf[Int(index.formulas[start + 1])] = Int32(id)
    activeFloating.append(id)
    self.label = nil
  }

  // MARK: Statements with a formula

  mutating func readEssential() throws {
    let keyword = token
    let label = try requireLabel()
    let start = index.formulas.count
    let terminator = try readFormula("$e", keyword)
    if terminator != UInt8(ascii: ".") { throw error("found \(shownToken) in a '$e'; expected '$.'") }
    let id = try addHypothesis(label, start: start, isFloating: false)
    activeEssential.append(id)
    self.label = nil
  }

  mutating func readAssertion(isProved: Bool) throws {
    let keyword = token
    let label = try requireLabel()
    let start = index.formulas.count
    let terminator = try readFormula(isProved ? "$p" : "$a", keyword)
    let number = index.assertions.count
    guard number < LabelValue.limit else { throw error("too many assertions") }
    if isProved {
      guard terminator == UInt8(ascii: "=") else {
        throw error("this '$p' has no proof; expected '$=' before '$.'")
      }
      let equals = token
      let text = next
      let count = try skipProof(keyword: equals)
      index.proofs.append(ProofText(text: text, length: count, assertion: UInt32(number)))
    } else if terminator != UInt8(ascii: ".") {
      throw error("found \(shownToken) in a '$a'; expected '$.'")
    }
    try takeLabel(UInt32(number))
    index.assertionNames.append(AssertionName(label: label, length: UInt32(labelLength)))
    try addAssertion(start: start)
    self.label = nil
  }

  private mutating func addHypothesis(
    _ label: UnsafePointer<UInt8>, start: Int, isFloating: Bool
  ) throws -> UInt32 {
    let id = index.hypotheses.count
    guard id < LabelValue.limit else { throw error("too many hypotheses") }
    try takeLabel(UInt32(id) | LabelValue.hypothesis)
    index.hypotheses.append(
      Hypothesis(
        typecode: UInt32(index.formulas[start]), body: UInt32(start + 1),
        length: UInt32(index.formulas.count - start - 1), isFloating: isFloating,
        first: UInt32(index.assertions.count), end: UInt32.max, labelLength: UInt32(labelLength),
        label: label))
    return UInt32(id)
  }

  /// Reads symbols up to `$.` or `$=`, and returns the second character of that.
  private mutating func readFormula(_ kind: String, _ keyword: UnsafePointer<UInt8>) throws -> UInt8 {
    let start = index.formulas.count
    while true {
      guard try nextToken() else { throw unterminated(kind, keyword) }
      if token[0] == Bytes.dollar {
        guard length == 2, token[1] == UInt8(ascii: ".") || token[1] == UInt8(ascii: "=") else {
          throw misplaced(kind)
        }
        if index.formulas.count == start {
          throw error("'\(kind)' has no formula; expected a constant before \(shownToken)")
        }
        return token[1]
      }
      let symbol = try activeSymbol()
      if index.symbols[symbol].flags & SymbolInfo.variable != 0 {
        if floatingOf[symbol] < 0 { throw error("the variable \(shownToken) has no active '$f'") }
        if index.formulas.count == start {
          throw error("the first symbol of a '\(kind)' must be a constant; found the variable \(shownToken)")
        }
      }
      index.formulas.append(S(truncatingIfNeeded: symbol))
    }
  }

  /// The next symbol of a declaration; false at its `$.`.
  private mutating func nextSymbol(of kind: String, _ keyword: UnsafePointer<UInt8>) throws -> Bool {
    guard try nextToken() else { throw unterminated(kind, keyword) }
    guard token[0] == Bytes.dollar else { return true }
    if length == 2 && token[1] == UInt8(ascii: ".") { return false }
    throw misplaced(kind)
  }

  @inline(__always)
  private mutating func activeSymbol() throws -> Int {
    let symbol = index.symbolTable.find(token, length)
    if symbol == NameTable.none || index.symbols[Int(symbol)].flags & SymbolInfo.active == 0 {
      throw unusable(symbol)
    }
    return Int(symbol)
  }

  @inline(never)
  private func unusable(_ symbol: UInt32) -> LoadError {
    for i in 0..<length where !Bytes.isLegal(token[i]) { return illegalByte(token + i) }
    return error(
      symbol == NameTable.none
        ? "the symbol \(shownToken) has not been declared"
        : "the variable \(shownToken) is not active here")
  }

  @inline(never)
  private func unterminated(_ kind: String, _ keyword: UnsafePointer<UInt8>) -> LoadError {
    error("this '\(kind)' is not closed: the file ends without its '$.'", at: keyword)
  }

  @inline(never)
  private func misplaced(_ kind: String) -> LoadError {
    if length == 2 && token[1] == UInt8(ascii: "[") {
      return error("an include is not allowed inside a statement")
    }
    return error("found \(shownToken) inside a '\(kind)'; is its '$.' missing?")
  }
}
