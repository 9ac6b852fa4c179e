import Metamath
import Testing

struct Wrong: CustomTestStringConvertible, Sendable {
  var proof: String
  var step: Int
  var stepLabel: String
  var cause: String
  var expected = ""
  var found = ""
  var testDescription: String { cause }

  init(
    _ proof: String, _ step: Int, _ stepLabel: String, _ cause: String, _ expected: String = "",
    _ found: String = ""
  ) {
    self.proof = proof
    self.step = step
    self.stepLabel = stepLabel
    self.cause = cause
    self.expected = expected
    self.found = found
  }
}

/// Each proof is of `th $p |- ( ps -> ps )` with `h $e |- ps`, on line 12, columns from 1, between two good ones.
@Suite struct ProofTests {
  static func database(_ proof: String) -> String {
    """
    \(Logic.head)good $p wff ( ph -> ps ) $= ( wi ) ABC $.
    ${ h $e |- ps $.
    th $p |- ( ch -> ps ) $= \(proof) $.
    $}
    after $p wff ( ph -> ph ) $= wph wph wi $.
    """
  }

  // wps wch wps wi? mandatory: wps=A wch=B h=C; the list begins at D.
  static let good = [
    "( wi ax-1 ax-mp ) ABADCABEF",
    "( wi ax-1 ax-mp )\nAB A D C A B E\n F",
    "( wi ax-1 ax-mp ) A $( note $) BADCABEF",
    "( wi $( note $) ax-1 ax-mp ) AZBGDCGBEF",
    "wps wch wps wi h wps wch ax-1 ax-mp",
    "wps wch wps wi $( note $) h wps wch ax-1 ax-mp",
  ]

  @Test(arguments: good)
  func goodProofsPass(_ proof: String) throws {
    #expect(try check(Self.database(proof)).failures == [])
  }

  static let wrong: [Wrong] = [
    Wrong("", 0, "", "the proof is empty"),
    Wrong("( ) ", 0, "", "the proof is empty"),
    Wrong("( wi", 0, "", "the list of labels is not closed; expected ')'"),
    Wrong("( wi none ) AB", 0, "", "unknown label 'none'"),
    Wrong("( wi w*i ) AB", 0, "", "found 'w*i'; expected a label"),
    Wrong("( wi th ) AB", 0, "th", "the proof uses the theorem that it proves"),
    Wrong("( wi after ) AB", 0, "after", "'after' comes later in the database"),
    Wrong("( wi mp.1 ) AB", 0, "mp.1", "the hypothesis 'mp.1' is not active here"),
    Wrong(
      "( wi wps ) AB", 0, "wps", "the hypothesis 'wps' is mandatory and must not be in the list of labels"),
    Wrong("( wi h ) AB", 0, "h", "the hypothesis 'h' is mandatory and must not be in the list of labels"),
    Wrong("( wi ax-1 ax-mp ) Z", 0, "", "found 'Z' before any step"),
    Wrong("( wi ax-1 ax-mp ) AZZ", 1, "", "found 'Z' after a 'Z'; a step is marked once"),
    Wrong("( wi ax-1 ax-mp ) AUZ", 2, "", "found 'Z' in the middle of a number"),
    Wrong("( wi ax-1 ax-mp ) ABADCABEFU", 10, "", "the proof ends in the middle of a number"),
    Wrong(
      "( wi ax-1 ax-mp ) AU?A", 2, "",
      "found '?' among the letters of a compressed proof; expected 'A' to 'Z' or '?'"),
    Wrong(
      "( wi ax-1 ax-mp ) AB1", 3, "",
      "found '1' among the letters of a compressed proof; expected 'A' to 'Z' or '?'"),
    Wrong(
      "( wi ax-1 ax-mp ) ABa", 3, "",
      "found 'a' among the letters of a compressed proof; expected 'A' to 'Z' or '?'"),
    Wrong(
      "( wi ax-1 ax-mp ) AZH", 2, "",
      "found a number 8; so far only 1 to 7 stand for something (3 hypotheses, 3 labels, 1 marked steps)"),
    Wrong(
      "( wi ax-1 ax-mp ) A\(String(repeating: "Y", count: 40))A", 2, "",
      "found a number that goes beyond all steps; so far only 1 to 6 stand for something (3 hypotheses, 3 labels, 0 marked steps)"
    ),
    Wrong("( wi ax-1 ax-mp ) AD", 2, "wi", "'wi' needs 2 hypotheses; the stack has 1"),
    Wrong("( wi ax-1 ax-mp ) AB", 2, "", "the proof ends with 2 expressions on the stack; expected 1"),
    Wrong(
      "( wi ax-1 ax-mp ) ABADCBAEF", 9, "ax-mp", "hypothesis 'mp.2' of 'ax-mp' is not what the stack holds",
      "|- ( ps -> ( ch -> ps ) )", "|- ( ch -> ( ps -> ch ) )"),
    Wrong(
      "( wi ax-1 ax-mp ) ACD", 3, "wi", "the value of 'ps' in 'wi' has the wrong type (hypothesis 'wps')",
      "wff ...",
      "|- ps"),
    Wrong(
      "( ) C", 1, "", "the proof proves another statement than 'th'", "|- ( ch -> ps )", "|- ps"),
    Wrong(
      "wps wch wps wi h wps wch ax-1 ax-mp wi", 10, "wi", "'wi' needs 2 hypotheses; the stack has 1"),
    Wrong("wps none", 2, "", "unknown label 'none'"),
    Wrong("wps th", 2, "th", "the proof uses the theorem that it proves"),
    Wrong("wps after", 2, "after", "'after' comes later in the database"),
    Wrong("wps mp.1", 2, "mp.1", "the hypothesis 'mp.1' is not active here"),
    Wrong("wps (", 2, "", "found '('; expected a label"),
    Wrong("wps $a wph", 0, "", "found '$a' inside the proof; is the '$.' of this proof missing?"),
    Wrong("wps $[ x $]", 0, "", "found '$[' inside the proof; is the '$.' of this proof missing?"),
    Wrong("wps wph$.", 2, "", "found 'wph$.'; expected a label"),
    Wrong("( wi ) A$B", 1, "", "found '$B' inside the proof; is the '$.' of this proof missing?"),
    Wrong("wps é", 2, "", "illegal byte 0xc3 in the proof; expected printable ASCII or white space"),
    Wrong("( wi ) A\u{B}B", 1, "", "illegal byte 0x0b in the proof; expected printable ASCII or white space"),
    Wrong("wps \u{0} wph", 0, "", "illegal byte 0x00 in the proof; expected printable ASCII or white space"),
    Wrong("wps $( é $)", 0, "", "illegal byte 0xc3 in a comment; expected printable ASCII or white space"),
    Wrong("wps $( $( $)", 0, "", "found '$(' inside a comment: comments do not nest"),
  ]

