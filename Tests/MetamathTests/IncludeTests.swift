import Metamath
import Testing

@Suite struct IncludeTests {
  @Test func includedFilesAreReadWhereTheyStand() throws {
    let scratch = try Scratch()
    try scratch.write("a.mm", "$c a $.\n$[ b.mm $] $( and again $) $[ b.mm $]\nl $a a b $.")
    try scratch.write("b.mm", "$c b $.\n$[ a.mm $]\n$[ b.mm $]\n$[ ./b.mm $]")
    let database = try Database.load(path: scratch.directory + "/a.mm", shownAs: "x/a.mm")
    #expect(database.files.map(\.path) == ["x/a.mm", "x/b.mm"])
    #expect(database.proofCount == 0)
  }

  @Test func errorsNameTheIncludedFile() throws {
    let scratch = try Scratch()
    try scratch.write("a.mm", "$c a $.\n$[ b.mm $]\n")
    try scratch.write("b.mm", "\nl $a z $.")
    do {
      _ = try Database.load(path: scratch.directory + "/a.mm", shownAs: "a.mm")
      Issue.record("it loaded")
    } catch {
      #expect(
        error
          == LoadError(
            file: "b.mm", line: 2, column: 6, label: "l", message: "the symbol 'z' has not been declared"))
    }
  }

  static let cut = ["$c b", "${", "m", "m $a a", "m $p a $= m"]

  @Test(arguments: cut)
  func nothingMayReachBeyondTheEndOfAnIncludedFile(_ text: String) throws {
    let scratch = try Scratch()
    try scratch.write("a.mm", "$c a $.\n$[ b.mm $] $. $}\n")
    try scratch.write("b.mm", text)
    do {
      _ = try Database.load(path: scratch.directory + "/a.mm", shownAs: "a.mm")
      Issue.record("it loaded")
    } catch {
      #expect(error.file == "b.mm")
      #expect(error.line == 1)
    }
  }

  @Test func failuresNameTheIncludedFile() throws {
    let scratch = try Scratch()
    try scratch.write("a.mm", "$c a $.\n$[ b.mm $]\n l $p a $= m $.")
    try scratch.write("b.mm", "m $p a\n $= none $.")
    let database = try Database.load(path: scratch.directory + "/a.mm", shownAs: "a.mm")
    let verdict = try check(database)
    #expect(verdict.failures.map(\.file) == ["b.mm"])
    #expect(verdict.failures.map(\.line) == [2])
    #expect(verdict.counts.ok == 1)
  }

  @Test func theFingerprintFollowsEachFile() throws {
    let scratch = try Scratch()
    try scratch.write("a.mm", "$c a $.\n$[ b.mm $]\n")
    try scratch.write("b.mm", "$c b $.")
    let first = try Database.load(path: scratch.directory + "/a.mm").fingerprint
    #expect(try Database.load(path: scratch.directory + "/a.mm").fingerprint == first)
    try scratch.write("b.mm", "$c bb $.")
    #expect(try Database.load(path: scratch.directory + "/a.mm").fingerprint != first)
  }
}
