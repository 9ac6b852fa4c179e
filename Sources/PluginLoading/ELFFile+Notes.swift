internal import CTaskHost
internal import Glibc

extension ELFFile {
  private static let largestNotes: UInt64 = 1 << 20
  static let largestManifest = 64 << 10
  private static let longestBuildID = 64

  /// Collects manifests and the build id by owner and type; sections have names, but need not be there.
  mutating func readNotes(_ source: ByteSource) throws(ELFError) {
    if role == .library { return }
    let owner = Array("taskhost\0".utf8)
    let linker = Array("GNU\0".utf8)
    for segment in segments where segment.type == UInt32(PT_NOTE) {
      let table = try source.read(
        segment.offset, segment.fileSize, limit: Self.largestNotes, rule: .manifest, "notes")
      let alignment = segment.alignment == 8 ? 8 : 4
      var place = 0
      while table.bytes.count - place >= 12 {
        let nameSize = Int(try table.require(place, as: UInt32.self))
        let textSize = Int(try table.require(place + 4, as: UInt32.self))
        let type = try table.require(place + 8, as: UInt32.self)
        let text = aligned(place + 12 + nameSize, to: alignment)
        guard text + textSize <= table.bytes.count else {
          throw ELFError(
            rule: .manifest, offset: segment.offset + UInt64(place),
            found: "a note of \(nameSize) + \(textSize) bytes", expected: "one inside its segment")
        }
        if type == TH_NOTE_MANIFEST, table.bytes[(place + 12)..<(place + 12 + nameSize)].elementsEqual(owner)
        {
          guard textSize <= Self.largestManifest else {
            throw ELFError(
              rule: .manifest, offset: segment.offset + UInt64(place),
              found: "a manifest of \(textSize) bytes", expected: "at most \(Self.largestManifest)")
          }
          let bytes = table.bytes[text..<(text + textSize)]
          let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? text
          manifests.append(Array(bytes[..<end]))
        }
        if type == UInt32(NT_GNU_BUILD_ID), (1...Self.longestBuildID).contains(textSize), buildID.isEmpty,
          table.bytes[(place + 12)..<(place + 12 + nameSize)].elementsEqual(linker)
        {
          buildID = Array(table.bytes[text..<(text + textSize)])
        }
        place = aligned(text + textSize, to: alignment)
      }
    }
  }

  /// `value` is the sum of a few 32-bit numbers.
  private func aligned(_ value: Int, to alignment: Int) -> Int {
    (value + alignment - 1) / alignment * alignment
  }
}
