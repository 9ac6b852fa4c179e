import Commands
import Testing

@Suite struct CommandTests {
  private func task(_ words: [String], directory: String? = nil, isShell: Bool = false) throws -> [UInt8] {
    let command = Command(
      words: words.map { Array($0.utf8) }, directory: directory.map { Array($0.utf8) }, isShell: isShell)
    return try #require(command.bytes)
  }

  private func line(_ task: [UInt8], upTo limit: Int = 1000) -> String? {
    task.withUnsafeBytes { CommandBytes($0)?.line(upTo: limit).text }
  }

  /// The digest of the bytes is what a journal knows a command by.
  @Test func equalCommandsHaveEqualBytesWhereverTheyStand() throws {
    let first = try task(["gzip", "a b"])
    #expect(try first == task(["gzip", "a b"]))
    #expect(try first != task(["gzip", "a", "b"]))
    #expect(try first != task(["gzip", "a b"], directory: "d"))
    #expect(try task(["d", "x"]) != task(["x"], directory: "d"))
    #expect(try task(["a"], isShell: true) != task(["a"]))
  }

  @Test func aLineIsWhatAShellTakes() throws {
    #expect(
      try line(task(["gzip", "-9", "a b", "it's", "", "é", "x=1"])) == "gzip -9 'a b' 'it'\\''s' '' 'é' x=1")
    #expect(try line(task(["x=1", "y"], directory: "d")) == "'x=1' y", "no assignment, no directory")
    #expect(try line(task(["a | b"], isShell: true)) == "a | b")
    let slots = Command(words: [Array("ab".utf8)], slots: [.init(word: 0, offset: 1)])
    #expect(try line(#require(slots.bytes)) == "'a{%}b'")
  }

  @Test func aLongCommandIsNotQuotedWhole() throws {
    let task = try task(["c"] + [String](repeating: "x", count: 100_000))
    #expect((line(task, upTo: 100) ?? "").utf8.count < 200)
  }

  @Test func noWordHoldsANUL() {
    #expect(Command(words: [[97, 0, 98]]).bytes == nil)
    #expect(Command(words: [[97]], directory: [0]).bytes == nil)
    #expect(Command(words: []).bytes == nil)
  }

  @Test func otherBytesAreNoCommand() throws {
    let good = try task(["a", "b"])
    func isCommand(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { CommandBytes($0) != nil } }
    #expect(isCommand(good))
    for count in 0..<good.count where count != 10 {
      #expect(!isCommand(Array(good.prefix(count))), "\(count)")
    }
    for place in 0..<8 {
      var bad = good
      bad[place] = 200
      #expect(!isCommand(bad), "byte \(place)")
    }
  }
}

@Suite struct ColumnsTests {
  private func columns(_ pattern: String?, _ text: String, _ trim: Columns.Trim = [.left, .right]) throws
    -> [String]
  {
    try Columns(at: pattern, trim: trim).split(Array(text.utf8)).map(\.text)
  }

  @Test func argumentsAreCut() throws {
    #expect(try columns(",", " a , b") == ["a", "b"])
    #expect(try columns(",", " a , b", []) == [" a ", " b"])
    #expect(try columns(",", "x,y,z,") == ["x", "y", "z", ""], "an empty one at the end counts")
    #expect(try columns(#"\t|;"#, "a\tb;c") == ["a", "b", "c"])
    #expect(try columns("  *", "a   b c") == ["a", "b", "c"])
    #expect(try columns("x*", "abc") == ["abc"], "a match of nothing is no cut")
    #expect(try columns(nil, " a ", .left) == ["a "])
    #expect(try columns("^a", "aab") == ["", "ab"])
  }

  @Test func aWrongPatternIsTold() throws {
    let problem = #expect(throws: InputSources.Problem.self) { _ = try Columns(at: "(", trim: []) }
    #expect(problem?.message.contains("'(' is no regular expression") == true)
  }
}
