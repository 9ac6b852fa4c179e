/// Reads a database once, from its first byte to its last, skipping the proofs.
struct Loader<S: SymbolCode> {
  /// What is undone at the end of a block.
  struct Scope {
    var open: UnsafePointer<UInt8>
    var variables: Int
    var floating: Int
    var essential: Int
    var disjointHead: Int32
  }

  /// A file that waits for the one it includes.
  struct Including {
    var file: Int
    var next: UnsafePointer<UInt8>
  }

  var index: Index<S>
  /// The directory of the top-level file: as it is opened, and as it is shown.
  let root: String
  let shownRoot: String

  // The reader.
  var file = 0
  var next: UnsafePointer<UInt8>
  var end: UnsafePointer<UInt8>
  var isClean = true
  var token: UnsafePointer<UInt8>
  var length = 0
  var including: [Including] = []
  var seen: [FileIdentity] = []
  var textBytes = 0

  // The statement at hand.
  var label: UnsafePointer<UInt8>?
  var labelLength = 0

  // What is in force.
  var scopes: [Scope] = []
  var activeVariables: Buffer<S>
  var activeFloating: Buffer<UInt32>
  var activeEssential: Buffer<UInt32>
  var disjointHead: Int32 = -1
  /// For each symbol, the `$f` in force for it, or -1.
  var floatingOf: Buffer<Int32>
  /// For each symbol, the last assertion that has it as a mandatory variable, and its place in that frame.
  var stamp: Buffer<UInt32>
  var placeInFrame: Buffer<UInt32>
  var disjointRows: [UInt64] = Array(repeating: 0, count: 64)

  static func load(path: String, shownAs shown: String) throws -> Index<S> {
    let top = try openAndRead(path, shownAs: shown)
    var loader = Loader(top: top, root: directory(of: path), shownRoot: directory(of: shown))
    do {
      try loader.readDatabase()
    } catch {
      loader.releaseScratch()
      loader.index.deallocate()
      throw error
    }
    loader.releaseScratch()
    return loader.index
  }

  private static func directory(of path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
  }

  private init(top: SourceFile, root: String, shownRoot: String) {
    index = Index(textBytes: top.count)
    index.files.append(top)
    self.root = root
    self.shownRoot = shownRoot
    next = UnsafePointer(top.text)
    token = next
    end = top.end
    isClean = top.isClean
    seen.append(top.identity)
    textBytes = top.count
    activeVariables = Buffer(capacity: 256)
    activeFloating = Buffer(capacity: 256)
    activeEssential = Buffer(capacity: 64)
    floatingOf = Buffer(capacity: 2000)
    stamp = Buffer(capacity: 2000)
    placeInFrame = Buffer(capacity: 2000)
  }

  private func releaseScratch() {
    activeVariables.deallocate()
    activeFloating.deallocate()
    activeEssential.deallocate()
    floatingOf.deallocate()
    stamp.deallocate()
    placeInFrame.deallocate()
  }

  private static func openAndRead(_ path: String, shownAs shown: String) throws -> SourceFile {
    do {
      let opened = try OpenFile(path: path, shownAs: shown)
      defer { opened.close() }
      return try opened.read()
    } catch {
      throw LoadError(file: shown, line: 0, column: 0, label: "", message: error.message)
    }
  }

  private mutating func readDatabase() throws {
    if textBytes > Int(UInt32.max) { throw tooLarge() }
    while true {
      guard try nextToken() else {
        try endFile()
        if including.isEmpty { break }
        let outer = including.removeLast()
        resume(outer)
        continue
      }
      if token[0] == Bytes.dollar { try readKeyword() } else { try readLabel() }
    }
  }

