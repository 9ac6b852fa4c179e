internal import Glibc

/// What a library says of itself in its file; none of its code runs.
package struct SharedObject: Sendable {
  package struct Symbol: Equatable, Sendable {
    package var isFunction: Bool
    package var value: UInt64
  }

  /// Which file it is, to be compared before it is loaded.
  package struct Identity: Equatable, Sendable {
    package var device: UInt64
    package var inode: UInt64
    package var size: UInt64
    package var changed: UInt64

    package init(device: UInt64, inode: UInt64, size: UInt64, changed: UInt64) {
      self.device = device
      self.inode = inode
      self.size = size
      self.changed = changed
    }

    init(_ status: stat) {
      let seconds = UInt64(bitPattern: Int64(status.st_mtim.tv_sec))
      self.init(
        device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
        size: UInt64(bitPattern: Int64(status.st_size)),
        changed: seconds &* 1_000_000_000 &+ UInt64(bitPattern: Int64(status.st_mtim.tv_nsec)))
    }

    /// Of the file that has this name now; nil without one.
    package static func now(_ path: String) -> Identity? {
      var status = stat()
      return stat(path, &status) == 0 ? Identity(status) : nil
    }
  }

  /// Without links.
  package var path: String
  package var identity: Identity
  /// What the loader will look for, and where: names of libraries, and directories.
  package private(set) var needed: [String] = []
  package private(set) var runPath: [String] = []
  /// It needs thread-local storage of which a process has little to give once it runs.
  package private(set) var hasStaticTLS = false
  /// What it defines for others.
  package private(set) var symbols: [String: Symbol] = [:]

  #if arch(x86_64)
    private static let machine: (number: UInt16, name: String) = (62, "x86-64")
  #else
    private static let machine: (number: UInt16, name: String) = (183, "AArch64")
  #endif

  /// Reads the file behind `path`. Throws what `dlopen` would stumble on, and what makes it untrustworthy.
  package init(_ name: String, withSymbols: Bool = true) throws(LibraryError) {
    guard let resolved = realpath(name, nil) else { throw .system("cannot find '\(name)'") }
    defer { free(resolved) }
    path = String(cString: resolved)
    let file = try OpenFile(path)
    identity = Identity(file.status)
    try Trust.check(path, file.status)
    try read(file, withSymbols)
  }

  /// Its SHA-256, as hexadecimal digits.
  package func digest() throws(LibraryError) -> String {
    let file = try OpenFile(path)
    guard Identity(file.status) == identity else { throw LibraryError("'\(path)' has changed meanwhile") }
    var hash = SHA256()
    var offset = 0
    while offset < file.size {
      let count = min(file.size - offset, 1 << 20)
      hash.update(try file.read(count, at: offset))
      offset += count
    }
    return hash.finish()
  }

  private mutating func read(_ file: OpenFile, _ withSymbols: Bool) throws(LibraryError) {
    guard file.size >= 64 else { throw LibraryError("'\(path)' is no library: it has \(file.size) bytes") }
    let header = try file.read(64, at: 0)
    guard header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      throw LibraryError("'\(path)' is no library: it does not begin as an ELF file")
    }
    let found = header.number(18, UInt16.self)
    guard header[4] == 2, header[5] == 1, found == Self.machine.number else {
      throw LibraryError(
        "'\(path)' is for another machine: found class \(header[4]) and machine \(found), "
          + "expected 64 bits and \(Self.machine.name) (\(Self.machine.number))")
    }
    guard header.number(16, UInt16.self) == 3 else {
      throw LibraryError(
        "'\(path)' is no shared library: its type is \(header.number(16, UInt16.self)), expected 3")
    }
    try readSegments(file, header)
    if withSymbols { try readSymbols(file, header) }
  }

  private mutating func readSegments(_ file: OpenFile, _ header: [UInt8]) throws(LibraryError) {
    let count = Int(header.number(56, UInt16.self))
    guard header.number(54, UInt16.self) == 56, 1...64 ~= count else {
      throw LibraryError("'\(path)' is damaged: its program headers can not be read")
    }
    let table = try file.read(count * 56, at: Int(clamping: header.number(32, UInt64.self)))
    var hasStack = false
    var dynamic: [UInt8] = []
    var loads: [(address: UInt64, offset: UInt64, size: UInt64)] = []
    for index in 0..<count {
      let entry = index * 56
      switch table.number(entry, UInt32.self) {
      case 0x6474_E551:
        hasStack = true
        if table.number(entry + 4, UInt32.self) & 1 != 0 {
          throw LibraryError("'\(path)' needs an executable stack")
        }
      case 2:
        let size = Int(clamping: table.number(entry + 32, UInt64.self))
        guard size <= 1 << 20 else {
          throw LibraryError("'\(path)' is damaged: its dynamic section is too large")
        }
        dynamic = try file.read(size, at: Int(clamping: table.number(entry + 8, UInt64.self)))
        try check(dynamic: dynamic)
      case 1:
        loads.append(
          (
            table.number(entry + 16, UInt64.self), table.number(entry + 8, UInt64.self),
            table.number(entry + 32, UInt64.self)
          ))
      default: break
      }
    }
    try readNames(file, dynamic) { address in
      loads.first { $0.address <= address && address - $0.address < $0.size }
        .map { $0.offset + (address - $0.address) }
    }
    #if arch(x86_64)
      if !hasStack { throw LibraryError("'\(path)' needs an executable stack: it has no PT_GNU_STACK") }
    #endif
  }

  private func check(dynamic: [UInt8]) throws(LibraryError) {
    for offset in stride(from: 0, to: dynamic.count - 15, by: 16) {
      let value = dynamic.number(offset + 8, UInt64.self)
      switch dynamic.number(offset, UInt64.self) {
      case 0: return
      case 22: throw LibraryError("'\(path)' needs relocations in its code (DT_TEXTREL)")
      case 30 where value & 4 != 0: throw LibraryError("'\(path)' needs relocations in its code (DF_TEXTREL)")
      case 0x6FFF_FFFB where value & 0x0800_0000 != 0:
        throw LibraryError("'\(path)' is an executable, no library")
      default: break
      }
    }
  }

  /// The texts of the dynamic section.
  private mutating func readNames(
    _ file: OpenFile, _ dynamic: [UInt8], _ place: (UInt64) -> UInt64?
  ) throws(LibraryError) {
    var entries: [(tag: UInt64, value: UInt64)] = []
    for offset in stride(from: 0, to: dynamic.count - 15, by: 16) {
      let tag = dynamic.number(offset, UInt64.self)
      if tag == 0 { break }
      entries.append((tag, dynamic.number(offset + 8, UInt64.self)))
    }
    func first(_ tag: UInt64) -> UInt64? { entries.first { $0.tag == tag }?.value }
    hasStaticTLS = first(30).map { $0 & 0x10 != 0 } ?? false
    let names = entries.filter { $0.tag == 1 || $0.tag == 15 || $0.tag == 29 }
    if names.isEmpty { return }
    let damaged = LibraryError("'\(path)' is damaged: the names of what it needs can not be read")
    guard let address = first(5), let size = first(10), size <= 64 << 20, let start = place(address) else {
      throw damaged
    }
    let texts = try file.read(Int(size), at: Int(clamping: start))
    for (tag, value) in names {
      guard value < size else { throw damaged }
      let text = texts.text(Int(value))
      if tag == 1 { needed.append(text) } else { runPath += text.split(separator: ":").map(String.init) }
    }
  }

  private mutating func readSymbols(_ file: OpenFile, _ header: [UInt8]) throws(LibraryError) {
    let count = Int(header.number(60, UInt16.self))
    let missing = LibraryError("'\(path)' has no table of symbols that can be read (section headers)")
    guard header.number(58, UInt16.self) == 64, 1...10_000 ~= count else { throw missing }
    let table = try file.read(count * 64, at: Int(clamping: header.number(40, UInt64.self)))
    for index in 0..<count where table.number(index * 64 + 4, UInt32.self) == 11 {
      let entry = index * 64
      let names = Int(table.number(entry + 40, UInt32.self)) * 64
      let symbolBytes = Int(clamping: table.number(entry + 32, UInt64.self))
      let nameBytes = Int(clamping: table.number(names + 32, UInt64.self))
      guard symbolBytes <= 64 << 20, nameBytes <= 64 << 20 else { throw missing }
      let symbols = try file.read(symbolBytes, at: Int(clamping: table.number(entry + 24, UInt64.self)))
      let strings = try file.read(nameBytes, at: Int(clamping: table.number(names + 24, UInt64.self)))
      add(symbols, strings)
      return
    }
    throw missing
  }

  private mutating func add(_ table: [UInt8], _ strings: [UInt8]) {
    for offset in stride(from: 24, to: table.count - 23, by: 24) {
      let info = table[offset + 4]
      // Global or weak, visible, and defined here.
      guard 1...2 ~= info >> 4, table[offset + 5] & 3 == 0 || table[offset + 5] & 3 == 3,
        table.number(offset + 6, UInt16.self) != 0
      else { continue }
      let type = info & 15
      let name = strings.text(Int(table.number(offset, UInt32.self)))
      let symbol = Symbol(isFunction: type == 2 || type == 10, value: table.number(offset + 8, UInt64.self))
      // Of several versions: a function, if one of them is.
      if let other = symbols[name], other.isFunction, !symbol.isFunction { continue }
      symbols[name] = symbol
    }
  }
}
