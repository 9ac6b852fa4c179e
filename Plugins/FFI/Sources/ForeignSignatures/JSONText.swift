/// JSON as it is written: members one after the other.
package struct JSONText {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init() {}

  package mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  package mutating func open(_ bracket: Unicode.Scalar) {
    separate()
    bytes.append(UInt8(ascii: bracket))
    needsComma = false
  }

  package mutating func close(_ bracket: Unicode.Scalar) {
    bytes.append(UInt8(ascii: bracket))
    needsComma = true
  }

  package mutating func key(_ name: String) {
    text(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A number, `true`, `false`, `null`, or a whole value.
  package mutating func word(_ word: String) {
    separate()
    raw(word)
  }

  package mutating func copy(_ value: UnsafeRawBufferPointer) {
    separate()
    bytes.append(contentsOf: value)
  }

  /// Whole numbers beyond 2^53 are texts: most readers of JSON would round them.
  package mutating func integer(_ value: Int64) {
    if value.magnitude <= 1 << 53 { word("\(value)") } else { word("\"\(value)\"") }
  }

  package mutating func integer(_ value: UInt64) {
    if value <= 1 << 53 { word("\(value)") } else { word("\"\(value)\"") }
  }

  package mutating func real(_ value: Double) {
    if value.isFinite {
      word("\(value)")
    } else {
      word(value.isNaN ? "\"nan\"" : value < 0 ? "\"-inf\"" : "\"inf\"")
    }
  }

  package mutating func real(_ value: Float) {
    if value.isFinite { word("\(value)") } else { real(Double(value)) }
  }

  package mutating func text(_ text: String) {
    var text = text
    text.withUTF8 { quoted(UnsafeRawBufferPointer($0)) }
  }

  /// A text where the bytes are UTF-8, else an object with base64.
  package mutating func bytes(_ value: UnsafeRawBufferPointer) {
    if String(validating: value, as: UTF8.self) != nil {
      quoted(value)
      return
    }
    open("{")
    key("base64")
    separate()
    bytes.append(UInt8(ascii: "\""))
    Base64.encode(value, into: &bytes)
    bytes.append(UInt8(ascii: "\""))
    close("}")
  }

  private mutating func quoted(_ value: UnsafeRawBufferPointer) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in value {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 10: raw("\\n")
      case 9: raw("\\t")
      case 13: raw("\\r")
      case 0..<32:
        let digits = String(byte, radix: 16)
        raw("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
