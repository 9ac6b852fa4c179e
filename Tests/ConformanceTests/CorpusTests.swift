import Conformance
import TestSupport
import Testing

/// Each check can fail, and fails for its own reason. One examination at a time: each keeps two processors busy.
@Suite(.serialized) struct CorpusTests {
  @Test(arguments: Corpus.all)
  func eachDefectIsSeenByItsCheck(defect: Defect) throws {
    let shop = try Workshop()
    let examined = try Examined([try Corpus.build(defect, in: shop)])
    var expected = defect.alsoSeenBy
    expected[defect.check] = defect.verdict
    #expect(examined.seen.filter { !defect.maySee.contains($0.key) } == expected, "\(examined.text)")
    #expect(examined.lines.count == Check.all.count)
    #expect(examined.end == .exited(expected.values.contains { $0 != "warn" } ? 100 : 0))
  }

  /// A check that nothing fails checks nothing.
  @Test func eachCheckHasADefect() {
    // These have tests of their own in CheckCommandTests.
    let others: Set = ["file-trusted", "libraries-found"]
    let seen = Set(Corpus.all.map(\.check)).union(others)
    for check in Check.all { #expect(seen.contains(check.id), "no defect for \(check.id)") }
    for id in seen { #expect(Check.named(id) != nil, "no check \(id)") }
  }

  @Test func theSoundKindHasNone() throws {
    let shop = try Workshop()
    let examined = try Examined([try Corpus.build("\(TestKind.sources)/defective/worker.c", [], in: shop)])
    #expect(examined.seen == [:], "\(examined.text)")
    #expect(examined.end == .exited(0))
  }
}
