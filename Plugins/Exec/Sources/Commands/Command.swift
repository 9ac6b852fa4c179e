/// One command as the bytes of a task: equal commands have equal bytes, wherever they stand in a run.
///
/// A byte of marks, three that are 0, a count, as many offsets (both 32 bits, little-endian), and texts that end with a NUL: the
/// directory if there is one, and the words. The number of the slot is put in at the offsets, which count from the first text.
package struct Command: Equatable, Sendable {
  package var words: [[UInt8]]
  package var slots: [Expansion.Slot] = []
  /// Where it runs; nil for where the run was started.
  package var directory: [UInt8]?
  /// The one word is a command line.
  package var isShell: Bool

  package init(
    words: [[UInt8]], slots: [Expansion.Slot] = [], directory: [UInt8]? = nil, isShell: Bool = false
  ) {
    self.words = words
    self.slots = slots
    self.directory = directory
    self.isShell = isShell
  }

  package static let shellMark: UInt8 = 1
  package static let directoryMark: UInt8 = 2
  package static let headerCount = 8

  /// Nil if a word holds a NUL, or there is none.
  package var bytes: [UInt8]? {
    guard !words.isEmpty else { return nil }
    let marks = (isShell ? Self.shellMark : 0) | (directory == nil ? 0 : Self.directoryMark)
    var bytes: [UInt8] = [marks, 0, 0, 0]
    var texts: [UInt8] = []
    var starts: [Int] = []
    if let directory {
      if directory.contains(0) { return nil }
      texts += directory + [0]
    }
    for word in words {
      if word.contains(0) { return nil }
      starts.append(texts.count)
      texts += word
      texts.append(0)
    }
    Self.append(UInt32(slots.count), to: &bytes)
    for slot in slots { Self.append(UInt32(starts[slot.word] + slot.offset), to: &bytes) }
    return bytes + texts
  }

  private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
    }
  }
}

/// The bytes of a command, where they lie.
package struct CommandBytes {
  private let bytes: UnsafeRawBufferPointer
  private let slotCount: Int

  /// Nil if they are not those of a command.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > Command.headerCount, bytes[0] <= 3, bytes[1] == 0, bytes[2] == 0, bytes[3] == 0,
      bytes[bytes.count - 1] == 0
    else { return nil }
    self.bytes = bytes
    slotCount = Int(Self.number(bytes, 4))
    guard slotCount <= (bytes.count - Command.headerCount) / 4 else { return nil }
    let length = bytes.count - textStart
    var before = 0
    for index in 0..<slotCount {
      let offset = Int(Self.number(bytes, Command.headerCount + 4 * index))
      guard offset >= before, offset < length else { return nil }
      before = offset
    }
    guard length > 0 else { return nil }
  }

  package var isShell: Bool { bytes[0] & Command.shellMark != 0 }
  package var hasDirectory: Bool { bytes[0] & Command.directoryMark != 0 }
  package var hasSlots: Bool { slotCount > 0 }

  private var textStart: Int { Command.headerCount + 4 * slotCount }

  /// Texts that end with a NUL: the directory, if there is one, and the words.
  package var texts: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[textStart...]) }

  /// The same command with the number of a slot in all places for it, for a request.
  package func filled(slot: Int) -> [UInt8] { filled(with: Array("\(slot)".utf8)) }

  /// As a shell would take it, with `{%}` for the slot. Words that begin behind `limit` bytes are left out.
  package func line(upTo limit: Int) -> [UInt8] {
    var texts = (hasSlots ? filled(with: Array("{%}".utf8))[Command.headerCount...] : Array(self.texts)[...])
    if let end = texts.dropFirst(limit).firstIndex(of: 0) { texts = texts[...end] }
    var words = texts.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    if hasDirectory { words = words.dropFirst() }
    return isShell ? Array(words.first ?? []) : ShellQuoting.line(words)
  }

  private func filled(with text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [bytes[0], 0, 0, 0, 0, 0, 0, 0]
    result.reserveCapacity(bytes.count + slotCount * text.count)
    var position = 0
    let texts = texts
    for index in 0..<slotCount {
      let offset = Int(Self.number(bytes, Command.headerCount + 4 * index))
      result += texts[position..<offset]
      result += text
      position = offset
    }
    return result + texts[position...]
  }

  private static func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}
