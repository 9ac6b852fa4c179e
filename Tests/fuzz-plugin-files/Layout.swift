/// Where the numbers of an ELF file lie. It is for files that a linker has made, and reads nothing beyond their ends.
struct Layout {
  private(set) var fields: [(offset: Int, width: Int)] = []
  private(set) var manifest = 0..<0

  init(_ bytes: [UInt8]) {
    guard bytes.count >= 64 else { return }
    for (offset, width) in [
      (4, 1), (5, 1), (6, 1), (7, 1), (16, 2), (18, 2), (20, 4), (24, 8), (32, 8), (40, 8), (52, 2), (54, 2),
      (56, 2),
    ] { add(offset, width, bytes) }
    let table = Self.place(Self.read(bytes, 32, 8), bytes)
    let count = min(Int(Self.read(bytes, 56, 2)), 64)
    for index in 0..<count {
      let entry = table + index * 56
      guard entry + 56 <= bytes.count else { return }
      for (offset, width) in [(0, 4), (4, 4), (8, 8), (16, 8), (32, 8), (40, 8), (48, 8)] {
        add(entry + offset, width, bytes)
      }
      let (type, start, size) = (
        Self.read(bytes, entry, 4), Self.place(Self.read(bytes, entry + 8, 8), bytes),
        Self.place(Self.read(bytes, entry + 32, 8), bytes)
      )
      switch type {
      case 2: addDynamic(start, size, bytes)
      case 4: addNotes(start, size, bytes)
      default: break
      }
    }
  }

  /// Every entry, and the beginnings of the tables that they lead to. A linker puts these where addresses are offsets.
  private mutating func addDynamic(_ start: Int, _ size: Int, _ bytes: [UInt8]) {
    for entry in stride(from: start, to: min(start + size, bytes.count - 15), by: 16) {
      add(entry, 8, bytes)
      add(entry + 8, 8, bytes)
      let value = Self.place(Self.read(bytes, entry + 8, 8), bytes)
      switch Self.read(bytes, entry, 8) {
      case 4, 5, 6, 0x6fff_fef5, 0x6fff_fffe:
        for offset in stride(from: value, to: min(value + 240, bytes.count - 7), by: 4) {
          add(offset, 4, bytes)
        }
      default: break
      }
    }
  }

  private mutating func addNotes(_ start: Int, _ size: Int, _ bytes: [UInt8]) {
    var place = start
    while place + 12 <= min(start + size, bytes.count) {
      for offset in [0, 4, 8] { add(place + offset, 4, bytes) }
      let name = (Int(Self.read(bytes, place, 4)) + 3) & ~3
      let text = Int(Self.read(bytes, place + 4, 4))
      let begin = place + 12 + name
      if Self.read(bytes, place + 8, 4) == 0x314D_4854, begin + text <= bytes.count {
        manifest = begin..<begin + text
      }
      place = begin + (text + 3) & ~3
    }
  }

  private mutating func add(_ offset: Int, _ width: Int, _ bytes: [UInt8]) {
    if offset >= 0, offset + width <= bytes.count { fields.append((offset, width)) }
  }

  /// At most the end of the file.
  private static func place(_ value: UInt64, _ bytes: [UInt8]) -> Int { Int(min(value, UInt64(bytes.count))) }

  static func read(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<width).reversed() where offset + index < bytes.count {
      value = value << 8 | UInt64(bytes[offset + index])
    }
    return value
  }

  static func write(_ bytes: inout [UInt8], _ offset: Int, _ width: Int, _ value: UInt64) {
    for index in 0..<width where offset + index < bytes.count {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }
}
