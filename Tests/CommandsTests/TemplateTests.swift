import Commands
import Testing

/// Replacement strings and sources, with what GNU parallel 20221122 makes of the same words.
@Suite struct TemplateTests {
  @Test func partsOfAPath() throws {
    func parts(_ path: String) throws -> [String] {
      try commands(["c", "[{}]", "[{.}]", "[{/}]", "[{//}]", "[{/.}]", ":::", path])[0].dropFirst().map {
        String($0.dropFirst().dropLast())
      }
    }
    #expect(try parts("a/b.c/d.e.f") == ["a/b.c/d.e.f", "a/b.c/d.e", "d.e.f", "a/b.c", "d.e"])
    #expect(try parts("/") == ["/", "/", "", "/", ""])
    #expect(try parts("") == ["", "", "", ".", ""])
    #expect(try parts(".") == [".", "", ".", ".", ""])
    #expect(try parts("a//") == ["a//", "a//", "", ".", ""])
    #expect(try parts("a//b") == ["a//b", "a//b", "b", "a", "b"])
    #expect(try parts("/a") == ["/a", "/a", "a", "/", "a"])
    #expect(try parts("a.b/c") == ["a.b/c", "a.b/c", "c", "a.b", "c"])
  }

  @Test func withoutReplacementStringsTheArgumentsAreAppended() throws {
    #expect(
      try commands(["gzip", "-9", ":::", "a", "b c"]) == [["gzip", "-9", "a"], ["gzip", "-9", "b c"]])
    #expect(try commands(["c", ":::", "a", ":::", "b"]) == [["c", "a", "b"]])
    #expect(try commands(["c", "{#}", ":::", "a", "b"]) == [["c", "1"], ["c", "2"]], "{#} is one")
  }

  @Test func severalValuesAreSeveralWords() throws {
    #expect(try commands(["c", "x{}y", ":::", "a", ":::", "b"]) == [["c", "xa", "by"]])
    #expect(try commands(["c", "{/}", ":::", "a/b", ":::", "c d/e f"]) == [["c", "b", "e f"]])
  }

  @Test func positions() throws {
    #expect(
      try commands(["c", "{2}{1}", "{-1}", "{1.}", "{02/}", ":::", "a.x", ":::", "y/z"])
        == [["c", "y/za.x", "y/z", "a", "z"]])
    #expect(
      try commands(["c", "{3}", "x{3}", "{1}", ":::", "a"]) == [["c", "", "x", "a"]], "what is not there")
    #expect(try commands(["c {3} {1}", ":::", "a"], shell: true) == [["c  a"]])
  }

  @Test func otherBracesAreText() throws {
    let others = ["{.1}", "{..}", "{+}", "{ }", "{-}", "{1", "}", "{a}", "{{}}"]
    #expect(
      try commands(["c"] + others + [":::", "v"])
        == [["c", "{.1}", "{..}", "{+}", "{ }", "{-}", "{1", "}", "{a}", "{v}"]])
  }

  @Test func productsAndLinks() throws {
    func made(_ words: String...) throws -> [String] {
      try commands(["c", "{1}{2}{3}"] + words).map { $0.dropFirst().joined() }
    }
    #expect(try made(":::", "a", "b", ":::", "1", "2") == ["a1", "a2", "b1", "b2"])
    #expect(
      try made(":::", "a", "b", ":::+", "1", "2", "3", ":::", "X", "Y") == ["a1X", "a1Y", "b2X", "b2Y"])
    #expect(try made(":::+", "1", "2", ":::", "a") == ["1a", "2a"])
    #expect(try made(":::", "a", "b", ":::") == ["a", "b"], "an empty source has one empty value")
    #expect(try commands(["c", ":::"]).isEmpty)
  }

  @Test func aSourceOfAFileHasItsLines() throws {
    let words = ["::::", "list", "other", ":::", "x"].map { Array($0.utf8) }
    var read: [String] = []
    let sources = try InputSources(words) { path in
      read.append(path.text)
      return [Array("1".utf8), Array("2".utf8)]
    }
    #expect(read == ["list", "other"])
    #expect(sources.count == 4)
  }

  @Test func ofAShellValuesAreQuoted() throws {
    #expect(
      try commands(["echo {} > {.}.out", ":::", "a b.c", "it's"], shell: true)
        == [["echo 'a b.c' > 'a b'.out"], ["echo 'it'\\''s' > 'it'\\''s'.out"]])
    #expect(try commands(["echo", ":::", "", "a"], shell: true) == [["echo ''"], ["echo a"]])
    #expect(
      try commands([":::", "a | b"], shell: true) == [["a | b"]], "without a template they are command lines")
  }

  @Test func theSlotIsPutInLater() throws {
    #expect(try commands(["c{%}", "{%}-{1}-{%}", ":::", "a"], slot: 12) == [["c12", "12-a-12"]])
    #expect(try commands(["echo {%} {}", ":::", "a"], shell: true, slot: 3) == [["echo 3 a"]])
  }
}