  @Test(arguments: wrong)
  func wrongProofsFailAndTheRestIsChecked(_ wrong: Wrong) throws {
    let verdict = try check(Self.database(wrong.proof))
    #expect(verdict.counts.ok == 2)
    #expect(verdict.counts.failed == 1)
    let failure = try #require(verdict.failures.first)
    #expect(failure.severity == .failed)
    #expect(failure.label == "th")
    #expect(failure.file == "test.mm")
    #expect(failure.line == 13)
    #expect(failure.step == wrong.step)
    #expect(failure.stepLabel == wrong.stepLabel)
    #expect(failure.cause == wrong.cause)
    #expect(failure.expected == wrong.expected)
    #expect(failure.found == wrong.found)
  }

  @Test func aFailureNamesThePlaceOfItsStep() throws {
    let failure = try #require(try check(Self.database("( wi ax-1 ax-mp )\n\n ABADCBAEF")).failures.first)
    #expect(failure.line == 15)
    #expect(failure.column == 10)
    #expect(failure.proof == 1)
  }

  static let incomplete = [
    ("?", 1), ("( ) ?", 1), ("wps ? wi", 2), ("( wi ax-1 ax-mp ) AB?", 3), ("( wi ) A?ZDE", 2),
  ]

  @Test(arguments: incomplete)
  func aQuestionMarkIsIncomplete(_ proof: String, _ step: Int) throws {
    let verdict = try check(Self.database(proof))
    #expect(verdict.counts.ok == 2)
    #expect(verdict.counts.incomplete == 1)
    #expect(verdict.failures.first?.severity == .incomplete)
    #expect(verdict.failures.first?.step == step)
  }

  static let wrongAfterQuestionMark = [
    "( wi ) ?1", "( wi ) ?ZZ", "( wi ) ?Z?U", "? none", "( wi ) ?G", "( wi ) DA?",
  ]

  @Test(arguments: wrongAfterQuestionMark)
  func anIncompleteProofMayStillBeWrong(_ proof: String) throws {
    #expect(try check(Self.database(proof)).counts.failed == 1)
  }
}
