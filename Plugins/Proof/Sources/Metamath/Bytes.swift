/// How the language sees single bytes and words of eight.
enum Bytes {
  static let dollar = UInt8(ascii: "$")

  /// Space, tab, line feed, form feed, carriage return; vertical tab is not white space in Metamath.
  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 32 || byte == 10 || byte == 9 || byte == 13 || byte == 12
  }

  @inline(__always)
  static func isLegal(_ byte: UInt8) -> Bool { (byte > 31 && byte < 127) || isSpace(byte) }

  static func isLabel(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  @inline(__always)
  static func word(_ p: UnsafePointer<UInt8>) -> UInt64 {
    UnsafeRawPointer(p).loadUnaligned(as: UInt64.self)
  }

  /// The length of the token at `p`: up to the first byte that is not above a space. Eight bytes at a time; the
  /// zeros after each text end the last token.
  @inline(__always)
  static func tokenLength(_ p: UnsafePointer<UInt8>) -> Int {
    var length = 0
    while true {
      let x = word(p + length)
      let low = (x &- 0x2121_2121_2121_2121) & ~x & 0x8080_8080_8080_8080
      if low != 0 { return length &+ (low.trailingZeroBitCount &>> 3) }
      length &+= 8
    }
  }

  /// Whether all bytes are printable ASCII or white space.
  static func allLegal(_ p: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    typealias Block = SIMD32<UInt8>
    let raw = UnsafeRawPointer(p)
    var bad = SIMDMask<SIMD32<Int8>>(repeating: false)
    var i = 0
    while i + 32 <= count {
      let v = raw.loadUnaligned(fromByteOffset: i, as: Block.self)
      let printable = (v &- Block(repeating: 32)) .< Block(repeating: 95)
      let space =
        (v .== Block(repeating: 10)) .| (v .== Block(repeating: 13)) .| (v .== Block(repeating: 9))
        .| (v .== Block(repeating: 12))
      bad = bad .| .!(printable .| space)
      i += 32
    }
    var legal = !any(bad)
    while i < count {
      legal = legal && isLegal(p[i])
      i += 1
    }
    return legal
  }

  static func text(_ p: UnsafePointer<UInt8>, _ count: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: p, count: count), as: UTF8.self)
  }

  /// A token as a message may show it: no control bytes, and not too long.
  static func quoted(_ p: UnsafePointer<UInt8>, _ count: Int) -> String {
    var shown = "'"
    for i in 0..<min(count, 60) {
      let byte = p[i]
      if byte > 32 && byte < 127 {
        shown.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        shown += "\\x" + hex(byte)
      }
    }
    return shown + (count > 60 ? "...'" : "'")
  }

  static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
  }
}
