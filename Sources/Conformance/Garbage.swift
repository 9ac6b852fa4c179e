/// Payloads that nobody has made: what a bug, another version or a damaged pipe would bring.
struct Garbage {
  private let samples: [[UInt8]]
  private var dice: Dice
  private var count = 0

  /// `samples` are good ones, which are spoilt.
  init(_ samples: [[UInt8]], _ dice: Dice) {
    self.samples = samples.filter { !$0.isEmpty && $0.count <= 1 << 16 }
    self.dice = dice
  }

  /// The next one, and what it is in words.
  mutating func next() -> (bytes: [UInt8], text: String) {
    count += 1
    switch count {
    case 1: return ([], "no bytes at all")
    case 2: return (dice.bytes(1 << 20), "1 MiB of random bytes")
    case 3: return ([0], "one zero byte")
    default: break
    }
    guard !samples.isEmpty, dice.pick(8) > 0 else {
      let bytes = dice.bytes(dice.pick(200))
      return (bytes, "\(bytes.count) random bytes")
    }
    var bytes = samples[dice.pick(samples.count)]
    let place = dice.pick(bytes.count)
    switch dice.pick(6) {
    case 0:
      bytes.removeLast(bytes.count - place)
      return (bytes, "a good one cut after \(place) bytes")
    case 1, 2:
      bytes[place] ^= 1 << UInt8(dice.pick(8))
      return (bytes, "a good one with a changed bit in byte \(place)")
    case 3:
      let more = dice.bytes(1 + dice.pick(40))
      bytes.insert(contentsOf: more, at: place)
      return (bytes, "a good one with \(more.count) more bytes at \(place)")
    case 4:
      // Lengths and counts that can not be.
      let value: UInt8 = [0xFF, 0x7F, 0x80, 0x00][dice.pick(4)]
      for index in place..<min(bytes.count, place + [1, 2, 4, 8][dice.pick(4)]) { bytes[index] = value }
      return (bytes, "a good one with byte 0x\(String(value, radix: 16)) from \(place) on")
    default:
      bytes[place] = UInt8(truncatingIfNeeded: dice.next())
      return (bytes, "a good one with another byte \(place)")
    }
  }
}

extension CheckContext {
  /// Calls `body` with one payload after another. `name` is what they stand for: "the request".
  mutating func throwing(
    _ name: String, like samples: [[UInt8]], _ body: ([UInt8]) throws(CheckEnd) -> Void
  ) throws(CheckEnd) {
    var garbage = Garbage(samples, dice)
    for number in 1...max(executions, 3) {
      let (bytes, text) = garbage.next()
      step("\(name) number \(number) of seed \(seed): \(text)")
      try body(bytes)
    }
  }
}
