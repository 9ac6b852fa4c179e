import ForeignSignatures
import Foundation
import Testing

@Suite struct JSONTests {
  private func read(_ text: String) throws -> JSONNode.Value {
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBytes {
      var reader = JSONReader($0)
      return try reader.read().value
    }
  }

  @Test(arguments: [
    ("", 0), ("{", 1), ("{\"a\"}", 4), ("{\"a\":1,}", 7), ("[1 2]", 3), ("\"abc", 0), ("01", 0), ("1.", 2),
    ("1e", 2),
    ("-", 0), ("nul", 0), ("{} x", 3), ("\"a\u{1}\"", 2), (String(repeating: "[", count: 40), 17),
  ])
  func whatIsNoJSONIsRefusedWithItsPlace(text: String, offset: Int) {
    do {
      _ = try read(text)
      Issue.record("\(text) was taken")
    } catch let failure as JSONReader.Failure {
      #expect(failure.offset == offset, "\(text): \(failure.message)")
    } catch { Issue.record(error) }
  }

  @Test func escapesStandForTheirCharacters() throws {
    let bytes = Array(#""a\n\u00e9\ud83d\ude00\"\\\/""#.utf8)
    try bytes.withUnsafeBytes {
      var reader = JSONReader($0)
      guard case .text(let range, true) = try reader.read().value else {
        Issue.record("no text")
        return
      }
      #expect(try reader.unescaped(range) == Array("a\né😀\"\\/".utf8))
    }
    for wrong in [#""\ud83d""#, #""\ud83dx""#, #""\ude00""#, #""\q""#, #""\u12g4""#] {
      #expect(throws: JSONReader.Failure.self, "\(wrong)") {
        try Array(wrong.utf8).withUnsafeBytes {
          var reader = JSONReader($0)
          guard case .text(let range, _) = try reader.read().value else { return }
          _ = try reader.unescaped(range)
        }
      }
    }
  }

  /// What is written is read by another reader as the same.
  @Test func whatIsWrittenIsJSON() throws {
    var json = JSONText()
    json.open("{")
    json.key("a\"b\n\u{1}")
    json.open("[")
    json.integer(Int64.min)
    json.integer(UInt64(1) << 53)
    json.integer((UInt64(1) << 53) + 1)
    json.real(Double.nan)
    json.real(-Double.infinity)
    json.real(0.1)
    json.real(Float(0.1))
    let raw: [UInt8] = [0xFF, 0, 0x80]
    raw.withUnsafeBytes { json.bytes($0) }
    Array("né\0".utf8).withUnsafeBytes { json.bytes($0) }
    json.close("]")
    json.close("}")
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == #"{"a\"b\n\u0001":["-9223372036854775808",9007199254740992,"9007199254740993","nan","-inf",0.1,0.1,{"base64":"/wCA"},"né\u0000"]}"#
    )
    #expect(try JSONSerialization.jsonObject(with: Data(json.bytes)) is [String: Any])
  }

  @Test func base64IsThatOfOthers() {
    var random = SeededGenerator(state: 5)
    for count in 0..<200 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      var text: [UInt8] = []
      bytes.withUnsafeBytes { Base64.encode($0, into: &text) }
      #expect(String(decoding: text, as: UTF8.self) == Data(bytes).base64EncodedString())
      text.withUnsafeBytes { text in
        #expect(Base64.decodedCount(text) == count)
        var back = [UInt8](repeating: 0, count: count)
        #expect(back.withUnsafeMutableBytes { Base64.decode(text, into: $0) } == nil)
        #expect(back == bytes)
      }
    }
    for (wrong, place) in [("AB!D", 2), ("A===", 1), ("AB==CD==", 2), ("AR==", 1), ("ABD=", 2)] {
      let text = Array(wrong.utf8)
      text.withUnsafeBytes { text in
        guard let count = Base64.decodedCount(text) else { return }
        var memory = [UInt8](repeating: 0, count: count)
        #expect(memory.withUnsafeMutableBytes { Base64.decode(text, into: $0) } == place, "\(wrong)")
      }
    }
  }
}
