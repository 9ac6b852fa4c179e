/// Changes a file of a plugin: bytes anywhere, and numbers where the tables of an ELF file have them.
struct Mutator {
  /// A seed, and where its tables lie.
  struct Seed {
    let bytes: [UInt8]
    /// Offsets of numbers and their widths: of the header, program headers, dynamic entries, notes, symbols and hash tables.
    let fields: [(offset: Int, width: Int)]
    /// Where text of the manifest lies.
    let manifest: Range<Int>

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      let layout = Layout(bytes)
      fields = layout.fields
      manifest = layout.manifest
    }
  }

  private let seeds: [Seed]
  private var numbers: Numbers

  init(seeds: [Seed], seed: UInt64) {
    self.seeds = seeds
    numbers = Numbers(seed: seed)
  }

  /// The next file.
  mutating func next() -> [UInt8] {
    let seed = seeds[numbers.below(seeds.count)]
    var bytes = seed.bytes
    for _ in 0...numbers.below(4) { change(&bytes, seed) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8], _ seed: Seed) {
    guard !bytes.isEmpty else { return }
    switch numbers.below(16) {
    case 0...7: changeField(&bytes, seed)
    case 8, 9: changeManifest(&bytes, seed)
    case 10: bytes[numbers.below(bytes.count)] ^= UInt8(1 << numbers.below(8))
    case 11: bytes[numbers.below(min(bytes.count, 4096))] = UInt8(truncatingIfNeeded: numbers.next())
    case 12: bytes.removeLast(numbers.below(bytes.count))
    case 13: copyField(&bytes, seed)
    case 14:
      // Another part of the same file in place of this one.
      let length = numbers.below(min(64, bytes.count))
      let (from, to) = (numbers.below(bytes.count - length), numbers.below(bytes.count - length))
      let part = Array(bytes[from..<from + length])
      bytes.replaceSubrange(to..<to + length, with: part)
    default: bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: numbers.next()), count: numbers.below(64))
    }
  }

  private mutating func changeField(_ bytes: inout [UInt8], _ seed: Seed) {
    guard !seed.fields.isEmpty else { return }
    let (offset, width) = seed.fields[numbers.below(seed.fields.count)]
    let value =
      numbers.below(3) == 0
      ? Layout.read(bytes, offset, width) &+ UInt64(numbers.below(64)) &- 32 : numbers.odd(near: bytes.count)
    Layout.write(&bytes, offset, width, value)
  }

  private mutating func copyField(_ bytes: inout [UInt8], _ seed: Seed) {
    guard !seed.fields.isEmpty else { return }
    let from = seed.fields[numbers.below(seed.fields.count)]
    let to = seed.fields[numbers.below(seed.fields.count)]
    Layout.write(&bytes, to.offset, to.width, Layout.read(bytes, from.offset, from.width))
  }

  private static let words = [
    "{", "}", "[", "]", ",", ":", "\"", "\\u", "\\uD800", "null", "true", "1e999", "-0", "-", "0.",
    "\"schema\":1",
    "\"abi\":{}", "[[[[[[[[[[[[[[[[", "{\"a\":", "\u{7F}", "\\", "9223372036854775808", "\"id\":\"a\"",
  ].map { Array($0.utf8) }

  private mutating func changeManifest(_ bytes: inout [UInt8], _ seed: Seed) {
    let range = seed.manifest.clamped(to: 0..<bytes.count)
    guard !range.isEmpty else { return }
    let place = range.lowerBound + numbers.below(range.count)
    switch numbers.below(4) {
    case 0: bytes[place] = UInt8(truncatingIfNeeded: numbers.next())
    case 1:
      let word = Self.words[numbers.below(Self.words.count)]
      for (index, byte) in word.enumerated() where place + index < range.upperBound {
        bytes[place + index] = byte
      }
    case 2:
      let length = numbers.below(range.upperBound - place)
      for index in place..<place + length { bytes[index] = 0x20 }
    default:
      let other = range.lowerBound + numbers.below(range.count)
      bytes.swapAt(place, other)
    }
  }
}
