internal import Glibc

extension ELFFile {
  private static let mostSegments = 64
  private static let pageSize: UInt64 = 4096

  #if arch(arm64)
    private static let machine: (number: UInt16, name: String) = (183, "AArch64")
  #else
    private static let machine: (number: UInt16, name: String) = (62, "x86-64")
  #endif

  mutating func readHeaders(_ source: ByteSource) throws(ELFError) {
    let header = try readFileHeader(source)
    let count = Int(try header.require(56, as: UInt16.self))
    let entrySize = try header.require(54, as: UInt16.self)
    let tableOffset = try header.require(32, as: UInt64.self)
    guard entrySize == 56, (1...Self.mostSegments).contains(count) else {
      throw ELFError(
        rule: .programHeaders, offset: 54, found: "\(count) program headers of \(entrySize) bytes",
        expected: "1 to \(Self.mostSegments) of 56")
    }
    let table = try source.read(
      tableOffset, UInt64(count * 56), limit: UInt64(Self.mostSegments * 56), rule: .programHeaders,
      "program headers")
    for index in 0..<count {
      let place = index * 56
      let segment = Segment(
        type: try table.require(place), flags: try table.require(place + 4),
        offset: try table.require(place + 8), address: try table.require(place + 16),
        fileSize: try table.require(place + 32), memorySize: try table.require(place + 40),
        alignment: try table.require(place + 48))
      try check(segment, at: tableOffset + UInt64(place), source)
      segments.append(segment)
    }
    try checkLoads(at: tableOffset)
    threadLocalSize = segments.first { $0.type == UInt32(PT_TLS) }?.memorySize ?? 0
    let stack = segments.first { $0.type == UInt32(PT_GNU_STACK) }
    stackSize = stack?.memorySize ?? 0
    #if arch(arm64)
      hasExecutableStack = (stack?.flags ?? 0) & UInt32(PF_X) != 0
    #else
      // On this machine a file that says nothing gets an executable stack.
      hasExecutableStack = (stack?.flags ?? UInt32(PF_X)) & UInt32(PF_X) != 0
    #endif
  }

  private func readFileHeader(_ source: ByteSource) throws(ELFError) -> ByteTable {
    func wrong(_ offset: UInt64, _ found: String, _ expected: String) -> ELFError {
      ELFError(rule: .sharedObject, offset: offset, found: found, expected: expected)
    }
    let start = try source.read(
      0, min(4, source.size), limit: 4, rule: .sharedObject, "the ELF header")
    guard start.bytes == [0x7F, 0x45, 0x4C, 0x46] else {
      throw wrong(0, Self.describe(start.bytes), "the ELF magic bytes 7f 45 4c 46")
    }
    let header = try source.read(0, 64, limit: 64, rule: .sharedObject, "the ELF header")
    let bytes = header.bytes
    guard bytes[4] == 2, bytes[5] == 1 else {
      throw wrong(
        4,
        "a \(bytes[4] == 1 ? "32-bit" : bytes[4] == 2 ? "64-bit" : "unknown") file, "
          + "\(bytes[5] == 2 ? "big" : bytes[5] == 1 ? "little" : "unknown") endian",
        "a 64-bit little-endian file")
    }
    guard bytes[6] == 1 else { throw wrong(6, "ELF version \(bytes[6])", "1") }
    guard bytes[7] == 0 || bytes[7] == 3 else {
      throw wrong(7, "the ABI of operating system \(bytes[7])", "that of Linux (0 or 3)")
    }
    let type = try header.require(16, as: UInt16.self)
    guard type == 3 else {
      let names: [UInt16: String] = [
        1: "an object file (.o)", 2: "an executable", 4: "a core dump",
      ]
      throw wrong(16, names[type] ?? "a file of type \(type)", "a shared object (ET_DYN)")
    }
    let machine = try header.require(18, as: UInt16.self)
    guard machine == Self.machine.number else {
      let names: [UInt16: String] = [
        3: "i386", 8: "MIPS", 21: "PowerPC 64", 22: "S/390", 40: "ARM", 62: "x86-64", 183: "AArch64",
        243: "RISC-V", 258: "LoongArch",
      ]
      throw wrong(
        18, "a shared object for \(names[machine] ?? "machine \(machine)")",
        "one for \(Self.machine.name)")
    }
    return header
  }

  private static func describe(_ bytes: [UInt8]) -> String {
    if bytes.isEmpty { return "an empty file" }
    let printable = bytes.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    if printable { return "text (\(JSONValue.string(String(decoding: bytes, as: UTF8.self))))" }
    return "bytes " + bytes.map { String($0, radix: 16) }.joined(separator: " ")
  }

  private func check(_ segment: Segment, at offset: UInt64, _ source: ByteSource) throws(ELFError) {
    let (end, overflow) = segment.offset.addingReportingOverflow(segment.fileSize)
    let (_, beyond) = segment.address.addingReportingOverflow(segment.memorySize)
    // The size of the stack segment is only a wish, and PT_NULL is nothing.
    if segment.type == UInt32(PT_GNU_STACK) || segment.type == UInt32(PT_NULL) { return }
    guard !overflow, end <= source.size else {
      throw ELFError(
        rule: .programHeaders, offset: offset,
        found: "a segment of \(segment.fileSize) bytes at byte \(segment.offset)",
        expected: "one inside the file of \(source.size) bytes")
    }
    guard !beyond, segment.address <= 1 << 47, segment.memorySize <= 1 << 40 else {
      throw ELFError(
        rule: .programHeaders, offset: offset,
        found: "a segment of \(segment.memorySize) bytes at address \(segment.address)",
        expected: "one inside the address space")
    }
    if segment.type == UInt32(PT_INTERP), role == .plugin {
      throw ELFError(
        rule: .sharedObject, offset: offset, found: "an executable (it names its interpreter)",
        expected: "a shared object made with -shared")
    }
    if segment.type == UInt32(PT_LOAD), segment.fileSize > segment.memorySize {
      throw ELFError(
        rule: .programHeaders, offset: offset,
        found: "\(segment.fileSize) bytes for \(segment.memorySize) of memory",
        expected: "no more bytes than memory")
    }
  }

  /// The loader maps whole pages, later segments over earlier ones: if they met in a page, memory would not
  /// hold what is read here.
  private func checkLoads(at offset: UInt64) throws(ELFError) {
    var end: UInt64 = 0
    var count = 0
    for segment in segments where segment.type == UInt32(PT_LOAD) && segment.memorySize > 0 {
      let first = segment.address / Self.pageSize * Self.pageSize
      guard count == 0 || first >= end else {
        throw ELFError(
          rule: .programHeaders, offset: offset,
          found: "a segment at address \(segment.address) in the pages of the one before",
          expected: "ascending segments that do not overlap")
      }
      end = (segment.address + segment.memorySize + Self.pageSize - 1) / Self.pageSize * Self.pageSize
      count += 1
    }
    guard count > 0 else {
      throw ELFError(
        rule: .programHeaders, offset: offset, found: "no segment to load", expected: "at least one")
    }
  }

  /// Where the file holds what will be at `address`, and how many bytes follow it in the same segment.
  func location(of address: UInt64) -> (offset: UInt64, available: UInt64)? {
    for segment in segments where segment.type == UInt32(PT_LOAD) && address >= segment.address {
      let distance = address - segment.address
      if distance < segment.fileSize {
        return (segment.offset + distance, segment.fileSize - distance)
      }
    }
    return nil
  }
}
