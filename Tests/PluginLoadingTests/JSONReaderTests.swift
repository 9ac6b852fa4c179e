import PluginLoading
import Testing

@Suite struct JSONReaderTests {
  @Test(arguments: [
    ("null", JSONValue.null), (" true\n", .bool(true)), ("-0", .integer(0)), ("12", .integer(12)),
    ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(0x1p63)),
    ("1.5e1", .number(15)), ("\"\"", .string("")),
    (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{c}\n\r\t")),
    (#""\u00e9\uD83D\ude00""#, .string("é😀")), ("\"é\"", .string("é")), ("[]", .array([])),
    ("[1,[ ] ,{}]", .array([.integer(1), .array([]), .object([])])),
    (#"{"a":1,"b":"c"}"#, .object([.init("a", .integer(1)), .init("b", .string("c"))])),
  ])
  func validTextsAreRead(text: String, value: JSONValue) throws {
    #expect(try JSONReader.read(text.utf8) == value)
    #expect(try JSONReader.read(value.description.utf8) == value)
  }

  @Test(arguments: [
    ("", 1, 1), ("nul", 1, 4), ("nulL", 1, 4), ("01", 1, 2), ("+1", 1, 1), ("1.", 1, 3), (".5", 1, 1),
    ("1e", 1, 3), ("1e999", 1, 1), ("-", 1, 2), ("NaN", 1, 1), ("'a'", 1, 1), ("\"a", 1, 3),
    ("\"a\n\"", 1, 3), (#""\x""#, 1, 3), (#""\u12g4""#, 1, 6), (#""\ud800""#, 1, 2), (#""\ude00""#, 1, 2),
    (#""\ud800\u0041""#, 1, 2), ("[1,]", 1, 4), ("[1 2]", 1, 4), ("[", 1, 2), ("{\"a\" 1}", 1, 6),
    ("{a:1}", 1, 2), ("{\"a\":1,}", 1, 8), ("{\"a\":1,\"a\":2}", 1, 8), ("1 2", 1, 3), ("\n\n  ]", 3, 3),
    ("// no\n1", 1, 1), ("\u{feff}1", 1, 1),
  ])
  func invalidTextsAreRefusedWithTheirPlace(text: String, line: Int, column: Int) throws {
    let error = try #require(throws: JSONError.self) { try JSONReader.read(text.utf8) }
    #expect(error.line == line && error.column == column, "\(error)")
    #expect(!error.found.isEmpty && !error.expected.isEmpty)
  }

  @Test func invalidUTF8IsRefusedWithItsPlace() throws {
    for bad in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80]] as [[UInt8]] {
      let error = try #require(throws: JSONError.self) {
        try JSONReader.read([0x0A, 0x22, 0xC3, 0xA9] + bad + [0x22])
      }
      #expect(error.expected == "UTF-8" && error.line == 2 && error.column == 4)
    }
  }

  @Test func depthIsLimited() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONReader.read(nested(64).utf8)
    #expect(throws: JSONError.self) { try JSONReader.read(nested(65).utf8) }
    #expect(throws: JSONError.self) { try JSONReader.read(nested(1_000_000).utf8) }
  }

  @Test func controlCharactersAreEscaped() {
    #expect(JSONValue.string("a\u{1}\"\\\n").description == #""a\u0001\"\\\n""#)
  }

  @Test func membersAreFoundByName() throws {
    let value = try JSONReader.read(#"{"a":{"b":2}}"#.utf8)
    #expect(value["a"]?["b"] == .integer(2) && value["c"] == nil && JSONValue.null["a"] == nil)
  }
}