  private mutating func readKeyword() throws {
    let keyword = length == 2 ? token[1] : 0
    switch keyword {
    case UInt8(ascii: "e"): try readEssential()
    case UInt8(ascii: "p"): try readAssertion(isProved: true)
    case UInt8(ascii: "a"): try readAssertion(isProved: false)
    case UInt8(ascii: "f"): try readFloating()
    case UInt8(ascii: "{"): try openScope()
    case UInt8(ascii: "}"): try closeScope()
    case UInt8(ascii: "c"): try readConstants()
    case UInt8(ascii: "v"): try readVariables()
    case UInt8(ascii: "d"): try readDisjoint()
    case UInt8(ascii: "["): try include()
    case UInt8(ascii: "."), UInt8(ascii: "="):
      throw error(
        "found \(shownToken) outside a statement; expected a label or a keyword that begins a statement")
    case UInt8(ascii: ")"): throw error("found '$)' without a '$(' before it")
    case UInt8(ascii: "]"): throw error("found '$]' without a '$[' before it")
    default: throw error("unknown keyword \(shownToken)")
    }
  }

  // MARK: Blocks and files

  private mutating func openScope() throws {
    try refuseLabel()
    scopes.append(
      Scope(
        open: token, variables: activeVariables.count, floating: activeFloating.count,
        essential: activeEssential.count, disjointHead: disjointHead))
  }

  private mutating func closeScope() throws {
    try refuseLabel()
    guard let scope = scopes.popLast() else { throw error("found '$}' without a '${' before it") }
    let now = UInt32(index.assertions.count)
    for i in scope.floating..<activeFloating.count {
      let hypothesis = Int(activeFloating[i])
      index.hypotheses.base[hypothesis].end = now
      let variable = index.formulas[Int(index.hypotheses[hypothesis].body)]
      floatingOf[Int(variable)] = -1
    }
    for i in scope.essential..<activeEssential.count {
      index.hypotheses.base[Int(activeEssential[i])].end = now
    }
    for i in scope.variables..<activeVariables.count {
      index.symbols.base[Int(activeVariables[i])].flags &= ~SymbolInfo.active
    }
    activeFloating.truncate(to: scope.floating)
    activeEssential.truncate(to: scope.essential)
    activeVariables.truncate(to: scope.variables)
    disjointHead = scope.disjointHead
  }

  private mutating func include() throws {
    let keyword = token
    try refuseLabel()
    guard scopes.isEmpty else { throw error("an include is not allowed inside a block") }
    guard try nextToken(), token[0] != Bytes.dollar else {
      throw error("expected a file name after '$['", at: keyword)
    }
    let name = token
    let nameLength = length
    try checkCharacters(name, nameLength, of: "file name")
    guard try nextToken(), length == 2, token[0] == Bytes.dollar, token[1] == UInt8(ascii: "]") else {
      throw error("expected '$]' after the file name", at: token)
    }
    let text = Bytes.text(name, nameLength)
    let isAbsolute = text.utf8.first == UInt8(ascii: "/")
    do {
      let opened = try OpenFile(
        path: isAbsolute ? text : root + text, shownAs: isAbsolute ? text : shownRoot + text)
      defer { opened.close() }
      // A file is read once, whatever its name: this also ends each cycle.
      if seen.contains(where: { $0.device == opened.identity.device && $0.inode == opened.identity.inode }) {
        return
      }
      textBytes += Int(opened.identity.size)
      if textBytes > Int(UInt32.max) { throw tooLarge() }
      let source = try opened.read()
      seen.append(source.identity)
      including.append(Including(file: file, next: next))
      index.files.append(source)
      enter(index.files.count - 1)
    } catch let failure as OpenFile.Failure {
      throw error("\(Bytes.quoted(name, nameLength)): \(failure.message)", at: name)
    }
  }

  private mutating func enter(_ number: Int) {
    file = number
    next = UnsafePointer(index.files[number].text)
    token = next
    end = index.files[number].end
    isClean = index.files[number].isClean
  }

  private mutating func resume(_ outer: Including) {
    enter(outer.file)
    next = outer.next
  }

  private mutating func endFile() throws {
    if let label {
      throw error(
        "the file ends after the label \(Bytes.quoted(label, labelLength)); expected '$a', '$e', '$f' or '$p'",
        at: label)
    }
    if let scope = scopes.last {
      throw error("this '${' is not closed: the file ends without its '$}'", at: scope.open)
    }
  }

  private func tooLarge() -> LoadError {
    LoadError(
      file: index.files[0].path, line: 0, column: 0, label: "",
      message: "the database has \(textBytes) bytes; at most \(UInt32.max) can be checked")
  }
}
