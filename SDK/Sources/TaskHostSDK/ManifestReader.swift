/// Reads those members of a manifest that the table of hooks repeats. The host has checked the whole before.
struct ManifestReader {
  struct Failure: Error { var reason: String }

  private let bytes: [UInt8]
  private var at = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// The texts and the flags of the object.
  mutating func read() throws(Failure) -> (texts: [String: String], flags: [String]) {
    var texts: [String: String] = [:]
    var flags: [String] = []
    try expect("{")
    while peek() != UInt8(ascii: "}") {
      let key = try text()
      try expect(":")
      if key == "flags" {
        flags = try words()
      } else if peek() == UInt8(ascii: "\"") {
        texts[key] = try text()
      } else {
        try skipValue()
      }
      if peek() == UInt8(ascii: ",") { at += 1 }
    }
    return (texts, flags)
  }

  /// A copy with a NUL that is never freed.
  static func kept(_ text: String) -> UnsafePointer<CChar> {
    let memory = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8.count + 1)
    _ = memory.initialize(from: text.utf8.map { CChar(bitPattern: $0) } + [0])
    return UnsafePointer(memory.baseAddress!)
  }

  /// The next byte that is no blank; 0 at the end.
  private mutating func peek() -> UInt8 {
    while at < bytes.count, bytes[at] <= 0x20 { at += 1 }
    return at < bytes.count ? bytes[at] : 0
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    guard peek() == UInt8(ascii: character) else {
      throw Failure(reason: "byte \(at): expected \(character)")
    }
    at += 1
  }

  private mutating func words() throws(Failure) -> [String] {
    var words: [String] = []
    try expect("[")
    while peek() != UInt8(ascii: "]") {
      words.append(try text())
      if peek() == UInt8(ascii: ",") { at += 1 }
    }
    at += 1
    return words
  }

  /// Names need no escapes; those of other texts are taken as they stand.
  private mutating func text() throws(Failure) -> String {
    try expect("\"")
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard at < bytes.count else { throw Failure(reason: "a text does not end") }
    defer { at += 1 }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  /// Anything else, with what is inside it.
  private mutating func skipValue() throws(Failure) {
    var depth = 0
    repeat {
      switch peek() {
      case 0: throw Failure(reason: "it does not end")
      case UInt8(ascii: "\""): _ = try text()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
        at += 1
      case UInt8(ascii: ","):
        if depth == 0 { return }
        at += 1
      default: at += 1
      }
    } while true
  }
}
