import Metamath
import Testing

@Suite struct LimitTests {
  /// A formula that doubles so many times, between two good proofs.
  static func doubling(_ times: Int) -> String {
    Logic.head + """
      before $p wff ph $= wph $.
      big $p wff ph $= ( wi ) \(doublingLetters(times)) $.
      after $p wff ps $= wps $.
      """
  }

  /// A is the formula, B is `wi`, and each marked step is used twice by the next.
  private static func doublingLetters(_ times: Int) -> String {
    var letters = "AABZ"
    for i in 1..<times { letters += number(2 + i) + number(2 + i) + "BZ" }
    return letters
  }

  private static func number(_ value: Int) -> String {
    let low = (value - 1) % 20
    var high = (value - 1) / 20
    var prefix = ""
    while high > 0 {
      prefix = String(UnicodeScalar(UInt8(ascii: "U") + UInt8((high - 1) % 5))) + prefix
      high = (high - 1) / 5
    }
    return prefix + String(UnicodeScalar(UInt8(ascii: "A") + UInt8(low)))
  }

  @Test func aFormulaThatDoublesSixtyTimesEndsAtTheLimit() throws {
    let verdict = try check(Self.doubling(60))
    #expect(verdict.counts.ok == 2)
    #expect(verdict.counts.limit == 1)
    let failure = verdict.failures[0]
    #expect(failure.severity == .limit)
    #expect(failure.label == "big")
    #expect(failure.stepLabel == "wi")
    #expect(failure.cause == "the proof needs more than 16777216 symbols")
  }

  @Test func theLimitCanBeSet() throws {
    var options = CheckOptions()
    options.maxSymbols = 1000
    #expect(try check(Self.doubling(5), options).counts.limit == 0)
    #expect(try check(Self.doubling(12), options).counts.limit == 1)
    options.maxSymbols = 1 << 20
    #expect(try check(Self.doubling(12), options).counts.limit == 0)
  }

  @Test func expressionsAreCutToTheWidthAroundTheDifference() throws {
    var options = CheckOptions()
    options.width = 60
    // ( ph -> ( ph -> ... ps ) ) is due and ( ph -> ( ph -> ... ph ) ) comes.
    let due = String(repeating: "( ph -> ", count: 40) + "ps" + String(repeating: " )", count: 40)
    let proof = String(repeating: "wph ", count: 41) + String(repeating: "wi ", count: 40)
    let failure = try #require(
      try check(Logic.head + "t $p wff \(due) $= \(proof) $.", options).failures.first)
    #expect(failure.expected == "... ph -> ( ph -> ( ph -> ps ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) ...")
    #expect(failure.found == "... ph -> ( ph -> ( ph -> ph ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) ...")
    #expect(failure.found.utf8.count <= 64)
  }

  @Test func aCancelledCheckStops() throws {
    let database = try load(Self.doubling(5))
    let checker = try #require(Checker(database))
    var asked = 0
    let counts = checker.check(
      0..<database.proofCount,
      cancelled: {
        asked += 1
        return asked > 1
      }, report: { _ in })
    #expect(!counts.isComplete)
    #expect(counts.total <= 1)
  }
}
